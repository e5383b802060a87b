#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every test there is and closes with their sum. Arguments go to run_all.py.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# Stages run at the same time: they find the directory that is to be their home.
(use_private_home)
exec python tests/tools/run_all.py "$@"
