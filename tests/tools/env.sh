# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# Sourced by the other scripts: goes to the repository's root and puts .venv and the real Python interpreters on PATH.
# CORE=2.16.19 CORE_PYTHON=3.11 takes another ansible-core on another Python, and a directory of their own, instead.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export ROOT=$PWD
export BUILD=$ROOT/.build
VENV=$ROOT/.venv
if [ -n "${CORE:-}" ]; then
    BUILD=$BUILD/matrix/$CORE-python$CORE_PYTHON
    VENV=$BUILD/venv
fi
export COLLECTIONS=$BUILD/tree
export COLLECTION=$COLLECTIONS/ansible_collections/hubops/github_apps

# Ansible refuses to start in a locale that is not UTF-8.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
    *[Uu][Tt][Ff]*8) ;;
    *) export LC_ALL=C.UTF-8 ;;
esac

# The bin directories of the interpreters that pyenv installed, newest first.
pyenv_bins() {
    local entry
    {
        echo "${PYENV_ROOT:-$HOME/.pyenv}"
        tr ':' '\n' <<<"$PATH" | sed -n 's,/\(shims\|bin\)/*$,,p'
    } | sort -u | while read -r entry; do
        printf '%s\n' "$entry"/versions/*/bin
    done | while read -r entry; do
        if [ -x "$entry/python" ]; then echo "$entry"; fi
    done | sort -ruV
}

# A pyenv shim looks like an interpreter and fails when run, so the shims leave PATH and the interpreters enter it,
# before the system's own: those may lack ensurepip. ansible-test finds its Pythons by PATH alone.
PATH=$(
    {
        echo "$VENV/bin"
        pyenv_bins
        tr ':' '\n' <<<"$PATH" | grep -v '/shims/*$'
    } | awk '!seen[$0]++' | paste -sd: -
)

# From here on HOME is a directory of the repository, so that no setting of the user's has a say and nothing is left
# behind in the user's own. pip keeps its configuration and its cache.
use_private_home() {
    local home=$BUILD/home cache
    if [ ! -d "$home" ]; then
        mkdir -p "$home/.cache" "$home/.config"
        ln -s "$HOME/.pip" "$home/.pip"
        ln -s "${XDG_CONFIG_HOME:-$HOME/.config}/pip" "$home/.config/pip"
        if cache=$(pip cache dir 2>/dev/null); then ln -s "$cache" "$home/.cache/pip"; fi
        touch "$home/ansible.cfg"
    fi
    unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
    export HOME=$home ANSIBLE_REMOTE_TMP=$home/.ansible/tmp ANSIBLE_CONFIG=$home/ansible.cfg ANSIBLE_COLLECTIONS_PATH=$COLLECTIONS
}

# Starts the stand-in whose files are in $1, with $2 for its state; it ends with this script. More arguments go to it.
start_standin() {
    PYTHONPATH=$1 python -m github_standin --port 0 --state-dir "$2" --parent-pid "$$" "${@:3}" >"$2.log" 2>&1 &
    standin=$!
    trap 'kill "$standin" 2>/dev/null || true; wait "$standin" 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM
    for _ in $(seq 150); do
        if [ -s "$2/server.json" ]; then return; fi
        if ! kill -0 "$standin" 2>/dev/null; then break; fi
        sleep 0.2
    done
    echo 'The stand-in did not start:' >&2
    cat "$2.log" >&2
    exit 1
}
