#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the unit tests and fails where they leave a line or a branch of module_utils or plugin_utils out, unless the line
# says why (`pragma: no cover`). The fault matrix and the fuzzing are not needed for that.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
use_private_home

cd "$COLLECTION" || exit
export PYTHONPATH=$COLLECTIONS:$COLLECTION/tests/standin:$COLLECTION/tests/tools/pytest_plugins
export COVERAGE_FILE=$BUILD/coverage
coverage run --source=plugins/module_utils,plugins/plugin_utils -m pytest -p collection_loader -q tests/unit \
    --ignore=tests/unit/test_fault_matrix.py --ignore=tests/unit/test_fuzz.py "$@"
coverage report
