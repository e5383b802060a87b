#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs everything in every failure as a job of the Automation Platform, and searches all that is left for secrets. Then creates
# tokens in loops, puts secrets where they do not belong, and searches again.
#   leaks.sh --brief    each failure only with what it is about; options that modules share with some modules

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
tests/tools/awx_collection.sh
failed=0
for search in leaks loops misplaced; do
    python "$COLLECTION/tests/leaks/$search.py" "$@" || failed=1
done
exit "$failed"
