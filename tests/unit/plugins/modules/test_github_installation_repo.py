# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_installation_repo as module
from github_standin import Fault
from github_standin.state import UserToken

ADMIN = "standin-pat-classic-admin"
EVERY_SERVER = pytest.mark.parametrize("standin", ["2.20", "3.19", "cloud"], indirect=True)
WRITE = "/user/installations/2001/repositories"


@pytest.fixture()
def octo(options):
    return {**options, "organization": "octo-org", "token": ADMIN}


def names(result):
    return [repository["full_name"] for repository in result["repositories"]]


@EVERY_SERVER
def test_present_adds_what_is_missing(run_module, octo, writes):
    params = {**octo, "repositories": ["Hello-World", "octo-org/LINGUIST", "website"]}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert done["added"] == foreseen["added"] == ["octo-org/linguist", "octo-org/website"]
    assert done["removed"] == []
    assert names(done) == ["octo-org/hello-world", "octo-org/linguist", "octo-org/spoon-knife", "octo-org/website"]
    assert done["diff"]["before"] == "octo-org/hello-world\nocto-org/spoon-knife\n"
    assert done["diff"]["after"].splitlines() == names(done)
    header = f"octo-org (installation 2001 on {done['diff']['before_header'].rpartition(' ')[2]}"
    assert done["diff"]["before_header"] == done["diff"]["after_header"] == header
    assert writes() == [f"PUT {WRITE}/5003", f"PUT {WRITE}/5005"]
    again = run_module(module, params)
    assert again["changed"] is False
    assert writes() == []
    assert names(again) == names(done)


@EVERY_SERVER
def test_absent_removes_what_is_there(run_module, octo, writes):
    params = {**octo, "repositories": ["spoon-knife", "linguist", "no-such-repository"], "state": "absent"}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert done["changed"] is True
    assert done["removed"] == ["octo-org/spoon-knife"]
    assert names(done) == ["octo-org/hello-world"]
    assert writes() == [f"DELETE {WRITE}/5002"]
    assert run_module(module, params)["changed"] is False
    assert writes() == []


@EVERY_SERVER
def test_exact_adds_before_it_removes(run_module, octo, writes):
    params = {**octo, "repositories": ["linguist"], "state": "exact"}
    foreseen = run_module(module, params, check_mode=True)
    assert foreseen["changed"] is True
    assert writes() == []
    done = run_module(module, params)
    assert names(done) == ["octo-org/linguist"]
    assert done["diff"] == foreseen["diff"]
    assert writes() == [f"PUT {WRITE}/5003", f"DELETE {WRITE}/5001", f"DELETE {WRITE}/5002"]
    assert run_module(module, params)["changed"] is False
    assert writes() == []


def test_ids_and_names_together(run_module, octo, writes):
    params = {**octo, "repositories": ["linguist"], "repository_ids": [5001, 5003, 5005], "state": "exact"}
    done = run_module(module, params)
    assert sorted(repository["id"] for repository in done["repositories"]) == [5001, 5003, 5005]
    assert sorted(writes()) == [f"DELETE {WRITE}/5002", f"PUT {WRITE}/5003", f"PUT {WRITE}/5005"]
    assert run_module(module, params)["changed"] is False


def test_the_diff_shows_ids_of_unknown_repositories(run_module, octo):
    for check_mode in (True, False):
        done = run_module(module, {**octo, "repository_ids": [5003, 5004]}, check_mode=check_mode)
        added = sorted(set(done["diff"]["after"].splitlines()) - set(done["diff"]["before"].splitlines()))
        assert added == sorted(done["added"])
        assert "None" not in done["diff"]["after"]


def test_reading_and_writing_use_the_right_credentials(run_module, octo, standin):
    run_module(module, {**octo, "repositories": ["linguist"]})
    kinds = [(entry["method"], entry["path"], entry["auth"]) for entry in standin.log]
    assert kinds == [
        ("GET", "/orgs/octo-org/installation", "jwt"),
        ("POST", "/app/installations/2001/access_tokens", "jwt"),
        ("GET", "/installation/repositories", "installation_token"),
        ("GET", "/repos/octo-org/linguist", "pat_classic"),
        ("PUT", "/user/installations/2001/repositories/5003", "pat_classic"),
    ]
    assert standin.log[1]["body"] == {"permissions": {"metadata": "read"}}


def test_the_token_may_stand_in_a_file_that_the_environment_names(run_module, options, monkeypatch, tmp_path, writes):
    (tmp_path / "token").write_text(f"{ADMIN}\n")
    monkeypatch.setenv("GITHUB_TOKEN_PATH", str(tmp_path / "token"))
    result = run_module(module, {**options, "organization": "octo-org", "repositories": ["linguist"]})
    assert result["changed"] is True
    assert len(writes()) == 1


def test_an_unchanged_run_needs_no_token_and_two_requests_beside_the_listing(run_module, options, requests_made):
    result = run_module(module, {**options, "organization": "big-org", "repositories": ["service-001"]})
    assert result["changed"] is False
    assert len(result["repositories"]) == 120
    made = requests_made()
    assert len(made) == 4
    assert made.count("GET /installation/repositories") == 2


def test_many_new_names_are_resolved_by_listing_the_organization(run_module, options, standin, requests_made):
    wanted = [f"service-{number:03}" for number in range(121, 221)]
    done = run_module(module, {**options, "organization": "big-org", "token": ADMIN, "repositories": wanted})
    assert len(done["added"]) == 100
    assert len(done["repositories"]) == 220
    assert standin.connections <= 3
    made = requests_made()
    assert made.count("GET /orgs/big-org/repos") == 3
    assert len([line for line in made if line.startswith("PUT")]) == 100
    assert not [line for line in made if line.startswith("GET /repos/")]


@pytest.mark.parametrize(
    "names", [["service-121", "service-122"], ["service-12[12]"], ["service-12[12]", "service-123"]]
)
def test_check_mode_does_not_list_the_organization_again_for_the_rights(run_module, options, requests_made, names):
    params = {**options, "organization": "big-org", "token": ADMIN, "repositories": names, "state": "exact"}
    foreseen = run_module(module, params, check_mode=True)
    assert len(foreseen["removed"]) == 120
    assert requests_made().count("GET /orgs/big-org/repos") == 3


def test_an_unknown_repository_is_named(run_module, octo, writes):
    result = run_module(module, {**octo, "repositories": ["linguist", "no-such-one", "nor-this"]})
    assert result["failed"]
    assert "octo-org/no-such-one, octo-org/nor-this" in result["msg"]
    assert "linguist" not in result["msg"]
    assert writes() == []


@EVERY_SERVER
def test_an_installation_on_all_repositories(run_module, options, requests_made):
    params = {**options, "organization": "acme", "token": ADMIN, "repositories": ["anvil"]}
    result = run_module(module, params)
    assert result["changed"] is False
    assert result["repository_selection"] == "all"
    assert requests_made() == ["GET /orgs/acme/installation"]
    for state in ("absent", "exact"):
        result = run_module(module, {**params, "state": state})
        assert result["failed"]
        assert "all repositories of acme" in result["msg"]
        assert "Only select repositories" in result["msg"]
        assert requests_made() == ["GET /orgs/acme/installation"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_last_repository_is_refused_in_check_mode_already(run_module, octo, writes, check_mode):
    result = run_module(module, {**octo, "repositories": ["hello-world", "spoon-knife"], "state": "absent"}, check_mode)
    assert result["failed"]
    assert "without repositories" in result["msg"]
    assert "octo-org/spoon-knife" in result["msg"]
    result = run_module(module, {**octo, "repositories": [], "state": "exact"}, check_mode)
    assert result["failed"]
    assert "would remove all repositories" in result["msg"]
    assert writes() == []


def test_a_renamed_repository_is_known_by_its_old_name(run_module, octo, writes):
    assert run_module(module, {**octo, "repositories": ["hello-old"]})["changed"] is False
    result = run_module(module, {**octo, "repositories": ["hello-old", "spoon-knife"], "state": "exact"})
    assert result["changed"] is False
    assert writes() == []
    result = run_module(module, {**octo, "repositories": ["hello-old"], "state": "exact"})
    assert names(result) == ["octo-org/hello-world"]
    assert writes() == [f"DELETE {WRITE}/5002"]


def test_a_repository_given_by_its_id_has_no_invented_name(run_module, octo):
    result = run_module(module, {**octo, "repository_ids": [5003]})
    assert {"id": 5003, "name": None, "full_name": None} in result["repositories"]


def test_a_call_that_fails_midway_tells_what_was_done(run_module, options):
    # The user of the token does not administer repository 5601, which belongs to monalisa.
    result = run_module(
        module,
        {**options, "organization": "octo-org", "token": ADMIN, "repository_ids": [5003, 5601, 5005], "state": "exact"},
    )
    assert result["failed"]
    assert result["changed"] is True
    assert result["added"] == ["5003", "5005"]
    assert result["removed"] == []
    assert result["remaining"] == ["5601", "octo-org/hello-world", "octo-org/spoon-knife"]
    assert "Added: 5003, 5005. Removed: none. Not done: 5601" in result["msg"]


def test_writes_can_be_made_at_the_same_time(run_module, octo, standin, writes):
    state = {"state": "exact", "repositories": ["linguist", "website"]}
    done = run_module(module, {**octo, **state, "concurrency": 2})
    assert names(done) == ["octo-org/linguist", "octo-org/website"]
    assert standin.connections <= 3
    made = writes()
    assert sorted(made[:2]) == [f"PUT {WRITE}/5003", f"PUT {WRITE}/5005"]
    assert sorted(made[2:]) == [f"DELETE {WRITE}/5001", f"DELETE {WRITE}/5002"]


def test_nothing_is_lost_when_one_of_them_fails(run_module, octo):
    params = {**octo, "repository_ids": [5003, 5601, 5005], "state": "exact", "concurrency": 3}
    result = run_module(module, params)
    assert result["failed"]
    assert result["removed"] == []
    assert "5601" in result["remaining"]
    assert sorted(result["added"] + result["remaining"]) == [
        "5003",
        "5005",
        "5601",
        "octo-org/hello-world",
        "octo-org/spoon-knife",
    ]


@pytest.mark.parametrize("concurrency", [0, 11, -1])
def test_the_concurrency_has_bounds(run_module, octo, writes, concurrency):
    result = run_module(module, {**octo, "repository_ids": [5003], "concurrency": concurrency})
    assert "concurrency must be between 1 and 10" in result["msg"]
    assert writes() == []


@pytest.mark.parametrize(
    "token", ["standin-pat-classic-no-repo", "standin-pat-fine-grained", "standin-user-access-admin"]
)
def test_the_wrong_kind_of_token_is_explained(run_module, octo, token):
    result = run_module(module, {**octo, "token": token, "repository_ids": [5003]})
    assert result["failed"]
    assert result["changed"] is False
    assert "personal access token (classic) with the repo scope" in result["msg"]
    assert token not in str(result)


def test_a_change_without_a_token_is_refused_before_any_write(run_module, octo, writes):
    for wish in (
        {"repository_ids": [5003]},
        {"repositories": ["linguist"]},
        {"repositories": ["hello-world"], "state": "exact"},
    ):
        result = run_module(module, {**octo, "token": "", **wish}, check_mode=True)
        assert result["failed"]
        assert "Set token or token_path (GITHUB_TOKEN or GITHUB_TOKEN_PATH)" in result["msg"]
        assert writes() == []


@pytest.fixture()
def keyless(options):
    return {
        **{name: options[name] for name in ("api_url", "server_version", "retries")},
        "token": ADMIN,
        "installation_id": 2001,
    }


@EVERY_SERVER
def test_without_a_key_present_and_absent_work_with_the_token(run_module, keyless, writes, requests_made):
    done = run_module(module, {**keyless, "repositories": ["linguist"]})
    assert done["added"] == ["octo-org/linguist"]
    assert writes() == [f"PUT {WRITE}/5003"]
    done = run_module(module, {**keyless, "repositories": ["octo-org/linguist"], "state": "absent"})
    assert done["removed"] == ["octo-org/linguist"]
    requests_made()
    assert run_module(module, {**keyless, "repositories": ["octo-org/linguist"], "state": "absent"})["changed"] is False
    assert requests_made() == [f"GET {WRITE}"]


def test_without_a_key_exact_is_refused(run_module, keyless, requests_made):
    result = run_module(module, {**keyless, "repositories": ["linguist"], "state": "exact"})
    assert result["failed"]
    assert "requires the app's private key" in result["msg"]
    assert requests_made() == []


def test_without_a_key_only_the_id_selects(run_module, keyless, requests_made):
    result = run_module(module, {**keyless, "installation_id": "", "organization": "octo-org", "repositories": ["x"]})
    assert result["failed"]
    assert "or use installation_id instead" in result["msg"]
    assert requests_made() == []


def test_a_repository_of_another_account_is_refused(run_module, octo, writes):
    result = run_module(module, {**octo, "repositories": ["acme/anvil"]})
    assert result["failed"]
    assert "'acme/anvil' does not belong to octo-org" in result["msg"]
    assert writes() == []


@pytest.mark.parametrize("name", ["a/b/c", "..", "x:y", "octo-org/", "/x"])
def test_what_is_no_repository_is_refused(run_module, octo, writes, name):
    result = run_module(module, {**octo, "repositories": [name]})
    assert result["failed"]
    assert result["msg"].startswith("repositories")
    assert writes() == []


def test_empty_list_changes_nothing(run_module, octo, writes):
    assert run_module(module, {**octo, "repositories": []})["changed"] is False
    assert writes() == []
    assert "repositories, repository_ids" in run_module(module, octo)["msg"]


@pytest.mark.parametrize("standin", ["2.20", "cloud"], indirect=True)
def test_a_users_account(run_module, options, writes):
    result = run_module(module, {**options, "user": "octocat", "repositories": ["dotfiles"]})
    assert result["changed"] is False
    assert writes() == []


@pytest.mark.parametrize("concurrency", [1, 3])
def test_changes_made_by_others_are_not_reported_as_changed(run_module, octo, standin, concurrency):
    unchanged = Fault(method="PUT", path="/repositories/5003", status=304)
    params = {**octo, "repositories": ["linguist", "website"], "concurrency": concurrency}
    standin.inject(unchanged)
    result = run_module(module, params)
    assert result["added"] == ["octo-org/website"]
    assert result["changed"] is True
    standin.inject(unchanged._replace(times=9), Fault(method="DELETE", status=304, times=9))
    result = run_module(module, {**octo, "repositories": ["linguist"], "state": "exact"})
    assert (result["added"], result["removed"], result["changed"]) == ([], [], False)


def test_what_was_unchanged_is_no_change_of_a_failure(run_module, octo, standin):
    standin.inject(
        Fault(method="PUT", path="/repositories/5003", status=304),
        Fault(method="PUT", path="/repositories/5005", status=403, body={"message": "no"}),
    )
    result = run_module(module, {**octo, "repositories": ["linguist", "website"]})
    assert result["failed"] is True
    assert result["changed"] is False
    assert (result["added"], result["remaining"]) == ([], ["octo-org/website"])


def test_names_need_their_owner_where_nothing_tells_it(run_module, options, standin):
    standin.inject(Fault(method="GET", path="/user/installations", status=200, body={"repositories": []}, times=2))
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    user = {**server, "token": "standin-pat-classic-admin", "installation_id": 2001}
    result = run_module(module, {**user, "repositories": ["linguist"]})
    assert result["failed"]
    assert "must be in the form owner/name" in result["msg"]
    assert run_module(module, {**user, "repositories": ["octo-org/linguist"]})["changed"] is True


def test_an_installation_on_an_enterprise_has_no_repositories(run_module, installer):
    params = {**installer, "installation_id": 2301, "token": "standin-pat-classic-admin", "repositories": ["linguist"]}
    result = run_module(module, params)
    assert result["failed"]
    assert "Installation 2301 has no access to repositories" in result["msg"]


@pytest.fixture()
def archive(standin):
    """Archive a repository of octo-org."""

    def run(number):
        standin.state.repositories[number].archived = True

    return run


@EVERY_SERVER
def test_patterns_and_topics_add_repositories_of_the_account(run_module, octo, writes, archive):
    archive(5004)
    params = {
        **octo,
        "repositories": ["*i*", "website"],
        "repository_topics": ["Octocat"],
        "exclude": ["octo-org/Spoon-*"],
    }
    foreseen = run_module(module, params, check_mode=True)
    assert writes() == []
    done = run_module(module, params)
    assert done["added"] == foreseen["added"] == ["octo-org/linguist", "octo-org/private-plans", "octo-org/website"]
    assert done["diff"] == foreseen["diff"]
    assert (
        done["matched"]
        == foreseen["matched"]
        == {
            "*i*": ["octo-org/linguist", "octo-org/private-plans", "octo-org/website"],
            "Octocat": ["octo-org/hello-world"],
        }
    )
    assert len(writes()) == 3
    again = run_module(module, params)
    assert again["changed"] is False
    assert again["matched"] == done["matched"]
    assert writes() == []


def test_archived_repositories_are_only_added_by_name(run_module, octo, archive):
    archive(5003)
    params = {**octo, "repositories": ["l*", "w*"], "include_archived": False}
    refused = run_module(module, params)
    assert refused["cause"] == "no_match"
    assert "No repository of octo-org matches 'l*'. (Archived repositories are not selected.)" in refused["msg"]
    found = run_module(module, {**params, "allow_no_match": True})
    assert found["added"] == ["octo-org/website"]
    assert found["matched"] == {"l*": [], "w*": ["octo-org/website"]}
    by_name = run_module(module, {**params, "repositories": ["linguist", "w*"]})
    assert by_name["added"] == ["octo-org/linguist"]


def test_with_patterns_everything_is_read_from_one_list(run_module, options, requests_made):
    params = {**options, "organization": "big-org", "token": ADMIN, "repository_ids": [6150]}
    names = ["service-[0-9][0-9]0", "service-121", "service-122", "service-123"]
    done = run_module(module, {**params, "repositories": names}, check_mode=True)
    made = requests_made()
    assert made.count("GET /orgs/big-org/repos") == 3
    assert made.count("GET /installation/repositories") == 2
    assert len(made) == 7
    assert len(done["matched"]["service-[0-9][0-9]0"]) == 25
    assert len(done["added"]) == 13 + 3
    assert "big-org/service-150" in done["added"]


def test_a_renamed_repository_is_known_by_its_old_name_beside_a_pattern(run_module, octo, requests_made):
    result = run_module(module, {**octo, "repositories": ["hello-old", "w*"]})
    assert result["added"] == ["octo-org/website"]
    assert requests_made().count("GET /orgs/octo-org/repos") == 1
    result = run_module(module, {**octo, "repositories": ["no-such-one", "w*"]})
    assert result["cause"] == "missing"
    assert "octo-org/no-such-one" in result["msg"]


@EVERY_SERVER
def test_exact_keeps_what_matches_and_removes_the_rest(run_module, octo, writes):
    params = {**octo, "repositories": ["*-world", "w*"], "state": "exact"}
    foreseen = run_module(module, params, check_mode=True)
    done = run_module(module, params)
    assert names(done) == ["octo-org/hello-world", "octo-org/website"]
    assert done["diff"] == foreseen["diff"]
    assert writes() == [f"PUT {WRITE}/5005", f"DELETE {WRITE}/5002"]
    excluded = {**octo, "repositories": ["*w*"], "exclude": ["w*"], "state": "exact"}
    assert run_module(module, excluded)["removed"] == ["octo-org/website"]
    assert run_module(module, excluded)["changed"] is False


def test_exact_keeps_matching_repositories_that_the_user_cannot_see(run_module, octo, writes):
    # A token without the scope repo sees only public repositories.
    params = {**octo, "token": "standin-pat-classic-no-repo", "repositories": ["*-*"], "state": "exact"}
    result = run_module(module, params)
    assert result["changed"] is False
    assert result["matched"] == {"*-*": ["octo-org/hello-world", "octo-org/spoon-knife"]}


def test_exact_without_a_match_is_refused(run_module, octo, writes):
    params = {**octo, "repositories": ["nope-*"], "state": "exact"}
    assert run_module(module, params)["cause"] == "no_match"
    result = run_module(module, {**params, "allow_no_match": True})
    assert "would remove all repositories" in result["msg"]
    assert run_module(module, {**params, "state": "present", "allow_no_match": True})["changed"] is False
    assert writes() == []


@EVERY_SERVER
@pytest.mark.parametrize("token", [ADMIN, ""])
def test_absent_matches_repositories_of_the_installation(run_module, octo, writes, requests_made, token):
    params = {**octo, "repositories": ["s*", "nope-*"], "repository_topics": ["nope"], "state": "absent"}
    foreseen = run_module(module, {**params, "token": token}, check_mode=True)
    assert not any("/orgs/octo-org/repos" in line for line in requests_made())
    if not token:
        assert "Set token or token_path (GITHUB_TOKEN or GITHUB_TOKEN_PATH)" in foreseen["msg"]
        return
    done = run_module(module, params)
    assert done["removed"] == foreseen["removed"] == ["octo-org/spoon-knife"]
    assert done["matched"] == foreseen["matched"] == {"s*": ["octo-org/spoon-knife"], "nope-*": [], "nope": []}
    assert writes() == [f"DELETE {WRITE}/5002"]
    again = run_module(module, params)
    assert again["changed"] is False
    assert again["matched"] == {"s*": [], "nope-*": [], "nope": []}


def test_absent_by_topic_may_not_remove_the_last_repository(run_module, octo, writes):
    result = run_module(module, {**octo, "repositories": ["*"], "state": "absent"}, check_mode=True)
    assert "Removing octo-org/hello-world, octo-org/spoon-knife would leave" in result["msg"]
    result = run_module(module, {**octo, "repository_topics": ["standin"], "state": "absent"})
    assert result["removed"] == ["octo-org/hello-world"]


@pytest.mark.parametrize("selection", [{"repositories": ["hello-*"]}, {"repository_topics": ["octocat"]}])
def test_patterns_need_a_token_even_if_nothing_changes(run_module, octo, selection):
    result = run_module(module, {**octo, "token": "", **selection})
    assert result["cause"] == "option"
    assert "can only match repositories that the owner of token can see." in result["msg"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_repositories_that_the_user_does_not_administer_are_named(run_module, octo, writes, check_mode):
    params = {**octo, "token": "standin-pat-classic-monalisa", "repositories": ["[lw]*"]}
    result = run_module(module, params, check_mode)
    assert result["cause"] == "forbidden"
    assert "is not an administrator of octo-org/linguist, octo-org/website" in result["msg"]
    assert writes() == []


@pytest.mark.parametrize("repositories", [["linguist"], ["linguist", "website"], ["l*"]])
def test_a_token_without_the_scope_repo_is_the_cause_if_it_finds_no_repository(run_module, octo, repositories):
    params = {**octo, "token": "standin-pat-classic-no-repo", "repositories": repositories}
    result = run_module(module, params)
    assert result["cause"] == "forbidden"
    assert "does not have the repo scope. Its scopes are: read:org." in result["msg"]


def test_a_repository_that_the_token_cannot_find_is_named(run_module, octo):
    result = run_module(module, {**octo, "repositories": ["nope"]})
    assert result["cause"] == "missing"
    assert "Repository not found: octo-org/nope. Check the spelling, and whether token" in result["msg"]


@pytest.fixture()
def octocat(options, standin):
    """Options for octocat's own account, with a token of this user."""
    users = standin.state.accounts
    token = UserToken(9001, "standin-pat-classic-octocat", users["octocat"], "pat_classic", ["repo"])
    standin.state.user_tokens[token.value] = token
    users["monalisa"].members.add("octocat")
    return {**options, "user": "octocat", "token": token.value}


@EVERY_SERVER
def test_patterns_for_the_account_of_a_user(run_module, octocat, standin):
    params = {**octocat, "repositories": ["*s"]}
    foreseen = run_module(module, params, check_mode=True)
    done = run_module(module, params)
    assert done["added"] == foreseen["added"] == ["octocat/notes"]
    assert done["matched"] == {"*s": ["octocat/dotfiles", "octocat/notes"]}
    queries = [entry["query"] for entry in standin.log if entry["path"].endswith("/user/repos")]
    assert queries == [{"per_page": "100", "affiliation": "owner,collaborator"}] * 2
    assert run_module(module, params)["changed"] is False


def test_another_users_token_does_not_see_the_account(run_module, octocat):
    result = run_module(module, {**octocat, "token": ADMIN, "repositories": ["n*"]})
    assert result["cause"] == "no_match"
    assert "No repository of octocat matches 'n*'" in result["msg"]


@EVERY_SERVER
def test_without_a_key_patterns_work_with_the_token(run_module, keyless, requests_made):
    done = run_module(module, {**keyless, "repositories": ["l*"], "repository_topics": ["octocat"]})
    assert done["added"] == ["octo-org/linguist"]
    assert done["matched"] == {"l*": ["octo-org/linguist"], "octocat": ["octo-org/hello-world"]}
    assert "GET /orgs/octo-org/repos" in requests_made()
    done = run_module(module, {**keyless, "repositories": ["l*"], "state": "absent"})
    assert done["removed"] == ["octo-org/linguist"]


def test_without_a_key_the_account_of_a_user_has_patterns_too(run_module, octocat, keyless, requests_made):
    params = {**keyless, "installation_id": 2005, "token": octocat["token"], "repositories": ["n*"]}
    assert run_module(module, params)["added"] == ["octocat/notes"]
    assert "GET /user/repos" in requests_made()


@pytest.mark.parametrize("selection", [{"repositories": ["l*"]}, {"repository_topics": ["octocat"]}])
def test_patterns_need_their_owner_where_nothing_tells_it(run_module, keyless, standin, selection):
    standin.inject(Fault(method="GET", path="/user/installations", status=200, body={"repositories": []}))
    result = run_module(module, {**keyless, **selection})
    assert "must be in the form owner/name" in result["msg"]


def test_a_pattern_for_an_installation_on_all_repositories_reads_nothing(run_module, options, requests_made):
    result = run_module(module, {**options, "organization": "acme", "repositories": ["*"], "token": ADMIN})
    assert result["changed"] is False
    assert "matched" not in result
    assert requests_made() == ["GET /orgs/acme/installation"]


@pytest.mark.parametrize(
    "given",
    [
        "l*, website",
        "l*\nwebsite",
        '["l*", "website"]',
        "[l*, website]",
        "- 'l*'\n- website",
        ["{url}/octo-org/l*", "{url}/octo-org/website.git"],
        "[l]*, [w]?bsit[e]",
    ],
)
def test_patterns_in_the_forms_that_users_enter(run_module, octo, standin, given):
    text = given.format(url=standin.url) if isinstance(given, str) else [one.format(url=standin.url) for one in given]
    result = run_module(module, {**octo, "repositories": text, "exclude": f"{standin.url}/octo-org/*-plans x"})
    assert not result.get("failed"), result["msg"]
    assert result["added"] == ["octo-org/linguist", "octo-org/website"]


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"repositories": ["acme/*"]}, "'acme/*' does not belong to octo-org"),
        ({"repositories": ["a["]}, "'a[' is not a valid pattern"),
        ({"repositories": ["linguist"], "exclude": ["x"]}, "exclude requires a pattern"),
        ({"repositories": ["linguist", "*"], "exclude": ["l*"]}, "but matches"),
        ({"repository_topics": ["a b"], "exclude": ["https://elsewhere.example/a/b"]}, "is not a repository on"),
        ({"repository_topics": ["a_b"]}, "'a_b' is not a valid topic"),
    ],
)
def test_a_wrong_selection_is_refused_before_any_request(run_module, octo, requests_made, wrong, says):
    result = run_module(module, {**octo, **wrong})
    assert result["cause"] == "option"
    assert says in result["msg"]
    assert requests_made() == []
