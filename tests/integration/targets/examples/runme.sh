#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every example of the documentation as it is printed. The commands in bin play those of key management services.

set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
python collect.py "$directory"
PATH=$PWD/bin:$PATH

run() {
    local releases=(3.22) options=(--at-home)
    case $1 in
        *github_content_attachment*) releases=(2.22 3.3) ;;
        *github_oauth_authorization*) releases=(2.20 3.19) ;;
        */guide_old_servers*) releases=(2.20) ;;
        */guide_authentication*) options+=(--private-ca) ;;
        */guide_keys_in_a_vault*) options+=(--key-stores) ;;
        *_readme_*) releases=(cloud) ;;
    esac
    python ../setup_releases/play.py "${options[@]}" "$1" "${releases[@]}"
}
export -f run
# shellcheck disable=SC2016  # the inner shell expands it
printf '%s\0' "$directory"/*_playbook.yml | xargs -0 -n 1 -P 2 bash -c 'run "$1"' run
