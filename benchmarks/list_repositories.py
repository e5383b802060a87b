#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the repositories of an installation once and print the seconds it took, without imports and without creating the token.

    list_repositories.py ours|pygithub PER_PAGE

The options of the app are read from standard input as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Dict


def ours(options: Dict[str, Any], _per_page: int) -> float:
    from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import create_client
    from ansible_collections.hubops.github_apps.plugins.module_utils._resources.minting import reader_for
    from ansible_collections.hubops.github_apps.plugins.module_utils._resources.repositories import (
        list_installation_repositories,
    )

    reader = reader_for(create_client(options, print), options["installation_id"])
    began = time.perf_counter()
    assert len(list_installation_repositories(reader)) == options["expected"]
    return time.perf_counter() - began


def pygithub(options: Dict[str, Any], per_page: int) -> float:
    import github

    auth = github.Auth.AppAuth(int(options["app_id"]), options["private_key"])
    integration = github.GithubIntegration(auth=auth, base_url=options["api_url"], per_page=per_page)
    installation = integration.get_app_installation(options["installation_id"])
    began = time.perf_counter()
    assert len(list(installation.get_repos())) == options["expected"]
    return time.perf_counter() - began


if __name__ == "__main__":
    print({"ours": ours, "pygithub": pygithub}[sys.argv[1]](json.load(sys.stdin), int(sys.argv[2])))
