# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Octokit against the stand-in server. Requires Node.js 20 or newer, npm and its registry; otherwise skipped."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from standin_client import OAUTH

SOURCES = Path(__file__).with_name("octokit")
OLDEST_NODE = 20
NOT_FOUND = [404, "Not Found"]


@pytest.fixture(name="peer", scope="module")
def peer_fixture(tmp_path_factory):
    """Return the directory of the script and its packages, outside the source tree."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node or npm is missing")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(re.match(r"v(\d+)", version).group(1)) < OLDEST_NODE:
        pytest.skip("node %s is older than %d" % (version, OLDEST_NODE))
    directory = tmp_path_factory.mktemp("octokit")
    for path in SOURCES.iterdir():
        if path.is_file():
            shutil.copy(str(path), str(directory))
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=str(directory), capture_output=True, text=True, timeout=180, check=False)
    if done.returncode != 0:
        pytest.skip("npm cannot install Octokit: %s" % done.stderr.strip()[-300:])
    return directory


@pytest.mark.parametrize("profile", ["cloud", "3.22", "3.9", "3.4", "3.0", "2.22"])
def test_octokit(start, peer, profile):
    """Run each operation of the script, on releases without previews because Octokit no longer sends them."""
    server = start(profile).server
    facts = {
        "api_url": server.api_url,
        "app": {
            "appId": 1001,
            "privateKey": server.private_key("hubops-demo"),
            "clientId": "Iv1.standin-demo",
            "clientSecret": "standin-demo-client-secret",
        },
        "oauth": {"clientId": OAUTH[0], "clientSecret": OAUTH[1]},
        "oauth_tokens": ["standin-oauth-octocat-one", "standin-oauth-octocat-two"],
        "user_token": "standin-user-access-admin",
        "manifest_code": "standin-manifest-code-one",
    }
    done = subprocess.run(
        ["node", "peer.mjs"],
        cwd=str(peer),
        input=json.dumps(facts),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "app": "hubops-demo",
        "installations": [2001, 2002, 2003, 2004, 2005, 2006],
        "installation": 2001,
        "of_organization": 2001,
        "unknown": NOT_FOUND,
        "repositories": ["hello-world", "spoon-knife"],
        "minted": ["selected", {"contents": "read", "metadata": "read"}, [5001]],
        "narrow": 1,
        "revoked": 204,
        "dead": [401, "Bad credentials"],
        "checked": "octocat",
        "reset": [True, NOT_FOUND],
        "deleted": [204, NOT_FOUND],
        "grant": [204, NOT_FOUND],
        "scoped": 404 if profile == "2.22" else "octo-org",
        "converted": [201, "made-from-manifest", NOT_FOUND],
    }
