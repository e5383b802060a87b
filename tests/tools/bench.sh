#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the benchmarks beside the peers. Of the package ansible only the collection community.general is unpacked.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
peers=$BUILD/peers
if ! cmp -s benchmarks/requirements.txt "$peers/requirements.txt"; then
    rm -rf "$peers"
    mkdir -p "$peers"
    pip download --quiet --no-deps --dest "$peers" -r benchmarks/requirements.txt
    python - "$peers" <<'PYTHON'
import sys
import zipfile
from pathlib import Path

(wheel,) = Path(sys.argv[1]).glob("ansible-*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(sys.argv[1], [name for name in archive.namelist() if name.startswith("ansible_collections/community/general/")])
wheel.unlink()
PYTHON
    cp benchmarks/requirements.txt "$peers/"
fi
use_private_home
export PYTHONPATH=$COLLECTIONS ANSIBLE_COLLECTIONS_PATH=$COLLECTIONS:$peers
exec python benchmarks/bench.py "$@"
