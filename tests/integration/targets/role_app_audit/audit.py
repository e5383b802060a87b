#!/usr/bin/env python
# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the playbook audit with hostile names, with many installations, and with server errors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

sys.path.insert(0, str(Path(__file__).parents[1] / "setup_releases"))

from collection import COLLECTION  # requires the path above

sys.path.insert(0, str(COLLECTION / "extensions/molecule/app_audit"))

from page import look_at

from github_standin import Fault, StandIn  # requires the path above

FORMATS = {"html": "html", "markdown": "md", "json": "json"}
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "a|b*_[link](javascript:alert(1))`",
    "{{ 1 + 1 }}",
    "{% raw %}",
    "new\n# line",
]


class Audit:
    """Run the playbook against one server, with reports in one directory.

    :param formats: of the reports. Each takes a second in every run, so write only those that a test reads.
    """

    def __init__(self, server: StandIn, directory: Path, formats: tuple[str, ...]) -> None:
        self.server = server
        self.directory = directory
        self.formats = formats
        server.write_state_dir(directory)

    def run(
        self, *arguments: str, playbook: str = "hubops.github_apps.audit", **variables: Any
    ) -> subprocess.CompletedProcess[str]:
        self.server.clear_log()
        given = {
            "api_url": self.server.api_url,
            "server_version": self.server.service.profile.server_version,
            "app_id": "1001",
            "private_key_path": str(self.directory / "hubops-demo.private-key.pem"),
            **{f"app_audit_{kind}_path": str(self.directory / f"audit.{FORMATS[kind]}") for kind in self.formats},
            **variables,
        }
        command = ["ansible-playbook", playbook, "-e", json.dumps(given), *arguments]
        environment = {**os.environ, "GITHUB_RETRIES": "0", "ANSIBLE_NOCOLOR": "1"}
        environment.pop("ANSIBLE_INVENTORY", None)
        return subprocess.run(
            command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )

    def succeed(self, *arguments: str, **variables: Any) -> str:
        done = self.run(*arguments, **variables)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def text(self, end: str) -> str:
        return (self.directory / f"audit.{end}").read_text(encoding="utf-8")

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.text("json"))
        return data


@contextmanager
def audit_of(seed: Any, *formats: str, profile: str = "cloud") -> Iterator[Audit]:
    with tempfile.TemporaryDirectory() as directory, StandIn(profile=profile, seed=seed) as server:
        yield Audit(server, Path(directory), formats)


def hostile_seed() -> dict[str, Any]:
    app = {
        "slug": "hubops-demo",
        "id": 1001,
        "name": "</title></style>" + "".join(HOSTILE),
        "owner": HOSTILE[0],
        "permissions": {"metadata": "read", "<b>new</b>": "write"},
    }
    granted = {"metadata": "read", "<u>old</u>": "admin"}
    return {
        "apps": [app],
        "accounts": [{"login": name} for name in HOSTILE],
        "installations": [
            {
                "app": "hubops-demo",
                "account": name,
                "permissions": granted,
                "suspended": index == 1,
                "suspended_by": HOSTILE[0],
            }
            for index, name in enumerate(HOSTILE)
        ],
    }


def seed_with(count: int) -> dict[str, Any]:
    """Return a seed with this number of organizations, each with one repository."""
    names = [f"org-{number:03}" for number in range(count)]
    return {
        "apps": [{"slug": "hubops-demo", "id": 1001, "name": "Hubops Demo", "owner": "owner"}],
        "accounts": [{"login": name} for name in ["owner", *names]],
        "repositories": [{"name": f"{name}/code"} for name in names],
        "installations": [{"app": "hubops-demo", "account": name, "repositories": ["code"]} for name in names],
    }


def test_hostile_names_are_escaped() -> None:
    with audit_of(hostile_seed(), *FORMATS) as audit:
        audit.succeed()
        page = look_at(audit.text("html"))
        assert page["tags"]["script"] == 1, f"report.html.j2 must allow {page['script']}"
        assert page["script"] in page["policy"], f"report.html.j2 must allow {page['script']}"
        assert not {"img", "b", "u", "link", "iframe"} & set(page["tags"])
        assert not [name for name in page["attributes"] if name == "src" or name.startswith("on")]
        assert all(link.startswith("http://127.0.0.1:") for link in page["links"])
        assert all(" ".join(name.split()) in page["title"] or name in page["title"] for name in HOSTILE)
        assert len(page["rows"]) == 1 + len(HOSTILE)
        for name in HOSTILE:
            assert any(row[0].startswith(" ".join(name.split())) for row in page["rows"]), name
        markdown = audit.text("md")
        assert not re.search(r"(?<!\\)<", markdown)
        assert "](" not in markdown.replace("\\](", "").replace("]\\(", "")
        lines = [line for line in markdown.splitlines() if "Organization" in line]
        assert len(lines) == len(HOSTILE)
        assert "{{ 1 + 1 }}" in markdown.replace("\\", "")
        assert {entry["account"] for entry in audit.data["installations"]} == set(HOSTILE)


def test_server_error_and_changes() -> None:
    with audit_of(None, *FORMATS, profile="2.20") as audit:
        audit.succeed()
        baseline = audit.directory / "before.json"
        (audit.directory / "audit.json").rename(baseline)
        audit.server.state.installations[2001].permissions["contents"] = "read"
        del audit.server.state.installations[2005]
        audit.server.inject(Fault(method="POST", path="/2002/access_tokens", status=500, times=99))
        done = audit.run(app_audit_baseline_path=str(baseline), fail_on_findings="true")
        assert done.returncode == 2, done.stdout
        assert "has 5 installations: 16 new findings. The new findings are: Write access, " in done.stdout, done.stdout
        unknown = {
            entry["account"]: entry["repositories_reason"]
            for entry in audit.data["installations"]
            if entry["repositories"] is None
        }
        # This release does not show that the second installation is suspended.
        assert set(unknown) == {"acme", "suspended-org"}, unknown
        assert "returned 500" in unknown["acme"], unknown
        changes = audit.data["changes"]
        assert [entry["account"] for entry in changes["removed"]] == ["octocat"]
        assert [entry["details"] for entry in changes["changed"]] == [["contents changed from write to read"]]
        assert "Changes since" in look_at(audit.text("html"))["headings"][1]
        assert "- octo-org: contents changed from write to read" in audit.text("md")
        assert audit.data["server"] == audit.server.url
        assert f"Read from {audit.server.url} on {audit.data['date']}, " in audit.text("md").replace("\\", "")
        assert f'<time datetime="{audit.data["read_at"]}">' in audit.text("html")
        same = audit.run(app_audit_baseline_path=str(audit.directory / "audit.json"))
        assert same.returncode == 2
        assert "are the same file" in same.stdout


def test_number_of_requests() -> None:
    for count in (0, 101):
        with audit_of(seed_with(count), "html", "json", profile="3.19") as audit:
            pages = max(1, -(-count // 100))
            for is_counting in (False, True):
                audit.succeed(app_audit_count_repositories=is_counting)
                tokens = sum(entry["path"].endswith("/access_tokens") for entry in audit.server.log)
                assert tokens == (count if is_counting else 0)
                assert len(audit.server.log) == 3 + pages + 2 * tokens
                assert len(look_at(audit.text("html"))["rows"]) == (1 + count if count else 0)
            assert audit.data["totals"]["repositories"] == count


def acceptance(**changes: str) -> dict[str, str]:
    return {
        "account": "acme",
        "finding": "write",
        "reason": "A bot | <b>.",
        "until": "2099-12-31",
        **changes,
    }


def test_accepted_findings() -> None:
    kinds = ["write", "all_repositories", "drift"]
    with audit_of(None, *FORMATS) as audit:
        before = "has 6 installations: 9 new findings."
        assert before in audit.succeed(app_audit_findings=kinds)
        accepted = [
            acceptance(),
            acceptance(account="OCTO-ORG"),
            acceptance(account="octocat", until="2020-01-31"),
            acceptance(account="nobody"),
            acceptance(finding="stale"),  # it is not one of the reported kinds
        ]
        output = audit.succeed(app_audit_findings=kinds, app_audit_accepted=accepted)
        for told in (
            "has 6 installations: 7 new findings, 2 accepted.",
            "Write access (medium): 3, 2 accepted",
            "The acceptance of write for octocat expired on 2020-01-31.",
            "The acceptance of write for nobody matches no finding. Remove it.",
        ):
            assert told in output, output
        states = {item["account"]: item["state"] for item in audit.data["acceptances"]}
        assert states == {"acme": "accepted", "OCTO-ORG": "accepted", "octocat": "expired", "nobody": "unused"}
        for text, reason in ((audit.text("html"), "A bot | &lt;b&gt;."), (audit.text("md"), r"A bot \| \<b\>.")):
            assert reason in text
            assert "accepted until 2099-12-31" in text
            assert "acceptance expired on 2020-01-31" in text
        assert "b" not in look_at(audit.text("html"))["tags"]
        # In YAML, a date without quotes is not a text.
        writers = ("acme", "octo-org", "octocat", "big-org", "suspended-org")
        lines = [f"- {{account: {name}, finding: write, reason: A bot, until: 2099-12-31}}\n" for name in writers]
        document = audit.directory / "accepted.yml"
        document.write_text("app_audit_accepted:\n" + "".join(lines), encoding="utf-8")
        audit.succeed("-e", f"@{document}", app_audit_findings=["write"], fail_on_findings="true")
        assert audit.data["findings"] == []
        assert audit.data["totals"]["accepted_findings"] == len(writers)


def test_wrong_acceptances_are_refused_before_the_first_request() -> None:
    with audit_of(None) as audit:
        for entries, words in (
            ([acceptance(finding="leak")], ["app_audit_accepted", "got: leak"]),
            ([{"account": "acme", "finding": "write", "until": "2099-12-31"}], ["missing required arguments: reason"]),
            (
                [acceptance(until="soon"), acceptance(until="later", account="octo-org"), acceptance(), acceptance()],
                [
                    "accepted: entry 1 ('acme', 'write'): until must be a date in the format YYYY-MM-DD",
                    "accepted: entry 2 ('octo-org', 'write'): until must be a date",
                    "accepted: entry 4 ('acme', 'write'): Entry 3 is for the same account and finding.",
                ],
            ),
        ):
            done = audit.run(app_audit_accepted=entries)
            assert done.returncode == 2, done.stdout
            for word in words:
                assert word in done.stdout, done.stdout
            assert not audit.server.log


def test_access_document() -> None:
    with audit_of(None) as audit:
        document = audit.directory / "access.yml"

        def write(*accounts: dict[str, Any]) -> None:
            document.write_text(json.dumps({"installation_access_accounts": accounts}), encoding="utf-8")

        found = {name: value for name, value in acceptance().items() if name != "account"}
        suspended = {"organization": "octo-org", "suspended": False, "accepted_findings": None}
        write({"organization": "acme", "accepted_findings": [found]}, suspended)
        # An answer to a survey that was left blank is an empty text.
        output = audit.succeed(access_document=str(document), installation_hosts="", app_audit_findings=["write"])
        assert "4 new findings, 1 accepted" in output, output
        # The variable of the playbook does not replace what the document accepts.
        output = audit.succeed(
            access_document=str(document),
            app_audit_findings=["write"],
            app_audit_accepted=[acceptance(account="octocat")],
        )
        assert "3 new findings, 2 accepted" in output, output
        secret = "ghp_" + "A1" * 18
        write({"organization": "acme", "suspended": False, "token": secret})
        for playbook in ("audit", "converge_access"):
            name = f"hubops.github_apps.{playbook}"
            done = audit.run("-vvv", playbook=name, access_document=str(document))
            assert "looks like a personal access token" in done.stdout, done.stdout
            assert secret not in done.stdout, done.stdout
        write({"organization": "acme", "accepted_findings": [{"finding": "write"}]}, {**suspended, "repositorys": []})
        done = audit.run(access_document=str(document))
        assert done.returncode == 2, done.stdout
        assert "missing required arguments: reason, until found in accepted_findings" in done.stdout, done.stdout
        assert "Entry 2 (organization octo-org): unsupported parameters: repositorys" in done.stdout, done.stdout
        assert not audit.server.log


def history_paths(audit: Audit) -> dict[str, str]:
    return {
        "app_audit_history_path": str(audit.directory / "history.json"),
        "app_audit_history_html_path": str(audit.directory / "history.html"),
    }


def test_history() -> None:
    """A second audit fails if findings have appeared, after it has written the history. A third one does not."""
    with audit_of(hostile_seed()) as audit:
        days = {**history_paths(audit), "fail_on_appeared_findings": "true", "app_audit_count_repositories": False}
        assert "since the previous audit" not in audit.succeed(**days, app_audit_date="2026-11-01")
        installations = audit.server.state.installations
        gone, suspended, changed = sorted(installations)[:3]
        del installations[gone]
        installations[changed].suspended_at = installations[suspended].suspended_at
        done = audit.run(**days, app_audit_date="2026-11-02")
        assert done.returncode == 2, done.stdout
        assert "1 finding appeared since the previous audit: " in done.stdout, done.stdout
        assert "Suspended (low). 5 findings disappeared since" in done.stdout, done.stdout
        again = audit.succeed(**days, app_audit_date="2026-11-02")
        assert "0 findings appeared since the previous audit." in again, again
        history = json.loads((audit.directory / "history.json").read_text(encoding="utf-8"))
        assert [item["appeared"] for item in history["audits"]] == [0, 1]
        assert {item["account"] for item in history["findings"]} == set(HOSTILE)
        page = look_at((audit.directory / "history.html").read_text(encoding="utf-8"))
        assert page["tags"]["script"] == 1, f"history.html.j2 must allow {page['script']}"
        assert page["script"] in page["policy"], f"history.html.j2 must allow {page['script']}"
        assert not {"img", "b", "u", "link", "iframe"} & set(page["tags"])
        assert not [name for name in page["attributes"] if name == "src" or name.startswith("on")]
        (audit.directory / "history.json").write_text("no history", encoding="utf-8")
        wrong = audit.run(**days, app_audit_date="2026-11-03")
        assert wrong.returncode == 2
        assert "The history is not valid. Use a file that an earlier audit has written" in wrong.stdout, wrong.stdout


WRAPPER = """#!/bin/sh
# Before the first push, somebody else pushes to the branch.
case " $* " in
    *" push "*)
        if mkdir "%(mark)s" 2>/dev/null; then
            "%(git)s" clone -q "%(remote)s" "%(mark)s/clone" -b main
            cd "%(mark)s/clone" && echo other >other && "%(git)s" add other
            "%(git)s" -c user.name=other -c user.email=other@example.com commit -qm Other
            "%(git)s" push -q origin main
        fi ;;
esac
exec "%(git)s" "$@"
"""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout


def test_push_to_another_server() -> None:
    """The first push creates the branch, the second one has to be repeated, and a hook rejects the third one."""
    with audit_of(None) as audit:
        remote, mark = audit.directory / "remote.git", audit.directory / "mark"
        git("init", "-q", "--bare", "--initial-branch", "main", str(remote))
        given = {"app_audit_push_url": str(remote), "app_audit_count_repositories": False}
        would = audit.succeed("--check", **given, app_audit_date="2026-11-01")
        assert f"Would push to the branch main of {remote}" in would, would
        # ansible_check_mode does not show the keyword check_mode.
        play = audit.directory / "check.yml"
        names = ("api_url", "server_version", "app_id", "private_key_path")
        defaults = {"group/hubops.github_apps.github_apps": {name: "{{ %s }}" % name for name in names}}
        what = {"module_defaults": defaults, "roles": ["hubops.github_apps.app_audit"]}
        play.write_text(json.dumps([{"hosts": "localhost", "check_mode": True, **what}]), encoding="utf-8")
        audit.succeed(playbook=str(play), **given, app_audit_date="2026-11-01")
        assert not git("-C", str(remote), "branch", "--list").strip()
        assert f"Pushed to the branch main of {remote}" in audit.succeed(**given, app_audit_date="2026-11-01")
        assert "Pushed to" not in audit.succeed(**given, app_audit_date="2026-11-01")

        wrappers = audit.directory / "bin"
        wrappers.mkdir()
        values = {"git": shutil.which("git"), "remote": remote, "mark": mark}
        (wrappers / "git").write_text(WRAPPER % values, encoding="utf-8")
        (wrappers / "git").chmod(0o700)
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{wrappers}:{before}"
        audit.succeed(**given, app_audit_date="2026-11-02")
        os.environ["PATH"] = before
        subjects = git("-C", str(remote), "log", "--format=%s", "main").splitlines()
        assert [subject.partition(":")[0] for subject in subjects] == [
            "Audit of 2026-11-02",
            "Other",
            "Audit of 2026-11-01",
        ]
        history = json.loads(git("-C", str(remote), "show", "main:audit/history.json"))
        assert [item["date"] for item in history["audits"]] == ["2026-11-01", "2026-11-02"]

        hook = remote / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\necho no pushes on Friday >&2\nexit 1\n", encoding="utf-8")
        hook.chmod(0o700)
        done = audit.run(**given, app_audit_date="2026-11-03")
        assert done.returncode == 2, done.stdout
        for words in (
            "The report could not be pushed to the branch main of",
            "rules of the branch",
            "no pushes on Friday",
        ):
            assert words in " ".join(done.stdout.split()), done.stdout


def test_push_without_permission() -> None:
    """The error is shown before anything is pushed, and the token is revoked."""
    with audit_of(None) as audit:
        audit.server.state.installations[2001].permissions["contents"] = "read"
        done = audit.run(app_audit_push_repository="octo-org/hello-world", app_audit_count_repositories=False)
        assert done.returncode == 2, done.stdout
        assert "contents" in done.stdout, done.stdout
        assert not [entry for entry in audit.server.log if "receive-pack" in entry["path"]]
        both = audit.run(app_audit_push_repository="octo-org/hello-world", app_audit_push_url="git@example.com:a/b.git")
        assert both.returncode == 2
        assert "Set either app_audit_push_repository to owner/name, or app_audit_push_url" in both.stdout, both.stdout
        assert not audit.server.log


def test_failures_are_readable() -> None:
    with audit_of(None) as audit:
        wrong_key = audit.run(private_key_path=str(audit.directory / "other-app.private-key.pem"))
        wrong_date = audit.run(app_audit_date="tomorrow")
        assert not audit.server.log
        for done, words in (
            (wrong_key, "private_key_path is not a private key of the app 1001"),
            (wrong_date, "date must be in the format YYYY-MM-DD"),
        ):
            assert done.returncode == 2, done.stdout
            assert words in done.stdout, done.stdout
            assert "Traceback" not in done.stdout, done.stdout


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for name, test in list(globals().items()):
        if name.startswith("test_") and (not wanted or name in wanted):
            test()
            print(f"ok   {name}", flush=True)
