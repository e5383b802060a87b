#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the tests of the collection and those of the stand-ins with .venv's pytest, the fastest loop there is.
# Arguments go to all runs of pytest; a path may come first, and only it is run: unit.sh tests/unit/plugins -k jwt

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
use_private_home

cd "$COLLECTION" || exit
export PYTHONPATH=$COLLECTIONS:$COLLECTION/tests/standin:$COLLECTION/tests/awx_standin:$COLLECTION/tests/tools/pytest_plugins
paths=(tests/unit tests/standin/tests tests/awx_standin/tests)
if [ -e "${1:-}" ]; then
    paths=("$1")
    shift
fi

# All tests at once run in as many processes as there are cores.
if [ "$#" = 0 ]; then set -- -n auto; fi

failed=0
for path in "${paths[@]}"; do
    status=0
    case $path in
        tests/awx_standin*) PYTHONPATH=$PYTHONPATH:$COLLECTION/tests/awx_standin/tests:$COLLECTION/tests/unit pytest -p collection_loader "$@" "$path" || status=$? ;;
        tests/standin*) (cd tests/standin && exec pytest "$@" "$COLLECTION/$path") || status=$? ;;
        *) pytest -p collection_loader "$@" "$path" || status=$? ;;
    esac
    # 5: no test was selected, as with -k for a test of the other suite.
    if [ "$status" != 0 ] && [ "$status" != 5 ]; then failed=1; fi
done
exit "$failed"
