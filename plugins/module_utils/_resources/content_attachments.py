# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Content attachments (https://docs.github.com/enterprise-server@3.3/rest/reference/apps#create-a-content-attachment).

Servers up to 2.22 require only the content reference, 3.0 to 3.3 also the repository. Later servers do not support the
operation.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    INSTALLATION_WITH_REPOSITORIES,
    installation_selector,
    split_full_name,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import get_installation
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import mint

WITHOUT_REPOSITORY = "apps/create-content-attachment"
WITH_REPOSITORY = "apps/create-content-attachment-for-repo"


def sign_in_for_attachments(client: Client, options: Mapping[str, Any]) -> Callable[[], Client]:
    """A function that creates the client: as the installation if the app's key is set, or else with the user's token.

    Problems that can be detected in advance raise an error here, before a token is minted.
    """
    if not client.offers(WITHOUT_REPOSITORY):
        client.require(WITH_REPOSITORY)
        if not options.get("repository"):
            raise OptionError(
                f"repository is required, because GitHub Enterprise Server {client.release} does not accept a content"
                " reference without it."
            )
    if not client.credentials.app:
        return lambda: client
    installation = get_installation(client, installation_selector(options, INSTALLATION_WITH_REPOSITORIES))
    body = {"permissions": {"content_references": "write"}}
    return lambda: client.with_installation_token(mint(client, installation["id"], body)["token"], age=0)


def create_attachment(client: Client, options: Mapping[str, Any]) -> Dict[str, Any]:
    """Create an attachment. The request is never repeated because each one creates another attachment."""
    body = {"title": options["title"], "body": options["body"]}
    reference = options["content_reference_id"]
    if client.offers(WITHOUT_REPOSITORY):
        return client.get(WITHOUT_REPOSITORY, "id", body=body, content_reference_id=reference)
    owner, name = split_full_name("repository", options["repository"])
    return client.get(WITH_REPOSITORY, "id", body=body, owner=owner, repo=name, content_reference_id=reference)
