# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/docsite/rst/operations.rst matches its generator, which is not part of the collection's tarball."""

from __future__ import annotations

import pytest
from repository_tools import load_tool

from ansible_collections.hubops.github_apps.plugins.module_utils._github.endpoints import ENDPOINTS


@pytest.fixture(scope="module")
def generator():
    return load_tool("operations_table")


def test_the_page_is_current(generator):
    assert generator.RESULT.read_text(encoding="utf-8") == generator.page(), "run `make operations`"


def test_the_page_on_old_servers_is_current(generator):
    assert generator.OLD_SERVERS.read_text(encoding="utf-8") == generator.old_servers(), "run `make operations`"


def test_every_operation_is_used(generator):
    uses = generator.find_uses(ENDPOINTS)
    assert [operation for operation in ENDPOINTS if not uses[operation]] == []
    assert uses["apps/delete-installation"] == ["github_app_access", "github_app_installation"]
    assert uses["apps/create-installation-access-token"] == [
        "github_app_access",
        "github_app_check_info",
        "github_app_enterprise_info",
        "github_app_installation",
        "github_app_installation_info",
        "github_content_attachment",
        "github_installation_repo",
        "github_installation_repo_info",
        "github_installation_token",
        "github_installation_token (lookup)",
    ]


def test_a_composed_name_stands_for_all_that_it_could_be(generator):
    tree = generator.ast.parse("f'apps/{verb}-installation-for-authenticated-user'")
    named = set().union(*(generator.named(node, ENDPOINTS) for node in generator.ast.walk(tree)))
    assert named == {f"apps/{verb}-installation-for-authenticated-user" for verb in ("add-repo-to", "remove-repo-from")}
