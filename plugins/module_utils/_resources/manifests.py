# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create apps from a manifest (https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest)."""

from __future__ import annotations

import os
from typing import Any, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, PartialChangeError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import clean_secret
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import (
    StorageError,
    private_file,
    private_json_file,
    read_json_file,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import check_destination
from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import Client
from ansible_collections.hubops.github_apps.plugins.module_utils._resources.apps import urls_of

SECRETS = ("client_secret", "webhook_secret", "pem")


def paths_in(directory: str) -> Dict[str, str]:
    return {
        "private_key_path": os.path.join(directory, "private-key.pem"),
        "secrets_path": os.path.join(directory, "app.json"),
    }


def read_converted(paths: Mapping[str, str]) -> Optional[Dict[str, Any]]:
    """The app whose files exist, without its secrets; None if there are no files."""
    for path in paths.values():
        check_destination("dest", path)
    kept = read_json_file("dest", paths["secrets_path"], key="client_secret")
    has_key = os.path.exists(paths["private_key_path"])
    if bool(kept) != has_key:
        there = paths["private_key_path"] if has_key else paths["secrets_path"]
        raise OptionError(
            f"dest contains {quoted(there)}, but not the other file that the module writes. Remove the existing file, or use another"
            " directory."
        )
    return without_secrets(kept.content) if kept else None


def without_secrets(app: Mapping[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in app.items() if name not in SECRETS}


def convert_manifest(client: Client, code: Optional[str], paths: Mapping[str, str]) -> Dict[str, Any]:
    """Create the files, exchange the code, which can be used only once, and return the app without its secrets."""
    code = clean_secret("code", code)
    if not code:
        raise OptionError("code is required. It is part of the URL to which GitHub redirected the browser.")
    with (
        private_file("dest", paths["private_key_path"]) as write_key,
        private_json_file("dest", paths["secrets_path"]) as write_secrets,
    ):
        app = client.get("apps/create-from-manifest", "id", "pem", "client_secret", code=code)
        try:
            write_key(app["pem"])
            write_secrets({name: value for name, value in app.items() if name != "pem"})
        except StorageError as error:
            settings = urls_of(app)["settings"]
            raise PartialChangeError(
                f"{error} The code has been used and the app {app.get('slug')} (ID {app['id']}) was created. Generate"
                f" a new private key and a new client secret for it at {settings}.",
                {"app": without_secrets(app), "changed": True},
            ) from None
    return without_secrets(app)
