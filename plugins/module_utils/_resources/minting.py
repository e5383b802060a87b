# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request that creates an installation access token.

https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, ConnectionFailedError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import MASK, in_texts, texts_in
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._github.releases import Release

# Up to 2.21, only repository_ids is documented. A server ignores unknown keys, and the token would not be limited.
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
            f"{client.server.host} returned a token that contains white space or control characters. Check that"
            " api_url is the API of a GitHub server."
        )
    client.minted.append(minted)
    return minted


def reader_for(client: Client, installation_id: int) -> Client:
    """A client that authenticates as the installation and can only list its repositories.

    Its token is not revoked, which saves a request in every run. It is never stored.
    """
    try:
        minted = mint(client, installation_id, {"permissions": {"metadata": "read"}})
    except ApiError as error:
        if error.status == 422:  # every installation with repositories can read metadata
            error.explanation = (
                f"Installation {installation_id} has no access to repositories, because it is an installation on an"
                " enterprise, or the app does not request repository permissions."
            )
        raise
    return client.with_installation_token(minted["token"], age=0)


@contextmanager
def temporary_reader(client: Client, installation_id: int) -> Iterator[Client]:
    """As `reader_for`, for reading many installations.

    At the end, the token is no longer one of the secrets that are searched for in errors and in the result. With
    thousands of tokens, the search would take minutes.
    """
    reader = reader_for(client, installation_id)
    try:
        yield reader
    finally:
        client.transport.sent.discard(reader.credentials.installation_token or "")


def without(token: Optional[str], items: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The items, in which a gateway may have returned the token, with the token masked."""
    if not token:
        return items

    def clean(item: Dict[str, Any]) -> Dict[str, Any]:
        found = any(token in text for text in texts_in(item))
        # A copy of each item would take much memory.
        return dict(in_texts(lambda text: text.replace(token, MASK), item)) if found else item

    return [clean(item) for item in items]
