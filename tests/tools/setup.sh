#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Makes a virtual environment with the newest suitable Python, unless it is there and nothing it depends on changed.
#   setup.sh        .venv, with everything for development
#   setup.sh lean   .build/venv, with no more than a user needs, and the stand-in's requirements
#   setup.sh core   the venv of CORE and CORE_PYTHON, with what the collection's tests need
#   setup.sh mutation   .build/mutation/venv, for mutation testing
#   setup.sh importer   .build/importer, with what Galaxy checks collections with
# PYTHON=/path/to/python chooses another interpreter.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

find_python() {
    local version candidate
    for version in ${CORE_PYTHON:-3.13 3.12 3.11 3.10}; do
        for candidate in $(type -aP "python$version"); do
            "$candidate" -c 'import ensurepip, sys, venv; ensurepip.version(); print(sys._base_executable)' 2>/dev/null && return
        done
    done
    echo "No Python ${CORE_PYTHON:-3.10, 3.11, 3.12 or 3.13} was found." >&2
    return 1
}

python=${PYTHON:-$(find_python)}
case "${1:-}" in
    '')
        venv=.venv
        requirements=(-r tests/requirements/ansible.txt -r tests/requirements/tools.txt -r tests/unit/requirements.txt)
        requirements+=(-r tests/standin/tests/requirements.txt -r tests/requirements/awx.txt)
        ;;
    lean)
        venv=.build/venv
        requirements=(-r tests/requirements/ansible.txt -r meta/ee-requirements.txt -c tests/unit/requirements.txt)
        ;;
    core)
        venv=$BUILD/venv
        requirements=("ansible-core==$CORE" hypothesis markdown-it-py pytest pytest-xdist -c tests/requirements/tools.txt -r tests/unit/requirements.txt)
        requirements+=(-r tests/requirements/awx.txt)
        ;;
    mutation)
        venv=.build/mutation/venv
        requirements=(-r tests/requirements/ansible.txt -r tests/requirements/mutation.txt)
        requirements+=(-r tests/unit/requirements.txt -c tests/requirements/tools.txt)
        ;;
    importer)
        venv=.build/importer
        requirements=(-r tests/requirements/ansible.txt -r tests/requirements/importer.txt)
        ;;
    *)
        echo "usage: $0 [lean|core|mutation|importer]" >&2
        exit 2
        ;;
esac

# Who starts at the same time waits here, and finds it made.
mkdir -p .build
exec 9>.build/setup.lock
flock 9

stamp=$(
    "$python" -VV
    echo "$python" "${requirements[@]}"
    cat meta/ee-requirements.txt tests/requirements/*.txt tests/unit/requirements.txt
    cat tests/standin/pyproject.toml tests/standin/tests/requirements.txt
)
if [ -x "$venv/bin/python" ] && [ "$stamp" = "$(cat "$venv/stamp" 2>/dev/null)" ]; then
    exit
fi

echo "Making $venv with $("$python" -V) ($python)"
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/python" tests/tools/standin_requirements.py tests/standin/pyproject.toml >"$venv/standin.txt"
"$venv/bin/python" -m pip install -qq --disable-pip-version-check "${requirements[@]}" -r "$venv/standin.txt"
echo "$stamp" >"$venv/stamp"
