# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as people give them: with white space, invisible characters, several names in one text, URLs in place of names."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import urlsplit

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import INVISIBLE, quoted

Spec = Mapping[str, Mapping[str, Any]]

# Nobody knows which characters of these count. (A private key is repaired elsewhere.)
VERBATIM = frozenset(("body", "fingerprint", "note", "password", "private_key", "private_key_passphrase", "title"))

# How repositories are written that are not written owner/name: https://HOST/owner/name.git, ssh://git@HOST:22/owner/name, and
# git@HOST:owner/name.git (https://git-scm.com/docs/git-clone#_git_urls).
REPOSITORY_URL = re.compile(
    r"(?:[a-z+]+://(?:([^/@\s]*)@)?([^/:@\s]+)(?::\d+)?/+|(?:[^/@\s]+@)([^/:@\s]+):/*)([^?#\s]*)", re.IGNORECASE
)
REPOSITORY_OPTIONS = ("repository", "repositories")


def tidied(spec: Spec, options: Mapping[str, Any]) -> Dict[str, Any]:
    """The options without white space around texts and without invisible characters, and lists of names as lists."""
    return {name: tidy(value, spec.get(name, {})) if name not in VERBATIM else value for name, value in options.items()}


def tidy(value: Any, settings: Mapping[str, Any]) -> Any:
    """:param settings: of the option, as an argument spec has them."""
    if settings.get("type") == "list" and settings.get("elements") in ("str", "int"):
        return split_names(value)
    if isinstance(value, str):
        return INVISIBLE.sub("", value).strip()
    if isinstance(value, Mapping):
        return {tidy(name, {}): tidy(item, {}) for name, item in value.items()}
    return value


def split_names(value: Any) -> Any:
    """The names in a list or in a text: separated by commas, white space or line breaks, as JSON, or as a list of YAML."""
    if isinstance(value, (list, tuple)):
        return [
            name for item in value for name in (split_names(item) if isinstance(item, (str, list, tuple)) else [item])
        ]
    if not isinstance(value, str):
        return value
    text = INVISIBLE.sub("", value).strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            return split_names(json.loads(text))
        except ValueError:
            text = text[1:-1]
    names = re.split(r"[\s,;]+", re.sub(r"^\s*-\s+", "", text, flags=re.MULTILINE))
    return [name for name in (name.strip("\"'") for name in names) if name]


def with_repository_names(options: Mapping[str, Any], server_url: str) -> Dict[str, Any]:
    """The options with `owner/name` in place of URLs of repositories.

    :param server_url: of the configured server, as `Server.server_url`.
    :raises OptionError: a URL is of another server, or not of a repository.
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
    """`owner/name` for a URL of a repository of this server; other values as they are.

    :param server_url: None where the server is not known here.
    """
    match = REPOSITORY_URL.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return text
    if ":" in (match[1] or ""):
        raise OptionError(f"{option} is a URL with a password: give owner/name.")
    host, path = (match[2] or match[3]).lower(), match[4]
    if server_url and host not in hosts_of(server_url):
        raise OptionError(
            f"{option} {quoted(text)} is not a repository of {server_url}: set api_url to its server, or give a repository of this one."
        )
    parts = path_below(path, server_url) if server_url else [part for part in path.split("/") if part][-2:]
    if len(parts) != 2:
        raise OptionError(f"{option} {quoted(text)} is not the URL of a repository: give owner/name.")
    return f"{parts[0]}/{re.sub(r'[.]git$', '', parts[1])}"


def hosts_of(server_url: str) -> List[str]:
    """The names by which git reaches the server (https://docs.github.com/authentication/troubleshooting-ssh/using-ssh-over-the-https-port)."""
    host = urlsplit(server_url).hostname or ""
    return [host, f"www.{host}", f"ssh.{host}"]


def path_below(path: str, server_url: str) -> List[str]:
    """The parts of the path, without the path of the server."""
    root, parts = ([part for part in text.split("/") if part] for text in (urlsplit(server_url).path, path))
    return parts[len(root) :] if parts[: len(root)] == root else parts
