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
start_standin "$standin_home" "$demo/state" --profile "${RELEASE:-cloud}"

ansible-playbook hubops.github_apps.quickstart --diff \
    --extra-vars @state/server.json --extra-vars "@$standin_home/quickstart.yml" "$@"
