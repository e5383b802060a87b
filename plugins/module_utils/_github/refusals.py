# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors for requests that GitHub rejects. Imported only when needed."""

from __future__ import annotations

from functools import partial
from typing import Any, Dict, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import ApiError, limited
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import (
    LONGEST_TEXT,
    in_texts,
    masked,
    shortened,
    utc,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    App,
    fingerprint,
    fingerprint_of,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.causes import (
    classify,
    permissions_in,
    special_causes,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.transport import (
    Reply,
    Transport,
    json_of,
    message_of,
)


def describe_refusal(
    operation: str, request: str, reply: Reply, transport: Transport, app: Optional[App], kind: str, credentials: str
) -> ApiError:
    """The error for a response.

    :param request: method and path, without secrets. :param app: the configured app.
    :param kind: kind of the credentials that were sent (see endpoints.py). :param credentials: option that they came
    from.
    """
    response = reply.response
    message = message_of(response)
    answer = json_of(response) if message else {}
    cause, explanation = classify(
        response.status_code,
        message,
        {**placeholders(reply, transport, app), "credentials": credentials},
        special_causes(bool(app and app.jwt), bool(app and app.signer), kind),
    )
    if cause == "wrong_key" and app and app.signer:
        explanation += describe_key(app.signer.public_key())
    # A gateway may repeat in its response what it received, such as the Authorization header.
    hide = partial(masked, secrets=tuple(transport.sent))  # a copy, because other threads add to it
    return ApiError(
        explanation,
        operation=operation,
        request=request,
        status=response.status_code,
        cause=cause,
        github_message=hide(shortened(message or str(response.reason or ""))),
        errors=in_texts(hide, limited(answer.get("errors"))),
        documentation_url=hide(shortened(str(answer.get("documentation_url") or ""))),
        request_id=hide(shortened(response.headers.get("X-GitHub-Request-Id", ""))),
        repeated=reply.repeated,
    )


def describe_key(public_key: Optional[bytes]) -> str:
    """A sentence with the fingerprint of a signer's key; empty if the signer does not return the public key."""
    return f" The fingerprint of the key is {fingerprint_of(public_key)}." if public_key else ""


def placeholders(reply: Reply, transport: Transport, app: Optional[App]) -> Dict[str, Any]:
    """Values for the placeholders in `causes`."""
    accepted = reply.response.headers.get("X-Accepted-GitHub-Permissions", "")[:LONGEST_TEXT]
    waited = f" (after {reply.waited:.0f} s of previous waits)" if reply.waited else ""
    until = "" if reply.wait is None else utc(transport.server_time() + reply.wait)
    return {
        "host": transport.server.host,
        "app": str(app),
        "app_option": app.id_option if app else "app_id",
        "key_option": app.key_option if app else "private_key",
        "fingerprint": fingerprint(app) if app else "",
        "wait": "" if reply.wait is None else f"{reply.wait:.0f} s, until {until}{waited}",
        "permissions": permissions_in(masked(accepted, tuple(transport.sent))),
    }
