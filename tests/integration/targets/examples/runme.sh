#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs every example of the documentation as it is printed. Key management services are played by what is in bin.

set -eu
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
python collect.py "$directory"
PATH=$PWD/bin:$PATH
for playbook in "$directory"/*_playbook.yml; do
    case $playbook in
        *github_content_attachment*) releases=(2.22 3.3) ;;
        *github_oauth_authorization*) releases=(2.20 3.19) ;;
        */guide_old_servers*) releases=(2.20) ;;
        */guide_*) releases=(3.19) ;;
        *) releases=(3.19 cloud) ;;
    esac
    python ../setup_releases/play.py --at-home "$playbook" "${releases[@]}"
done
