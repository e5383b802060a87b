# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content attachments (https://docs.github.com/enterprise-server@3.3/rest/reference/apps#create-a-content-attachment).

Servers up to 2.22 take the reference alone, 3.0 to 3.3 the repository too, and others have no such operation.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    installation_selector,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import get_installation
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import mint

WITHOUT_REPOSITORY = "apps/create-content-attachment"
WITH_REPOSITORY = "apps/create-content-attachment-for-repo"


def sign_in_for_attachments(client: Client, options: Mapping[str, Any]) -> Callable[[], Client]:
    """What makes the client that may attach: as the installation with the app's key, else with the user's token.

    Whatever can be known to fail fails here, before a token is minted.
    """
    if not client.offers(WITHOUT_REPOSITORY):
        client.require(WITH_REPOSITORY)
        if not options.get("repository"):
            raise OptionError(
                f"repository is needed: GitHub Enterprise Server {client.release} takes no reference without it."
            )
    if not client.credentials.app:
        return lambda: client
    installation = get_installation(client, installation_selector(options))
    body = {"permissions": {"content_references": "write"}}
    return lambda: client.with_installation_token(mint(client, installation["id"], body)["token"], age=0)


def create_attachment(client: Client, options: Mapping[str, Any]) -> Dict[str, Any]:
    """Never repeated: each request makes one more attachment."""
    body = {"title": options["title"], "body": options["body"]}
    reference = options["content_reference_id"]
    if client.offers(WITHOUT_REPOSITORY):
        return client.get(WITHOUT_REPOSITORY, "id", body=body, content_reference_id=reference)
    owner, name = split_full_name("repository", options["repository"])
    return client.get(WITH_REPOSITORY, "id", body=body, owner=owner, repo=name, content_reference_id=reference)
