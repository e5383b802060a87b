#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs everything in every failure as a job of the Automation Platform, and searches all that is left for secrets.
#   leaks.sh --brief    each failure only with what it is about

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
exec python "$COLLECTION/tests/leaks/leaks.py" "$@"
