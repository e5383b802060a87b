# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the current state of installations as an access document."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from ansible_collections.hubops.github_apps.plugins.module_utils._access.document import KINDS
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import printable
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installations import (
    Installation,
    account_kind,
    account_login,
    is_suspended,
)

INDENT = "    "


def write_document(installations: Sequence[Installation], server_url: str) -> str:
    """The access document as YAML with comments, ordered by account.

    :param installations: as `github_app_installation_info` returns them with `include: [repositories]`.
    """
    app = next((item["app_slug"] for item in installations if item.get("app_slug")), None)
    lines = [
        f"# Access document{f' of the app {printable(app)}' if app else ''} on {urlsplit(server_url).netloc}.",
        "# The playbook hubops.github_apps.converge_access applies it:",
        "# https://github.com/hubops/github_apps/blob/main/roles/installation_access/README.md",
        "---",
        "installation_access_accounts:" if installations else "installation_access_accounts: []",
    ]
    ordered = sorted(installations, key=lambda item: (account_login(item).lower(), item["id"]))
    return "\n".join([*lines, *(line for item in ordered for line in describe_entry(item))]) + "\n"


def describe_entry(installation: Installation) -> List[str]:
    """The lines of an entry, with comments on what it does not manage and why."""
    selector, remarks = describe_selector(installation)
    lines = [selector]
    if "suspended_at" in installation:
        lines.append(f"suspended: {scalar(is_suspended(installation))}")
    names = [] if is_on_all(installation) else [item["name"] for item in installation.get("repositories") or []]
    if names:
        lines += ["repositories:", *(f"  - {scalar(name)}" for name in sorted(names, key=str.lower))]
    elif account_kind(installation) != "enterprise":
        remarks.append(f"The repositories are not managed, because {why_unmanaged(installation)}.")
    lines += mapping("permissions", installation.get("permissions") or {})
    return [*(f"  # {remark}" for remark in remarks), f"  - {lines[0]}", *(f"{INDENT}{line}" for line in lines[1:])]


def describe_selector(installation: Installation) -> Tuple[str, List[str]]:
    """The line that selects the installation, and a comment with its account if that line is an ID."""
    kind, login = account_kind(installation), account_login(installation)
    if kind in KINDS and (installation.get("account") or {}).get("login"):
        return f"{kind}: {scalar(login)}", []
    return f"installation_id: {installation['id']}", [printable(login) + (f" ({kind})" if kind else "")]


def is_on_all(installation: Installation) -> bool:
    return installation.get("repository_selection") == "all"


def why_unmanaged(installation: Installation) -> str:
    if is_on_all(installation):
        return "the app has access to all of them, and only an owner of the account can change this"
    if is_suspended(installation):
        return "GitHub does not list those of a suspended installation"
    failure = installation.get("failure")
    return f"they could not be read: {printable(failure['message'])}" if failure else "there are none"


def mapping(name: str, values: Mapping[str, Any]) -> List[str]:
    if not values:
        return [f"{name}: {{}}"]
    return [f"{name}:", *(f"  {scalar(key)}: {scalar(value)}" for key, value in sorted(values.items()))]


def scalar(value: Any) -> str:
    """The value in YAML, in quotes if YAML would read it as another type."""
    known = str.__str__(value) if isinstance(value, str) else value  # YAML does not know Ansible's types of strings
    text: str = yaml.safe_dump(known, default_flow_style=True, width=2**31)
    return text.partition("\n")[0]
