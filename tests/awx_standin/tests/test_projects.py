# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Projects from git and from plain directories, and the consequences of failed updates."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from clients import PLAYBOOK

from awx_standin.checkout import Source

MISSING = "Missing a revision to run due to failed project update."
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(directory, *arguments):
    """Run git in a directory and return its output."""
    who = {f"GIT_{role}_{what}": "x@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull}
    done = subprocess.run(["git", "-C", str(directory), *arguments], env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture(name="repository")
def repository_fixture(tmp_path):
    """Return a repository with one playbook on main, and another one on a branch."""
    directory = tmp_path / "repository"
    directory.mkdir()
    git(directory, "init", "--quiet", "--initial-branch", "main")
    (directory / "site.yml").write_text(PLAYBOOK)
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "-m", "One")
    git(directory, "checkout", "--quiet", "-b", "other")
    (directory / "other.yml").write_text(PLAYBOOK)
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "-m", "Two")
    git(directory, "checkout", "--quiet", "main")
    return directory


def updated(awx, project):
    """Return the first update of a new project."""
    shown = awx.admin.get(f"projects/{project['id']}/")
    number = shown["summary_fields"]["current_update"]["id"]
    update = awx.admin.get(f"project_updates/{number}/")
    assert "current_update" not in awx.admin.get(f"projects/{project['id']}/")["summary_fields"]
    return update


def test_a_plain_directory(awx, directory):
    """AWX offers its playbooks."""
    for path, content in {
        "sub/deep.yaml": "---\n- import_playbook: ../site.yml\n",
        "roles/x/tasks/main.yml": PLAYBOOK,
        "group_vars/all.yml": "hosts: x\n",
        ".hidden/x.yml": PLAYBOOK,
        "collection.yml": "- ansible.builtin.import_playbook: a.b.c\n",
        "vars.yml": "a: 1\n",
    }.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(content)
    project = awx.project(f"file://{directory}")
    assert awx.admin.get(f"projects/{project['id']}/playbooks/") == ["site.yml", "sub/deep.yaml"]
    update = updated(awx, project)
    assert (update["status"], update["scm_revision"]) == ("successful", "standin")


@needs_git
def test_a_repository(awx, repository):
    """At the head, a branch, or a commit."""
    head, other = git(repository, "rev-parse", "main"), git(repository, "rev-parse", "other")
    project = awx.project(f"file://{repository}")
    assert updated(awx, project)["scm_revision"] == project["scm_revision"] == head
    path = f"projects/{project['id']}/"
    for branch, revision, playbooks in (
        ("other", other, ["other.yml", "site.yml"]),
        (head, head, ["site.yml"]),
        ("", head, ["site.yml"]),
    ):
        assert awx.admin.change(path, scm_branch=branch)["scm_revision"] == revision
        assert awx.admin.get(f"{path}playbooks/") == playbooks
    (repository / "new.yml").write_text(PLAYBOOK)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Three")
    assert awx.admin.get(f"{path}playbooks/") == ["site.yml"]
    update = awx.admin("POST", f"{path}update/")
    assert (update.status_code, update.json()["scm_revision"]) == (202, git(repository, "rev-parse", "main"))
    assert awx.admin.get(f"{path}playbooks/") == ["new.yml", "site.yml"]
    assert awx.admin.get(f"{path}project_updates/")["count"] == 5


@needs_git
def test_an_update_that_fails(awx, repository):
    """The playbooks stay, but no job starts until an update succeeds."""
    project = awx.project(f"file://{repository}")
    template = awx.template(project["id"])
    path, launch = f"projects/{project['id']}/", f"job_templates/{template['id']}/launch/"
    repository.rename(repository.with_name("away"))
    update = awx.admin("POST", f"{path}update/").json()
    assert (update["status"], update["failed"]) == ("failed", True)
    text = awx.admin("GET", f"project_updates/{update['id']}/stdout/", params={"format": "txt"})
    assert text.headers["Content-Type"].startswith("text/plain")
    assert "does not appear to be" in text.text
    told = awx.admin.get(f"project_updates/{update['id']}/stdout/", format="json")
    assert (told["content"], list(told["range"])) == (text.text, ["start", "end", "absolute_end"])
    shown = awx.admin.get(path)
    assert (shown["status"], shown["last_update_failed"], len(shown["scm_revision"])) == ("failed", True, 40)
    assert awx.admin.get(f"{path}playbooks/") == ["site.yml"]
    assert awx.admin.refused("POST", launch) == (400, {"playbook": [MISSING]})
    repository.with_name("away").rename(repository)
    assert awx.admin("POST", f"{path}update/").json()["status"] == "successful"
    assert awx.admin("POST", launch).status_code == 201


@needs_git
def test_update_on_launch(awx, repository):
    """The job fails."""
    project = awx.project(f"file://{repository}", scm_update_on_launch=True)
    launch = f"job_templates/{awx.template(project['id'])['id']}/launch/"
    assert awx.admin("POST", launch).json()["status"] == "successful"
    repository.rename(repository.with_name("away"))
    job = awx.admin("POST", launch).json()
    assert job["status"] == "failed"
    assert job["job_explanation"].startswith(
        'Previous Task Failed: {"job_type": "project_update", "job_name": "Project"'
    )


def test_passwords_are_masked(awx):
    """Passwords are masked in git's output. An unused port refuses the connection."""
    credential = awx.credential("Source Control", "Token", username="x-access-token", password="a&secret/1")["id"]
    project = awx.project("http://127.0.0.1:1/octo-org/hello.git", credential=credential)
    update = updated(awx, project)
    assert update["status"] == "failed"
    answer = awx.admin("GET", f"project_updates/{update['id']}/stdout/", params={"format": "txt"})
    assert "127.0.0.1" in answer.text
    assert not [form for form in ("a&secret/1", "a%26secret%2F1") if form in answer.text]


@pytest.mark.parametrize(
    "url, handed_over",
    [
        ("https://example.com/a.git", "https://user:p%40ss@example.com/a.git"),
        ("https://own@example.com:8443/a.git", "https://own:p%40ss@example.com:8443/a.git"),
        ("https://own:word@example.com/a.git", "https://own:word@example.com/a.git"),
        ("file:///srv/a", "file:///srv/a"),
        ("git@example.com:a.git", "git@example.com:a.git"),
    ],
)
def test_login_in_the_url(url, handed_over):
    """AWX adds the login to the URL."""
    assert Source(url, username="user", password="p@ss").with_login() == handed_over
    assert Source(url).with_login() == url


def test_what_projects_need(awx):
    """A URL, and a credential for source control."""
    values = {"name": "P", "organization": awx.number("organizations", "Default"), "scm_type": "git"}
    assert list(awx.admin.refused("POST", "projects/", **values)[1]) == ["scm_url"]
    wrong = awx.credential("Red Hat Ansible Automation Platform", "C", host="x")["id"]
    refusal = (400, {"credential": ["Credential kind must be 'scm'."]})
    assert awx.admin.refused("POST", "projects/", **values, scm_url="x", credential=wrong) == refusal
    manual = awx.admin.make("projects", **{**values, "scm_type": ""})
    assert manual["status"] == "never updated"
    assert awx.admin("POST", f"projects/{manual['id']}/update/").status_code == 405
    assert awx.admin.get(f"projects/{manual['id']}/update/") == {"can_update": False}
