#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""List the repositories of all installations of an app once, and print the seconds that it took, without imports.

    read_installations.py ours|pygithub|pygithub-tuned THREADS

The options of the app are read from standard input as JSON. `pygithub-tuned` gets 100 items per page, and does not pause
between requests.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict


def ours(options: Dict[str, Any], threads: int) -> float:
    from ansible_collections.hubops.github_apps.plugins.module_utils._github.client import create_client
    from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_lists import (
        list_app_installations,
    )
    from ansible_collections.hubops.github_apps.plugins.module_utils._resources.installation_repositories import (
        include_repositories,
    )

    client = create_client(options, print)
    began = time.perf_counter()
    installations = list_app_installations(client, {})
    read = include_repositories(client, installations, ["repositories"], threads)
    assert sum(item["repository_count"] for item in read) == options["expected"]
    return time.perf_counter() - began


def pygithub(options: Dict[str, Any], threads: int, **settings: Any) -> float:
    import github

    auth = github.Auth.AppAuth(int(options["app_id"]), options["private_key"])
    integration = github.GithubIntegration(auth=auth, base_url=options["api_url"], **settings)
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        counts = pool.map(lambda installation: len(list(installation.get_repos())), integration.get_installations())
        assert sum(counts) == options["expected"]
    return time.perf_counter() - began


def pygithub_tuned(options: Dict[str, Any], threads: int) -> float:
    return pygithub(options, threads, per_page=100, seconds_between_requests=None, seconds_between_writes=None)


WHO = {"ours": ours, "pygithub": pygithub, "pygithub-tuned": pygithub_tuned}

if __name__ == "__main__":
    print(WHO[sys.argv[1]](json.load(sys.stdin), int(sys.argv[2])))
