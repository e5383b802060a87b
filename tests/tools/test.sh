#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every test there is and closes with their sum. Arguments go to run_all.py.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
exec python tests/tools/run_all.py "$@"
