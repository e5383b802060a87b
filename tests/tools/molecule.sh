#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the given Molecule scenarios, or all, two at a time: one line for each, and the output of those that fail.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
tests/tools/awx_collection.sh
use_private_home
cd "$COLLECTION" || exit
export MOLECULE_COMMAND_BORDERS=false NO_COLOR=1

scenario() {
    local output
    if output=$(molecule test -s "$1" 2>&1 </dev/null); then
        echo "ok    molecule $1"
    else
        echo "FAIL  molecule $1"$'\n'"$output"
        return 1
    fi
}
export -f scenario

if [ "$#" = 0 ]; then
    for config in extensions/molecule/*/molecule.yml; do set -- "$@" "$(basename "${config%/*}")"; done
fi
# shellcheck disable=SC2016  # the inner shell expands it
printf '%s\0' "$@" | xargs -0 -n 1 -P 2 bash -c 'scenario "$1"' scenario
