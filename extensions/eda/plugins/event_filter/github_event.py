# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Event filter github_event."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: github_event
short_description: Reduce GitHub webhook events to IDs and names
version_added: 0.1.0
author: hubops maintainers (@hubops)
description:
  - Reduces a GitHub webhook event to IDs, names and the action, so that rules and playbooks can use it safely. Anyone can put text into
    other parts of an event, for example into a commit message or the name of a branch.
  - The remaining keys are not renamed or moved, so rules for unfiltered events keep working.
  - Spells the names of GitHub's headers as in GitHub's documentation, for example V(X-GitHub-Event). Proxies, event streams and webhook
    sources spell them in different ways.
  - Use it with the sources C(ansible.eda.webhook) and C(eda.builtin.webhook), and with event streams. List it first, because other filters
    can rename keys, and it removes the keys that they add.
  - IDs are positive integers. Names consist of ASCII letters, digits, periods, hyphens and underscores. A repository also contains
    one slash, and the name of an app's bot user ends with V([bot]). Other values are removed. No value contains the start of a
    Jinja template or a control character.
  - Reduces every event, including events that are not from GitHub. An event without GitHub's headers and keys becomes an event with an
    empty C(payload) and empty C(meta.headers). Use another source for other senders.
  - Does not verify signatures. Set C(hmac_secret) in the source, or use an event stream with a GitHub credential. A signature covers the
    payload, but not the headers.
options:
  payload_keys:
    description:
      - Additional keys of the payload to keep. Separate the names with periods, and put V([]) after the name of a list, for example
        V(commits[].id).
      - The values must be integers, booleans, or strings of at most 1000 printable characters on one line that do not contain the start
        of a Jinja template. Other values are removed.
      - Anyone may be able to choose these values. Do not use them in shell commands.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- ansible.eda.webhook:
    host: 127.0.0.1
    port: 5000
    hmac_secret: "{{ github_webhook_secret }}"
  filters:
    - hubops.github_apps.github_event:

- ansible.eda.webhook:
    host: 127.0.0.1
    port: 5000
    hmac_secret: "{{ github_webhook_secret }}"
  filters:
    - hubops.github_apps.github_event:
        payload_keys:
          - ref
          - commits[].id
"""

import re
from functools import cache
from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

Check = Callable[[Any], bool]

PATH = re.compile(r"\w+(\[\])?(\.\w+(\[\])?)*", re.ASCII)
NAME = re.compile(r"\w[\w.-]{0,99}(/(?!\.{1,2}$)[\w.-]{1,100})?(\[bot\])?", re.ASCII)
ENDPOINT = re.compile(r"[\w./-]{0,200}", re.ASCII)
TEMPLATE = re.compile(r"\{[{%#]")
LONGEST_TEXT = 1000
LARGEST_NUMBER = 2**63 - 1


def is_number(value: Any) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST_NUMBER


def is_id(value: Any) -> bool:
    return is_number(value) and not isinstance(value, bool) and value > 0


def is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_endpoint(value: Any) -> bool:
    return isinstance(value, str) and ENDPOINT.fullmatch(value) is not None


def is_text(value: Any) -> bool:
    # isprintable() is false for line breaks, other control characters, surrogates and directional formatting.
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable() and not TEMPLATE.search(value)


def is_scalar(value: Any) -> bool:
    return is_number(value) or is_text(value)


HEADERS = (
    "X-GitHub-Delivery",
    "X-GitHub-Enterprise-Host",
    "X-GitHub-Enterprise-Version",
    "X-GitHub-Event",
    "X-GitHub-Hook-ID",
    "X-GitHub-Hook-Installation-Target-ID",
    "X-GitHub-Hook-Installation-Target-Type",
)
META_KEYS: Mapping[str, Check] = {"endpoint": is_endpoint, "eda_event_stream_name": is_text}
REPOSITORY_LISTS = ("repositories[]", "repositories_added[]", "repositories_removed[]")
PAYLOAD_KEYS: Mapping[str, Check] = {
    "action": is_name,
    "account.id": is_id,
    "account.login": is_name,
    "account.type": is_name,
    "changes.login.from": is_name,
    "enterprise.id": is_id,
    "enterprise.slug": is_name,
    "hook.app_id": is_id,
    "hook.type": is_name,
    "hook_id": is_id,
    "installation.id": is_id,
    "installation.account.id": is_id,
    "installation.account.login": is_name,
    "installation.account.slug": is_name,
    "installation.account.type": is_name,
    "installation.app_id": is_id,
    "installation.app_slug": is_name,
    "installation.client_id": is_name,
    "installation.repository_selection": is_name,
    "installation.target_type": is_name,
    "organization.id": is_id,
    "organization.login": is_name,
    **{f"{place}.id": is_id for place in ("repository", *REPOSITORY_LISTS)},
    **{f"{place}.full_name": is_name for place in ("repository", *REPOSITORY_LISTS)},
    "repository_selection": is_name,
    "sender.id": is_id,
    "sender.login": is_name,
    "sender.type": is_name,
    "target_type": is_name,
}


def add_key(tree: Dict[str, Any], path: str, check: Check) -> None:
    *parents, last = path.split(".")
    for name in parents:
        tree = tree.setdefault(name, {})
        if not isinstance(tree, dict):
            raise ValueError(f"payload_keys contains {path}, but {name} does not contain other keys.")
    if isinstance(tree.setdefault(last, check), dict):
        raise ValueError(f"payload_keys contains {path}, which is an object. Add the keys of the object instead.")


@cache
def make_tree(payload_keys: Tuple[str, ...]) -> Mapping[str, Any]:
    """Return the checks of all keys to keep, nested like the payload."""
    tree: Dict[str, Any] = {}
    for path, check in PAYLOAD_KEYS.items():
        add_key(tree, path, check)
    for path in payload_keys:
        if not PATH.fullmatch(path):
            raise ValueError(f"payload_keys contains {path!r}, which is not a path such as commits[].id.")
        add_key(tree, path, is_scalar)
    return tree


def keep(value: Any, wanted: Any) -> Any:
    """Return the wanted part of a value, or None."""
    if callable(wanted):
        return value if wanted(value) else None
    if not isinstance(value, dict):
        return None
    kept: Dict[str, Any] = {}
    for key, inner in wanted.items():
        name = key[:-2] if key.endswith("[]") else key
        part = keep_items(value.get(name), inner) if key.endswith("[]") else keep(value.get(name), inner)
        if part is not None:
            kept[name] = part
    return kept or None


def keep_items(values: Any, wanted: Any) -> Any:
    """Return the wanted part of each item, or None if the value is not a list."""
    if not isinstance(values, list):
        return None
    return [part for part in (keep(value, wanted) for value in values) if part is not None]


def keep_headers(headers: Any) -> Dict[str, str]:
    """Return GitHub's headers. A header that occurs in several spellings is ambiguous, and is removed."""
    found: Dict[str, Any] = {}
    for name, value in headers.items() if isinstance(headers, dict) else ():
        found.setdefault(str(name).lower(), []).append(value)
    candidates = {name: found.get(name.lower(), []) for name in HEADERS}
    return {name: values[0] for name, values in candidates.items() if len(values) == 1 and is_name(values[0])}


def check_keys(payload_keys: Any) -> Tuple[str, ...]:
    if not isinstance(payload_keys, (list, tuple)) or not all(isinstance(path, str) for path in payload_keys):
        raise ValueError("payload_keys must be a list of strings.")
    return tuple(payload_keys)


def main(event: Dict[str, Any], payload_keys: Sequence[str] = ()) -> Dict[str, Any]:
    """Return a new event with the safe parts of a webhook event."""
    tree = make_tree(check_keys(payload_keys))
    meta = event.get("meta")
    headers = meta.get("headers") if isinstance(meta, dict) else None
    return {
        "payload": keep(event.get("payload"), tree) or {},
        "meta": {**(keep(meta, META_KEYS) or {}), "headers": keep_headers(headers)},
    }
