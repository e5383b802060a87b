# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private keys of an app. No operation of GitHub lists them, so that each key is examined by using it.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, SignerError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import utc
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    AppKey,
    fingerprint_of,
    public_key_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.private_keys import size_of
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import App, get_app

# Causes of a rejection that concern the key. Other errors concern the app or the server, and therefore all keys.
REJECTED = ("wrong_key", "no_key")


class Examined(NamedTuple):
    """:param facts: what is known about the key, without secrets. :param app: the app, if GitHub accepts the key."""

    facts: Dict[str, Any]
    app: Optional[App]


def examine_key(client: Client, key: AppKey) -> Examined:
    """Authenticate as the app with the key.

    :raises GitHubAppsError: whether GitHub accepts the key is not known, for a reason that concerns all keys.
    """
    app, error, is_accepted = None, key.error, None
    if key.app:
        try:
            app, is_accepted = get_app(client.with_app(key.app)), True
        except SignerError as failure:
            error = str(failure)
        except ApiError as refusal:
            if refusal.cause not in REJECTED:
                raise
            error, is_accepted = str(refusal), False
    # A signer that does not sign is not asked for its public key, because it would only fail again.
    public_key = public_key_of(key.app) if key.app and is_accepted is not None else None
    facts = {
        "option": key.option,
        "name": key.name,
        "fingerprint": fingerprint_of(public_key) if public_key else None,
        "size": size_of(public_key) if public_key else None,
        "accepted": is_accepted,
        "file_modified_at": None if key.file_modified is None else utc(key.file_modified),
        "error": error,
    }
    return Examined(facts, app)
