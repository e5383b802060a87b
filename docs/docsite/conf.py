# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Appended to the configuration that antsibull-docs writes for Sphinx.
# Pages of Ansible that ours refer to: what tests/tools/ansible_labels.py says, in place of what would be fetched.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", "../ansible.inv")}
html_static_path = ["static"]
html_css_files = ["site.css"]
