#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs ansible-test with the given arguments on a copy of the collection, in virtual environments of its own making.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
use_private_home

# ansible-test fetches get-pip from a server of its own unless it finds the script in this directory.
cache=$HOME/.ansible/test/cache
mkdir -p "$cache"
source=$(python -c 'import ansible_test._internal as package; print(package.__path__[0])')/python_requirements.py
sed -n "s/.*\bpip='\([0-9.]*\)'.*/\1/p" "$source" | sort -u | while read -r version; do
    if [ ! -e "$cache/pip-$version-py3-none-any.whl" ]; then
        pip download -qq --disable-pip-version-check --no-deps --dest "$cache" "pip==$version"
    fi
    cp tests/tools/get_pip.py "$cache/get_pip_${version//./_}.py"
done

cd "$COLLECTION" || exit
exec ansible-test "$@"
