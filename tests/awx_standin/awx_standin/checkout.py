# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Working copies of projects, from git or from a plain directory."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .basics import ENCRYPTED

TIME_LIMIT = 60
# What AWX recognizes as a playbook of a project. This does not include the fully qualified name of import_playbook.
PLAYBOOK_LINE = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):")
NO_PLAYBOOKS = {"roles", "tasks", "group_vars", "host_vars"}
OF_A_DIRECTORY = "standin"


class Source(NamedTuple):
    """The source of a project."""

    url: str
    branch: str = ""
    refspec: str = ""
    username: str = ""
    password: str = ""

    def directory(self) -> Path | None:
        """Return the directory of a file:// URL."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    def with_login(self) -> str:
        """Add name and password to the URL, as AWX does for git. A name in the URL takes precedence."""
        parts = urlsplit(self.url)
        username = parts.username or self.username
        password = parts.password or self.password
        if parts.scheme not in ("http", "https", "ssh") or not username:
            return self.url
        login = ":".join(quote(unquote(text), safe="") for text in (username, password) if text)
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=f"{login}@{host}").geturl()

    def masked(self, text: str) -> str:
        """Mask passwords in git's output."""
        for secret in {self.password, urlsplit(self.url).password or ""} - {""}:
            for form in (secret, quote(secret, safe=""), quote(secret)):
                text = text.replace(form, ENCRYPTED)
        return text


class Outcome(NamedTuple):
    """Result of a synchronization. :param revision: empty if it failed. :param output: for users."""

    revision: str
    output: str


def is_repository(directory: Path) -> bool:
    """Return whether git can clone from there."""
    return (directory / ".git").exists() or ((directory / "HEAD").is_file() and (directory / "objects").is_dir())


def synchronize(source: Source, target: Path) -> Outcome:
    """Replace the contents of `target` with the project. If that fails, the contents stay unchanged."""
    directory = source.directory()
    with tempfile.TemporaryDirectory(prefix="awx-standin-") as temporary:
        fresh = Path(temporary) / "project"
        if directory is None or is_repository(directory):
            outcome = clone(source, fresh, Path(temporary))
        elif directory.is_dir():
            shutil.copytree(directory, fresh, symlinks=True)
            outcome = Outcome(OF_A_DIRECTORY, f"Copied {directory}\n")
        else:
            outcome = Outcome("", f"fatal: '{directory}' does not appear to be a git repository\n")
        if outcome.revision:
            shutil.rmtree(target, ignore_errors=True)
            shutil.move(fresh, target)
    return outcome


def clone(source: Source, target: Path, temporary: Path) -> Outcome:
    """Clone a repository with its submodules, at the given branch, tag or commit."""
    output, last = "", ""
    for command in steps(source, target, temporary):
        code, last = run_git(command, temporary)
        output += last
        if code:
            return Outcome("", source.masked(output))
    shutil.rmtree(target / ".git")  # the URL of its remote contains the password
    return Outcome(last.split()[-1], source.masked(output))


def steps(source: Source, target: Path, temporary: Path) -> Iterator[tuple[str, ...]]:
    """Return git's arguments. The last command prints the commit."""
    here = ("git", "-C", str(target))
    yield ("git", "clone", "--no-checkout", source.with_login(), str(target))
    if source.refspec:
        yield (*here, "fetch", "origin", source.refspec)
    branch = f"refs/remotes/origin/{source.branch}"
    is_branch = run_git((*here, "rev-parse", "--verify", "--quiet", branch), temporary)[0] == 0
    yield (*here, "checkout", "--detach", branch if is_branch else source.branch or "HEAD", "--")
    yield (*here, "submodule", "update", "--init", "--recursive")
    yield (*here, "rev-parse", "HEAD")


def run_git(command: tuple[str, ...], home: Path) -> tuple[int, str]:
    """Run git without prompts and without this machine's configuration, return exit status and output."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    }
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIME_LIMIT,
            check=False,
        )
    except FileNotFoundError:
        return 127, "git is not in PATH.\n"
    except subprocess.TimeoutExpired:
        return 124, f"git took longer than {TIME_LIMIT} seconds.\n"
    return done.returncode, done.stdout


def find_playbooks(directory: Path) -> list[str]:
    """Return the files that AWX offers as playbooks."""
    found = []
    for path in directory.rglob("*.y*ml"):
        parts = path.relative_to(directory).parts
        if NO_PLAYBOOKS & set(parts) or any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(PLAYBOOK_LINE.match(line) for line in lines):
            found.append("/".join(parts))
    return sorted(found)
