#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs jobs of the Automation Platform with credentials as AWX renders them.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
exec python "$COLLECTION/tests/leaks/awx_jobs.py" "$@"
