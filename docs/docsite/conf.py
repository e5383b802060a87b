# Copyright (c) hubops maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration of Sphinx."""

import re
from pathlib import Path

import yaml
from sphinx.addnodes import toctree

ROOT = Path(__file__).resolve().parents[2]

project = "GitHub Apps"
copyright = "hubops maintainers"
release = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# tests/tools/ansible_labels.py writes this inventory, so that nothing is fetched.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/ansible/latest/", f"{ROOT}/.build/docs/ansible.inv")}
default_role = "any"
nitpicky = True
highlight_language = "YAML+Jinja"
pygments_style = "ansible"
html_theme = "sphinx_ansible_theme"
html_title = "GitHub Apps"
html_short_title = "Ansible collection hubops.github_apps"
html_show_sphinx = False
html_use_index = False
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme_options = {
    "navigation_depth": 2,
    "topbar_links": {
        "Ansible Galaxy": "https://galaxy.ansible.com/ui/repo/published/hubops/github_apps/",
        "Source code": "https://github.com/hubops/github_apps",
        "Report an issue": "https://github.com/hubops/github_apps/issues/new",
        "Forum": "https://forum.ansible.com/c/help/6",
    },
}


def shorten_names(app, doctree):
    """List plugins and roles by their short names in the sidebar."""
    for tree in doctree.findall(toctree):
        for index, (title, page) in enumerate(tree["entries"]):
            if name := re.fullmatch(r"(\w+)_(?:callback|filter|inventory|lookup|module|role)", page):
                tree["entries"][index] = (title or name[1], page)


def finish_page(app, pagename, templatename, context, doctree):
    """Link the logo to the front page, and allow line breaks in long names after a dot or an underscore."""
    context["theme_documentation_home_url"] = context["pathto"](app.config.root_doc)
    names = re.compile(r'(?:<h1>|<span class="std std-ref">)[^<]+')
    context["body"] = names.sub(lambda name: re.sub(r"[._](?=\w)", r"\g<0><wbr/>", name[0]), context.get("body", ""))


def setup(app):
    """Register the functions; Sphinx collects the sidebar with priority 500."""
    app.connect("doctree-read", shorten_names, priority=400)
    app.connect("html-page-context", finish_page)
