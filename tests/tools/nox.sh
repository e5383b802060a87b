#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Run nox with the given arguments. Create its environment first if it is missing or outdated, with the newest suitable
# Python. PYTHON=/path/to/python selects another interpreter.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Ansible refuses to start in a locale that is not UTF-8.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
    *[Uu][Tt][Ff]*8) ;;
    *) export LC_ALL=C.UTF-8 ;;
esac

# nox and ansible-test find Python interpreters through PATH only. Shims of pyenv look like interpreters but fail when
# run, so replace them with the real ones. These come first, newest first, because the system's may lack ensurepip.
PATH=$(
    {
        printf '%s\n' "${PYENV_ROOT:-$HOME/.pyenv}"
        tr ':' '\n' <<<"$PATH" | sed -n 's,/\(shims\|bin\)/*$,,p'
    } | while read -r root; do printf '%s\n' "$root"/versions/*/bin/python; done | sed -n 's,/python$,,p' | sort -ruV |
        { while read -r bin; do [ ! -x "$bin/python" ] || echo "$bin"; done; tr ':' '\n' <<<"$PATH" | grep -v '/shims/*$'; } |
        awk '!seen[$0]++' | paste -sd: -
)

find_python() {
    local version candidate
    for version in 3.13 3.12 3.11 3.10; do
        for candidate in $(type -aP "python$version"); do
            "$candidate" -c 'import ensurepip, sys, venv; ensurepip.version(); print(sys._base_executable)' 2>/dev/null && return
        done
    done
    echo 'Found no Python 3.10, 3.11, 3.12 or 3.13 with venv and ensurepip. Install one, or set PYTHON.' >&2
    return 1
}

venv=.build/nox requirements=tests/requirements/nox.txt
if ! cmp -s "$requirements" "$venv/requirements.txt"; then
    python=${PYTHON:-$(find_python)}
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
exec "$venv/bin/nox" "$@"
