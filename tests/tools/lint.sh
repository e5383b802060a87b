#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every static check that ansible-test does not: one line for each, and the output of those that fail.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
use_private_home
cd "$COLLECTION" || exit
export MYPYPATH=$COLLECTIONS

failed=0
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok    $name"
    else
        echo "FAIL  $name: $*"
        echo "$output"
        failed=1
    fi
}

check 'ruff check' ruff check --quiet .
check 'ruff format' ruff format --check --quiet --diff .
for package in action callback filter lookup module_utils modules plugin_utils; do
    check "mypy $package" mypy -p "ansible_collections.hubops.github_apps.plugins.$package"
done
check 'mypy awx_standin' env MYPYPATH=tests/awx_standin mypy --python-version 3.10 -p awx_standin
check 'codespell' codespell
check 'complexity' python tests/tools/complexity.py
check 'rooms' env PYTHONPATH="$COLLECTIONS" lint-imports --no-cache
check 'yamllint' yamllint --strict .
check 'zizmor' zizmor --offline --quiet --persona pedantic .github
check 'antsibull-changelog' antsibull-changelog lint
check 'antsibull-docs' antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
check 'ansible-lint' ansible-lint --offline --nocolor -q
check 'reuse' reuse lint --lines
exit "$failed"
