#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Puts the collection awx.awx into .build/awx, unless it is there: from a package of PyPI, of which nothing else is used.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

directory=$ROOT/.build/awx requirements=tests/requirements/awx_collection.txt
# Scripts that run at the same time wait for each other here.
if command -v flock >/dev/null; then
    mkdir -p "$ROOT/.build"
    exec 9>"$ROOT/.build/awx.lock"
    flock 9
fi
if cmp -s "$requirements" "$directory/requirements.txt"; then
    exit
fi
rm -rf "$directory"
mkdir -p "$directory"
python -m pip download -qq --disable-pip-version-check --no-deps --ignore-requires-python --dest "$directory" -r "$requirements"
python - "$directory" <<'PYTHON'
import pathlib
import sys
import zipfile

directory = pathlib.Path(sys.argv[1])
(wheel,) = directory.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(directory, [name for name in archive.namelist() if name.startswith("ansible_collections/awx/")])
wheel.unlink()
PYTHON
cp "$requirements" "$directory/requirements.txt"
