# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that creates an installation access token, for whoever needs one.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release

# The reference pages up to 2.21 know only repository_ids; a server that does not know a key ignores it, and the
# token would reach everything.
REPOSITORY_NAMES = Release(2, 22)


def mint(client: Client, installation_id: int, body: Mapping[str, Any]) -> Dict[str, Any]:
    minted = client.get(
        "apps/create-installation-access-token",
        "token",
        "expires_at",
        body=body or None,
        installation_id=installation_id,
    )
    if not re.fullmatch(r"[\x21-\x7e]+", str(minted["token"])):
        raise ConnectionFailedError(
            f"{client.server.host} answered with a token that contains white space or control characters: is api_url the"
            " API of a GitHub?"
        )
    client.minted.append(minted)
    return minted


def reader_for(client: Client, installation_id: int) -> Client:
    """A client that acts as the installation and may read what repositories there are, and nothing more.

    Its token is not revoked, which would cost a request in every run: it dies with this process's memory.
    """
    minted = mint(client, installation_id, {"permissions": {"metadata": "read"}})
    return client.with_installation_token(minted["token"], age=0)
