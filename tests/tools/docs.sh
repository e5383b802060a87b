#!/usr/bin/env bash
# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the documentation into .build/docs/html; a warning, or a link inside it that leads nowhere, fails. Nothing is fetched.

. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
python tests/tools/tree.py
use_private_home

site=$BUILD/docs
rm -rf "$site"
install -d -m 755 "$site" "$site/rst"

{
    antsibull-docs sphinx-init --use-current --squash-hierarchy --dest-dir "$site" --project hubops.github_apps \
        --title hubops.github_apps --html-short-title hubops.github_apps --copyright 'hubops maintainers' hubops.github_apps &&
        cat >>"$site/conf.py" <<'PYTHON' &&

# Pages of Ansible that ours refer to: what tests/tools/ansible_labels.py says, in place of what would be fetched.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "../ansible.inv")}
html_static_path = ["static"]
html_css_files = ["site.css"]
PYTHON
        install -D -m 644 docs/docsite/site.css "$site/static/site.css" &&
        antsibull-docs --config-file "$site/antsibull-docs.cfg" collection --fail-on-error --use-current --squash-hierarchy \
            --dest-dir "$site/rst" hubops.github_apps &&
        python tests/tools/ansible_labels.py "$site/ansible.inv" "$site/rst" &&
        sphinx-build -q -b html -c "$site" -W --keep-going "$site/rst" "$site/html" &&
        python tests/tools/links.py "$site/html"
} >"$site/log" 2>&1 || {
    cat "$site/log"
    echo 'FAIL  docs'
    exit 1
}
tail -n 1 "$site/log"
echo 'ok    docs'
