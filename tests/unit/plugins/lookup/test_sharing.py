# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup github_installation_token in a run: who gets which token, and how many requests this requires."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from importlib import resources

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from forks import in_workers

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.jwt import sign_app_jwt
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import cache as _run_cache
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.cache import forget
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run.revocation import revoke_minted
from github_standin import Fault, StandIn

NAME = "hubops.github_apps.github_installation_token"
MINT = "POST /app/installations/{}/access_tokens"


@pytest.fixture()
def lookup(options):
    """Run the lookup once and return its token."""

    def run(*terms, variables=None, **kwargs):
        templar = Templar(loader=DataLoader(), variables=variables or {})
        plugin = lookup_loader.get(NAME, templar=templar)
        (found,) = plugin.run(list(terms), variables or {}, **{**options, **kwargs})
        return found

    return run


@pytest.fixture(params=["", "with the callback"])
def run(request):
    """A run without and with the callback, which creates a key for the run."""
    if request.param:
        _run_cache.begin_run()


def mints(standin):
    return [entry["path"] for entry in standin.log if entry["path"].endswith("/access_tokens")]


def lists_repositories(options):
    return "repository_topics" in options or any(set("*?") & set(name) for name in options.get("repositories", ()))


def test_fifty_workers_mint_one_token(lookup, standin, run):
    tokens = in_workers(50, lookup, "octo-org")
    assert len(set(tokens)) == 1
    assert str(tokens[0]).startswith("ghs_")
    assert len(mints(standin)) == 1


def test_one_worker_finds_out_that_the_clock_is_wrong(lookup, standin, monkeypatch):
    said = []
    monkeypatch.setattr(Display, "warning", lambda self, text, *_more: said.append(text))
    standin.clock_offset = -500
    lookup("octo-org")
    lookup("acme")
    assert [entry["status"] for entry in standin.log].count(401) == 1
    assert len(mints(standin)) == 2
    assert len(said) == 1
    assert "s ahead of the clock of" in said[0]


@pytest.mark.parametrize("standin", ["2.20", "3.19"], indirect=True)
def test_a_hit_makes_no_request_at_all(lookup, standin, requests_made, run):
    first = lookup("octo-org/hello-world", server_version="auto")
    requests_made()
    assert lookup("octo-org/hello-world", server_version="auto") == first
    assert requests_made() == []


def test_tokens_are_shared_between_equivalent_options(lookup, standin, run):
    token = lookup(organization="octo-org", repositories=["hello-world", "Spoon-Knife"])
    assert (
        lookup(organization="Octo-Org", repositories=["spoon-knife", "hello-world"], wantdetails=True)["token"] == token
    )
    assert lookup(organization="octo-org", repositories=["hello-world", "spoon-knife"], timeout=7) == token
    assert len(mints(standin)) == 1


@pytest.mark.parametrize(
    "one, other",
    [
        ({"permissions": {"contents": "read"}}, {"permissions": {"contents": "write"}}),
        ({"permissions": {"contents": "read"}}, {"permissions": {"contents": "read", "issues": "read"}}),
        ({"permissions": {"contents": "read"}}, {}),
        ({"repositories": ["hello-world"]}, {"repositories": ["spoon-knife"]}),
        ({"repositories": ["hello-world"]}, {}),
        ({"repositories": ["hello-world"]}, {"repositories": ["hello-*"]}),
        ({"repositories": ["hello-?orld"]}, {"repositories": ["hello-*"]}),
        ({"repositories": ["*"]}, {"repositories": ["*"], "exclude": ["spoon-*"]}),
        ({"repositories": ["*"]}, {"repositories": ["*"], "include_archived": False}),
        ({"repositories": ["*"]}, {"repositories": ["*"], "repository_topics": ["octocat"]}),
        ({"repository_topics": ["standin"]}, {"repository_topics": ["octocat"]}),
        ({"repository_topics": ["octocat"]}, {"repository_topics": ["octocat"], "allow_no_match": True}),
        ({"installation_id": 2001}, {"installation_id": 2002}),
        ({"organization": "octo-org"}, {"organization": "acme"}),
        ({}, {"api_version": "2026-03-10"}),
        ({}, {"revoke": "never"}),
        ({}, {"validate_certs": False}),
    ],
)
def test_tokens_are_not_shared_between_different_options(lookup, standin, run, one, other):
    def token(options):
        selected = {} if {"installation_id", "organization"} & set(options) else {"installation_id": 2001}
        return lookup(**selected, **options)

    assert len({token(one), token(other), token(one), token(other)}) == 2
    assert len(mints(standin)) == 2 + len([item for item in (one, other) if lists_repositories(item)])


def test_a_pattern_is_resolved_once_in_a_run(lookup, standin, requests_made, run):
    first = lookup(organization="octo-org", repositories=["*-Knife", "hello-*"])
    assert requests_made() == [
        "GET /orgs/octo-org/installation",
        MINT.format(2001),
        "GET /installation/repositories",
        MINT.format(2001),
    ]
    standin.state.installations[2001].repository_ids = {5001, 5002, 5003}
    again = partial(lookup, organization="Octo-Org", repositories=["hello-*", "*-knife"])
    assert set(in_workers(5, again)) == {first}
    assert requests_made() == []


def test_fresh_resolves_a_pattern_again(lookup, standin, run):
    def names(**options):
        details = lookup(organization="octo-org", repositories=["*"], wantdetails=True, **options)
        return [repository["name"] for repository in details["repositories"]]

    assert names() == ["hello-world", "spoon-knife"]
    standin.state.installations[2001].repository_ids.add(5003)
    assert names() == ["hello-world", "spoon-knife"]
    assert names(fresh=True) == ["hello-world", "linguist", "spoon-knife"]
    assert names() == ["hello-world", "linguist", "spoon-knife"]


def test_the_token_that_lists_repositories_is_revoked_at_the_end(lookup, standin):
    _run_cache.begin_run()
    lookup(organization="octo-org", repositories=["*"])
    assert len(standin.state.installation_tokens) == 2
    assert revoke_minted() == (2, [])
    assert standin.state.installation_tokens == {}


def test_a_pattern_finds_an_installation_that_was_replaced_meanwhile(lookup, standin, run):
    lookup(organization="octo-org")
    installation = standin.state.installations.pop(2001)
    installation.id = 2999
    standin.state.installations[2999] = installation
    assert lookup(organization="octo-org", repositories=["*"], wantdetails=True)["installation_id"] == 2999


def test_that_nothing_matches_is_not_remembered(lookup, standin, run):
    with pytest.raises(AnsibleError, match="matches 'octo-org/l"):
        lookup("octo-org/l*")
    standin.state.installations[2001].repository_ids.add(5003)
    assert lookup("octo-org/l*")


def test_two_apps_on_two_hosts_never_share_a_token(lookup, standin, run):
    seed = yaml.safe_load((resources.files("github_standin") / "seed.yml").read_text())
    assert seed["apps"][0]["id"] == 1001
    seed["apps"][0]["id"] = 2222
    with StandIn(profile=standin.service.profile.name, seed=seed) as elsewhere:
        there = {"api_url": elsewhere.api_url, "app_id": "2222", "private_key": elsewhere.private_key("hubops-demo")}
        tokens = [lookup(installation_id=2001, **options) for options in ({}, there, {}, there)]
        assert tokens[:2] == tokens[2:]
        assert len(set(tokens)) == 2
        assert len(mints(standin)) == len(mints(elsewhere)) == 1


def test_the_key_and_not_only_the_app_tells_tokens_apart(lookup, standin, run):
    lookup("octo-org")
    with pytest.raises(AnsibleError, match="private_key is not a private key of the app 1001"):
        lookup("octo-org", private_key=standin.private_key("other-app"))


@pytest.mark.parametrize("option, number", [("cache", 3), ("fresh", 3)])
def test_cache_and_fresh_options(lookup, standin, run, option, number):
    shared = lookup("octo-org")
    value = option == "fresh"
    assert len({shared, *(lookup("octo-org", **{option: value}) for _time in range(number - 1))}) == number
    # The run shares a fresh token from then on, but not a token that was created without the cache.
    assert (lookup("octo-org") == shared) is (option == "cache")


def test_a_token_with_too_little_life_is_replaced(lookup, standin, run, monkeypatch):
    first = lookup("octo-org")
    now = files.seconds()
    for module in (_run_cache, files):
        monkeypatch.setattr(module, "seconds", lambda: now + 3050)
    assert lookup("octo-org", min_remaining=500) == first
    second = lookup("octo-org")
    assert second != first
    assert lookup("octo-org") == second


@pytest.mark.parametrize("ahead", [-40, 40])
def test_expiry_is_measured_with_the_servers_clock(lookup, standin, ahead):
    standin.clock_offset = ahead
    kept = []
    before = files.seconds()
    genuine = _run_cache.RunCache.once

    def once(*arguments, **options):
        kept.append(genuine(*arguments, **options))
        return kept[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_run_cache.RunCache, "once", once)
        lookup(installation_id=2001)
    standin.clock_offset = 0
    assert before + 3597 <= kept[0].good_until <= files.seconds() + 3601


def test_one_worker_finds_out_for_all_that_the_clock_is_wrong(lookup, standin, monkeypatch, run):
    warnings = []
    monkeypatch.setattr(Display, "warning", lambda self, message: warnings.append(message))
    standin.clock_offset = -400
    assert len({lookup("octo-org"), lookup("acme"), lookup("octocat")}) == 3
    assert [entry["status"] for entry in standin.log].count(401) == 1
    assert len(warnings) == 1
    assert " s ahead of the clock of 127.0.0.1" in warnings[0]


def test_a_change_of_the_local_clock_changes_nothing(lookup, standin, monkeypatch, run):
    token, now = lookup("octo-org"), time.time()
    for shift in (-7200, 7200):
        monkeypatch.setattr(time, "time", lambda shift=shift: now + shift)
        assert lookup("octo-org") == token
    assert len(mints(standin)) == 1


def test_a_revoked_token_is_never_given_again(lookup, run):
    first = lookup("octo-org")
    forget(first, print)
    assert lookup("octo-org") != first
    assert first not in in_workers(5, lookup, "octo-org")


def test_the_installation_is_found_once_for_all_scopes(lookup, standin, requests_made, run):
    for level in ("read", "write"):
        lookup(organization="octo-org", permissions={"contents": level})
    assert requests_made() == ["GET /orgs/octo-org/installation", MINT.format(2001), MINT.format(2001)]


def test_an_installation_that_was_replaced_meanwhile_is_found_again(lookup, standin, requests_made, run):
    lookup(organization="octo-org", permissions={"contents": "read"})
    installation = standin.state.installations.pop(2001)
    installation.id = 2999
    standin.state.installations[2999] = installation
    assert (
        lookup(organization="octo-org", permissions={"contents": "write"}, wantdetails=True)["installation_id"] == 2999
    )
    requests_made()
    assert lookup(organization="octo-org", permissions={"issues": "write"}, wantdetails=True)["installation_id"] == 2999
    assert requests_made() == [MINT.format(2999)]


@pytest.mark.parametrize("cache", [True, False])
def test_that_nothing_is_installed_is_not_remembered(lookup, standin, run, cache):
    for _time in range(2):
        with pytest.raises(AnsibleError, match="not installed"):
            lookup("empty-org", cache=cache)
    asked = [entry["path"] for entry in standin.log if entry["path"].endswith("/orgs/empty-org/installation")]
    assert len(asked) == 2


@pytest.mark.parametrize("cache", [True, False])
def test_an_installation_that_was_just_found_is_not_looked_for_again(lookup, standin, requests_made, run, cache):
    # GitHub returns it for the organization but not by its ID, because it is just being uninstalled.
    standin.inject(Fault(path="/app/installations/2001", status=404, body={"message": "Not Found"}, times=9))
    with pytest.raises(AnsibleError, match="no installation 2001"):
        lookup("octo-org", cache=cache)
    assert requests_made().count("GET /orgs/octo-org/installation") == 1


def test_a_jwt_signed_elsewhere_shares_only_with_the_callback(lookup, options, standin):
    key = load_pem_private_key(options["private_key"].encode(), None)
    jwt = sign_app_jwt("1001", key, time.time())
    by_jwt = {"private_key": "", "app_id": "", "app_jwt": jwt}
    assert lookup("octo-org", **by_jwt) != lookup("octo-org", **by_jwt)
    _run_cache.begin_run()
    assert lookup("octo-org", **by_jwt) == lookup("octo-org", **by_jwt)


def test_a_key_with_a_passphrase_shares(lookup, options, standin, local_tmp):
    key = load_pem_private_key(options["private_key"].encode(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"horse")).decode()
    tokens = [lookup("octo-org", private_key=pem, private_key_passphrase="horse") for _time in range(2)]
    assert len(set(tokens)) == 1
    assert len(mints(standin)) == 1
    # Passphrases can be guessed, so no file is encrypted with a key that only the passphrase protects.
    records = [path for path in (local_tmp / "hubops_github_apps").iterdir() if path.suffix != ".lock"]
    assert len(records) == 2


def test_a_key_that_was_replaced_in_its_file_gets_a_token_of_its_own(lookup, standin, tmp_path, run):
    path = tmp_path / "key.pem"
    path.write_text(standin.private_key("hubops-demo"))
    lookup(installation_id=2001, private_key="", private_key_path=str(path))
    path.write_text(standin.private_key("other-app"))
    with pytest.raises(AnsibleError):
        lookup(installation_id=2001, private_key="", private_key_path=str(path))


def test_variables_and_environment_are_part_of_the_cache_key(lookup, monkeypatch, run):
    assert lookup(variables={"github_app_installation_id": "2001"}, wantdetails=True)["installation_id"] == 2001
    assert lookup(variables={"github_app_installation_id": "2002"}, wantdetails=True)["installation_id"] == 2002
    monkeypatch.setenv("GITHUB_APP_INSTALLATION_ID", "2005")
    assert lookup(wantdetails=True)["installation_id"] == 2005


def test_neither_token_nor_key_can_be_read_in_the_files(lookup, options, local_tmp, run):
    tokens = [
        lookup("octo-org"),
        lookup("octo-org/hello-world", fresh=True),
        lookup("octo-org", wantdetails=True)["token"],
    ]
    secrets = [*tokens, *(line for line in options["private_key"].splitlines() if len(line) > 40)]
    contents = [path.read_bytes() for path in (local_tmp / "hubops_github_apps").iterdir()]
    assert len(contents) > 5
    assert not any(secret.encode() in content for secret in secrets for content in contents)
    assert not any(b"octo-org" in content or b"ghs_" in content for content in contents)


def test_without_a_place_for_the_files_each_use_mints_and_warns(lookup, standin, monkeypatch, run):
    warnings = []
    monkeypatch.setattr(Display, "warning", lambda self, message: warnings.append(message))
    monkeypatch.setattr(files, "LOCAL_TMP", "/nonexistent")
    assert lookup("octo-org") != lookup("octo-org")
    assert len([warning for warning in warnings if "cannot share installation tokens" in warning]) == 2
    assert len([warning for warning in warnings if "cannot be revoked at the end" in warning]) in (0, 2)


def test_a_hit_loads_neither_requests_nor_jwt_nor_what_calls_them(lookup, options, local_tmp):
    lookup("octo-org")
    script = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files
files.LOCAL_TMP = sys.argv[1]
from ansible_collections.hubops.github_apps.plugins.lookup.github_installation_token import LookupModule
print(len(LookupModule(templar=Templar(loader=DataLoader())).run(["octo-org"], {}, **json.loads(sys.argv[2]))))
print(*sorted(name.rpartition(".")[2] for name in sys.modules if "hubops.github_apps.plugins." in name))
print(*sorted({"requests", "jwt", "urllib3", "ssl"} & set(sys.modules)))
"""
    command = [sys.executable, "-c", script, str(local_tmp), json.dumps(options)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    number, ours, libraries = answer.stdout.split("\n")[:3]
    assert number == "1"
    assert libraries == ""
    assert (
        ours
        == "_base _lookups _run _secrets environment files github_installation_token lookup lookup module_utils plugin_utils"
    )
