#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Changes the core in one place after the other, runs the tests that concern the place, and tells which changes none of
# them notices. Arguments choose files: mutation.sh _jwt _auth. [tool.mutmut] in pyproject.toml says what is changed.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tests/tools/setup.sh mutation
python tests/tools/tree.py
use_private_home

# mutmut copies what it changes, and the tests, to the directory mutants of the one that it is run in.
work=$BUILD/mutation
rm -rf "$work/mutants"
ln -sfn "$COLLECTIONS/ansible_collections" "$work/ansible_collections"
cp pyproject.toml "$work"
cd "$work" || exit
PATH=$work/venv/bin:$PATH
export ANSIBLE_COLLECTIONS_PATH=$work/mutants
export PYTHONPATH=$work/mutants:$COLLECTION/tests/standin:$COLLECTION/tests/tools/pytest_plugins
set -- "${@/#/*.}"
nice -n 15 mutmut run --max-children 2 "${@/%/.*}"
exec python "$ROOT/tests/tools/mutation.py"
