# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Normalize option values: white space, invisible characters, several names in one string, URLs instead of names."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import INVISIBLE, quoted

Spec = Mapping[str, Mapping[str, Any]]

# Options in which every character may be significant. (Private keys are repaired in _credentials/private_keys.py.)
VERBATIM = frozenset(("body", "fingerprint", "note", "password", "private_key", "private_key_passphrase", "title"))

# URLs of repositories: https://HOST/owner/name.git, ssh://git@HOST:22/owner/name, and git@HOST:owner/name.git
# (https://git-scm.com/docs/git-clone#_git_urls).
REPOSITORY_URL = re.compile(
    r"(?:[a-z+]+://(?:([^/@\s]*)@)?([^/:@\s]+)(?::\d+)?/+|(?:[^/@\s]+@)([^/:@\s]+):/*)([^?#\s]*)", re.IGNORECASE
)
REPOSITORY_OPTIONS = ("repository", "repositories", "exclude")


def tidied(spec: Spec, options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options without surrounding white space and invisible characters, and with lists of names as lists."""
    return {name: tidy(value, spec.get(name, {})) if name not in VERBATIM else value for name, value in options.items()}


def tidy(value: Any, settings: Mapping[str, Any]) -> Any:
    """:param settings: the option's entry in the argument spec."""
    if settings.get("type") == "list" and settings.get("elements") in ("str", "int"):
        return split_names(value)
    if isinstance(value, str):
        return INVISIBLE.sub("", value).strip()
    if isinstance(value, Mapping):
        return {tidy(name, {}): tidy(item, {}) for name, item in value.items()}
    return value


def split_names(value: Any) -> Any:
    """The names in a list, or in a string with commas, white space or line breaks, or with a JSON or YAML list."""
    if isinstance(value, (list, tuple)):
        return [
            name for item in value for name in (split_names(item) if isinstance(item, (str, list, tuple)) else [item])
        ]
    if not isinstance(value, str):
        return value
    text = INVISIBLE.sub("", value).strip()
    if is_bracketed(text):
        try:
            return split_names(json.loads(text))
        except ValueError:
            text = text[1:-1]
    names = re.split(r"[\s,;]+", re.sub(r"^\s*-\s+", "", text, flags=re.MULTILINE))
    return [name for name in (name.strip("\"'") for name in names) if name]


def is_bracketed(text: str) -> bool:
    """Whether one pair of brackets encloses the text, unlike in the pattern `[a-z]-service-[0-9]`."""
    depths = list(accumulate((character == "[") - (character == "]") for character in text))
    return text.startswith("[") and text.endswith("]") and min(depths[:-1]) > 0


def with_repository_names(options: Mapping[str, Any], server_url: str) -> Dict[str, Any]:
    """The options with the URLs of repositories replaced by `owner/name`.

    :param server_url: `Server.server_url` of the configured server.
    :raises OptionError: a URL belongs to another server, or is not the URL of a repository.
    """
    found: Dict[str, Any] = dict(options)
    for option in REPOSITORY_OPTIONS:
        value = found.get(option)
        if isinstance(value, str):
            found[option] = repository_name(option, value, server_url)
        elif isinstance(value, list):
            found[option] = [repository_name(option, name, server_url) for name in value]
    return found


def repository_name(option: str, text: Any, server_url: Optional[str]) -> Any:
    """`owner/name` for the URL of a repository on this server; other values are returned unchanged.

    :param server_url: None if the server is not known.
    """
    match = REPOSITORY_URL.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return text
    if ":" in (match[1] or ""):
        raise OptionError(f"{option} is a URL that contains a password. Use owner/name instead.")
    host, path = (match[2] or match[3]).lower(), match[4]
    if server_url and host not in hosts_of(server_url):
        raise OptionError(
            f"{option} {quoted(text)} is not a repository on {server_url}. Set api_url to the server of the"
            " repository, or use a repository on this server."
        )
    parts = path_below(path, server_url) if server_url else [part for part in path.split("/") if part][-2:]
    if len(parts) != 2:
        raise OptionError(f"{option} {quoted(text)} is not the URL of a repository. Use owner/name instead.")
    return f"{parts[0]}/{re.sub(r'[.]git$', '', parts[1])}"


def hosts_of(server_url: str) -> List[str]:
    """The host names of the server for git.

    https://docs.github.com/authentication/troubleshooting-ssh/using-ssh-over-the-https-port
    """
    host = urlsplit(server_url).hostname or ""
    return [host, f"www.{host}", f"ssh.{host}"]


def path_below(path: str, server_url: str) -> List[str]:
    """The parts of the path below the server's own path."""
    root, parts = ([part for part in text.split("/") if part] for text in (urlsplit(server_url).path, path))
    return parts[len(root) :] if parts[: len(root)] == root else parts
