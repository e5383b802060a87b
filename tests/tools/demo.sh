#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Does what a user does: builds the collection, installs the tarball, starts the stand-in that came with it, and runs
# the quickstart playbook against it. Arguments go to ansible-playbook; RELEASE=2.20 makes the stand-in that release.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tests/tools/setup.sh lean
tarball=$(tests/tools/build.sh)
PATH=$BUILD/venv/bin:$PATH
use_private_home

demo=$BUILD/demo
rm -rf "$demo"
mkdir -p "$demo"
cd "$demo" || exit
export ANSIBLE_COLLECTIONS_PATH=$demo/collections ANSIBLE_INVENTORY=/dev/null
export ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false
ansible-galaxy collection install --offline --collections-path collections "$tarball"

standin_home=$demo/collections/ansible_collections/hubops/github_apps/tests/standin
PYTHONPATH=$standin_home python -m github_standin --profile "${RELEASE:-cloud}" --port 0 --state-dir "$demo/state" --parent-pid "$$" \
    >standin.log 2>&1 &
standin=$!
trap 'kill "$standin" 2>/dev/null || true; wait "$standin" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM

for _ in $(seq 150); do
    if [ -s state/server.json ]; then break; fi
    if ! kill -0 "$standin" 2>/dev/null; then break; fi
    sleep 0.2
done
if [ ! -s state/server.json ]; then
    echo 'The stand-in did not start:' >&2
    cat standin.log >&2
    exit 1
fi

ansible-playbook hubops.github_apps.quickstart --diff \
    --extra-vars @state/server.json --extra-vars "@$standin_home/quickstart.yml" "$@"
