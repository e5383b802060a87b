#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every role and playbook against a server whose every text is hostile.
#   hostile.sh audit 'quickstart, tokens'    only the runs whose name matches

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
tests/tools/awx_collection.sh
exec python "$COLLECTION/tests/hostile/hostile.py" "$@"
