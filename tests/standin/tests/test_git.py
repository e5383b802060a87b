# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clone and fetch over HTTP, with git itself."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import subprocess

import pytest
from standin_client import PAT, RELEASES

from github_standin import SeedError, StandIn

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

REFS = "/info/refs?service=git-upload-pack"


def basic(token, user="x-access-token"):
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(("%s:%s" % (user, token)).encode()).decode()


def ask(client, path, authorization=None, **more):
    """Send a request to the root of the web host, like git."""
    headers = {"User-Agent": "git/2.39.5", "Git-Protocol": "version=2", **more.pop("headers", {})}
    if authorization:
        headers["Authorization"] = authorization
    method = more.pop("method", "GET")
    url = client.server.url + path
    return client.http.request(method, url, headers=headers, allow_redirects=False, timeout=10, **more)


def git(tmp_path, *arguments, token=None):
    """Run git with a token for all prompts, return its standard error and exit status."""
    environment = {**os.environ, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git"]
    if token:
        command += ["-c", "http.extraHeader=Authorization: " + basic(token)]
    done = subprocess.run(command + list(arguments), env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("release", ["2.20", "3.19", "cloud"])
def test_clone_and_update(start, tmp_path, release):
    """Clone and update a private repository, on servers with and without an API prefix."""
    client = start(release)
    token, url, dest = client.mint(permissions={"contents": "read"}), client.server.url, tmp_path / "clone"
    status, text = git(tmp_path, "clone", url + "/octo-org/hello-world.git", str(dest), token=token)
    assert (status, (dest / "README.md").read_text()) == (0, "# hello-world\n"), text

    body = {"repository": "octo-org/hello-world", "files": {"docs/new.md": "more\n", "README.md": None}}
    answer = client.http.post(url + "/_standin/files", json=body, timeout=10)
    assert git(tmp_path, "-C", str(dest), "pull", token=token)[0] == 0
    assert (dest / "docs/new.md").read_text() == "more\n"
    assert not (dest / "README.md").exists()
    assert (dest / ".git/refs/heads/main").read_text().strip() == answer.json()["commit"]


def test_submodules(cloud, tmp_path):
    """Submodules have the path from the seed and the other repository's commit."""
    with StandIn(seed=_with_public("octo-org")) as server:
        dest = tmp_path / "clone"
        status, text = git(tmp_path, "clone", "--recursive", server.url + "/octo-org/whole.git", str(dest))
        assert (status, (dest / "some/part/README.md").read_text()) == (0, "# part\n"), text


def _with_public(owner):
    repositories = [
        {"name": owner + "/part", "private": False},
        {"name": owner + "/whole", "private": False, "submodules": {"some/part": owner + "/part"}},
        {"name": owner + "/void", "private": False, "files": {}},
    ]
    return {"accounts": [{"login": owner}], "repositories": repositories}


def test_the_same_files_make_the_same_commit(tmp_path):
    """Tests can rely on the ID of the commit."""
    seed, commits = _with_public("octo-org"), set()
    for _run in range(2):
        with StandIn(seed=seed) as server:
            commits.add(server.service.repositories.head(server.state.repository("octo-org", "whole")))
    assert len(commits) == 1
    assert len(commits.pop()) == 40


def test_an_empty_repository(tmp_path):
    """It can be cloned and has no branch."""
    with StandIn(seed=_with_public("octo-org")) as server:
        status, text = git(tmp_path, "clone", server.url + "/octo-org/void", str(tmp_path / "clone"))
        assert status == 0
        assert "empty repository" in text


@pytest.mark.parametrize("release", RELEASES)
def test_without_credentials(start, release):
    """A private repository and a missing one return the same response; a public one can be cloned."""
    client = start(release)
    for name in ("octo-org/hello-world.git", "octo-org/hello-world", "octo-org/nothing.git", "nobody/nothing"):
        answer = ask(client, "/%s%s" % (name, REFS))
        assert (answer.status_code, answer.text) == (401, "Repository not found.\n")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="GitHub"'
    answer = ask(client, "/Octo-Org/Website.git" + REFS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-git-upload-pack-advertisement")


def test_what_is_no_credential(cloud):
    """401 for a revoked token, a token with another user name or in another header, a JWT, a client and a password."""
    token = cloud.mint()
    wrong = [basic("ghs_dead"), basic(token, "octocat"), "Bearer " + token, "token " + token, "Bearer " + cloud.jwt()]
    wrong += [
        basic("standin-oauth-secret", "standin-oauth-client"),
        basic("standin-octocat-password", "octocat"),
        "Basic !",
    ]
    for authorization in wrong:
        for name in ("hello-world", "website"):
            answer = ask(cloud, "/octo-org/%s.git%s" % (name, REFS), authorization)
            assert (answer.status_code, answer.text[:26]) == (401, "Invalid username or token."), authorization
            assert "WWW-Authenticate" in answer.headers


def test_what_a_token_reaches(cloud):
    """404 outside the scope, 403 without the permission contents."""
    narrow = basic(cloud.mint(repositories=["hello-world"], permissions={"contents": "read"}))
    assert ask(cloud, "/octo-org/hello-world.git" + REFS, narrow).status_code == 200
    for name in ("octo-org/spoon-knife", "octo-org/nothing", "acme/anvil"):
        answer = ask(cloud, "/%s.git%s" % (name, REFS), narrow)
        assert (answer.status_code, answer.text) == (404, "Repository not found.\n")
    answer = ask(cloud, "/octo-org/hello-world.git" + REFS, basic(cloud.mint(permissions={"issues": "read"})))
    assert (answer.status_code, answer.text) == (403, "Write access to repository not granted.\n")
    assert ask(cloud, "/octo-org/linguist.git" + REFS, basic(PAT, "anyone")).status_code == 200


def test_a_suspended_installation(cloud):
    """Its tokens are not accepted."""
    token = cloud.mint()
    cloud.app("PUT", "/app/installations/2001/suspended")
    assert ask(cloud, "/octo-org/hello-world.git" + REFS, basic(token)).status_code == 403


def test_a_former_name(cloud):
    """Git is redirected to the current name."""
    answer = ask(cloud, "/octo-org/hello-old.git" + REFS, basic(cloud.mint()))
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        "%s/octo-org/hello-world.git%s" % (cloud.server.url, REFS),
    )


def test_what_git_does_not_send(cloud):
    """The dumb protocol, bodies of another type and broken compression are rejected."""
    authorization, path = basic(cloud.mint()), "/octo-org/hello-world.git"
    answers = [
        ask(cloud, path + "/info/refs", authorization),
        ask(cloud, path + "/info/refs?service=git-upload-archive", authorization),
        ask(cloud, path + "/git-receive-pack", authorization, method="POST"),
        ask(cloud, path + "/git-upload-pack", authorization, method="POST", data=b"0000"),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 415, 415]
    typed = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    request = b"0014command=ls-refs\n0000"
    for data, status in ((gzip.compress(request), 200), (b"no gzip", 400)):
        answer = ask(cloud, path + "/git-upload-pack", authorization, method="POST", headers=typed, data=data)
        assert answer.status_code == status


PUSH = "/info/refs?service=git-receive-pack"


@pytest.mark.parametrize("release", ["2.20", "cloud"])
def test_push(start, tmp_path, release):
    """A push to main updates the files of the record, and further commits follow it."""
    client = start(release)
    token, url, dest = client.mint(permissions={"contents": "write"}), client.server.url, tmp_path / "clone"
    where = ("-C", str(dest), "-c", "user.name=octocat", "-c", "user.email=octocat@example.com")
    assert git(tmp_path, "clone", url + "/octo-org/hello-world.git", str(dest), token=token)[0] == 0
    (dest / "new.md").write_text("new\n")
    for command in (("add", "new.md"), ("commit", "-m", "New"), ("push", "origin", "HEAD:main", "HEAD:other")):
        status, text = git(tmp_path, *where, *command, token=token)
        assert status == 0, text
    record = client.server.state.repository("octo-org", "hello-world")
    assert record.files == {"README.md": "# hello-world\n", "new.md": "new\n"}
    body = {"repository": "octo-org/hello-world", "files": {"README.md": "changed\n"}}
    client.http.post(url + "/_standin/files", json=body, timeout=10)
    (dest / "late.md").write_text("late\n")
    for command in (("add", "late.md"), ("commit", "-m", "Late")):
        assert git(tmp_path, *where, *command)[0] == 0
    status, text = git(tmp_path, *where, "push", "origin", "HEAD:main", token=token)
    assert (status, "fetch first" in text) == (1, True), text
    assert git(tmp_path, *where, "pull", "--rebase", "origin", "main", token=token)[0] == 0
    assert (dest / "README.md").read_text() == "changed\n"
    assert (dest / "new.md").exists()


def test_who_cannot_push(cloud):
    """A push requires contents: write. The tokens of users are not supported."""
    path = "/octo-org/hello-world.git"
    answers = [
        ask(cloud, path + PUSH, basic(cloud.mint(permissions={"contents": "read"}))),
        ask(cloud, path + PUSH, basic(PAT, "octocat")),
        ask(cloud, path + PUSH),
        ask(cloud, "/octo-org/website.git" + PUSH),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 401, 401]
    assert answers[0].text == "Write access to repository not granted.\n"


def test_log(cloud):
    """Git's requests are logged, without credentials and bodies."""
    token = cloud.mint()
    cloud.server.clear_log()
    ask(cloud, "/octo-org/hello-world.git" + REFS, basic(token))
    (entry,) = cloud.server.log
    assert (entry["route"], entry["auth"], entry["status"]) == (
        "/{owner}/{repo}.git/info/refs",
        "installation_token",
        200,
    )
    assert token not in json.dumps(entry)
    assert entry["body"] is None
    assert entry["user_agent"] == "git/2.39.5"


def test_without_git(cloud, monkeypatch, tmp_path):
    """The response names the missing program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = ask(cloud, "/octo-org/website.git" + REFS)
    assert (answer.status_code, answer.text[:32]) == (500, "The stand-in server requires git")
    body = {"repository": "octo-org/website", "files": {"x": "y"}}
    assert cloud.http.post(cloud.server.url + "/_standin/files", json=body, timeout=10).status_code == 500


def test_bad_commits(cloud):
    """Unknown repositories and files that are not a mapping are rejected."""
    for body in ({"repository": "octo-org/nothing", "files": {}}, {"repository": "octo-org/website", "files": "x"}, []):
        assert cloud.http.post(cloud.server.url + "/_standin/files", json=body, timeout=10).status_code == 422


@pytest.mark.parametrize("modules", [["part"], {"x": "octo-org/nothing"}, {"x": "nothing"}])
def test_bad_submodules(modules):
    """Submodules map paths to repositories that precede this one."""
    seed = {"accounts": [{"login": "octo-org"}], "repositories": [{"name": "octo-org/x", "submodules": modules}]}
    with pytest.raises(SeedError, match="submodule"):
        StandIn(seed=seed)


def test_nothing_is_left(cloud):
    """A reset discards commits and removes the files."""
    path = cloud.server.service.repositories.path(cloud.server.state.repositories[5001])
    assert path.is_dir()
    cloud.server.reset()
    assert not path.parent.exists()
