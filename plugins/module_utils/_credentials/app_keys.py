# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several private keys of one app, such as the old and the new one of a rotation."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any, Dict, Mapping, Optional

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.input import tidied
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    SIGNERS,
    combine,
    find_sources,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    AppKey,
    Credentials,
    Warn,
    app_with_key,
    check_app_id,
    ignore,
    key_option_in,
)

# The options that provide a key. Those that describe its service apply to all keys.
SOURCES = ("private_key", "private_key_path", "private_key_passphrase", *SIGNERS)
APP_KEYS = {
    "app_keys": {"type": "list", "elements": "dict", "no_log": False, "options": {name: APP[name] for name in SOURCES}}
}
KEY_OPTIONS = f"private_key, private_key_path, {', '.join(SIGNERS[:-1])} or {SIGNERS[-1]}"
# The options whose values identify a key and are not secret. Arguments of a command could be long.
NAMES = ("private_key_path", "vault_transit_key", "aws_kms_key")


def credentials_with_keys(
    options: Mapping[str, Any], warn: Warn = ignore, sources: Optional[Mapping[str, str]] = None
) -> Credentials:
    """The keys in `app_keys`, or else the key in the options of the app; parameters as for `credentials_from`.

    :raises OptionError: an entry does not select one key, or the ID of the app is missing.
    """
    check_app_id(options)
    if not (options.get("app_id") or options.get("client_id")):
        raise OptionError("Set app_id or client_id, because the keys do not identify the app.")
    common = {name: options.get(name) for name in APP if name != "app_jwt"}
    entries = options.get("app_keys") or []
    for number, entry in enumerate(entries, 1):
        if not key_option_in(combine(tidied(APP, entry))):
            raise OptionError(f"Entry {number} of app_keys has no private key. Set {KEY_OPTIONS}.")
    return Credentials(app_keys=tuple(read_key(entry, common, warn, sources or {}) for entry in entries or [{}]))


def read_key(entry: Mapping[str, Any], common: Mapping[str, Any], warn: Warn, sources: Mapping[str, str]) -> AppKey:
    """A key with the app. :param entry: of `app_keys`. :param common: options of the app, for all keys."""
    own = tidied(APP, entry)
    options = combine(own, common)
    option = key_option_in(options)
    if not option:
        raise OptionError(f"No private key is set. Set app_keys, {KEY_OPTIONS}.")
    found: Dict[str, Any] = {"option": option, "name": options[option] if option in NAMES else None}
    if option == "private_key_path":
        with suppress(OSError, ValueError):
            found["file_modified"] = os.stat(os.path.expanduser(options[option])).st_mtime
    try:
        return AppKey(**found, app=app_with_key(option, options, warn, find_sources(own, sources)))
    except OptionError as error:
        return AppKey(**found, error=str(error))
