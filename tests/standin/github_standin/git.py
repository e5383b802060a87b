# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clone, fetch and push over HTTP: Git's smart protocol at the root of the web host, on every release.

Protocol: https://git-scm.com/docs/gitprotocol-http. Git itself serves the data after GitHub's checks, which are here.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import shutil
import subprocess
import tempfile
import weakref
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from starlette.requests import Request
from starlette.responses import Response

from . import auth
from .errors import ApiError
from .exchange import Call
from .state import Repository

READ, WRITE = ("contents", "read"), ("contents", "write")
USER = "x-access-token"
FIRST_COMMIT = 1704067200
BAD_CREDENTIALS = "Invalid username or token. Password authentication is not supported for Git operations."
NOT_FOUND = "Repository not found."
NOT_GRANTED = "Write access to repository not granted."
NOT_AN_APP = "The stand-in server supports pushes only with installation access tokens."
NO_GIT = "The stand-in server requires git to serve repositories, but git is not in its PATH."
CONFIGURATION = ("-c", "uploadpack.allowAnySHA1InWant=true", "-c", "uploadpack.allowFilter=true")
UPLOAD_PACK = "git-upload-pack"
RECEIVE_PACK = "git-receive-pack"
COMMANDS = {
    UPLOAD_PACK: CONFIGURATION + ("upload-pack", "--stateless-rpc"),
    RECEIVE_PACK: ("receive-pack", "--stateless-rpc"),
}
MEDIA_TYPE = "application/x-%s-%s"

Snapshot = Tuple[Dict[str, str], Dict[str, str]]


class Address(NamedTuple):
    """The parts of a path that Git requests."""

    owner: str
    name: str
    endpoint: str

    @property
    def params(self) -> Dict[str, Any]:
        """Path parameters in the form that routes use."""
        return {"owner": self.owner, "repo": self.name}

    @property
    def template(self) -> str:
        """Path template for the log."""
        return "/{owner}/{repo}.git/" + self.endpoint


def parse_path(path: str) -> Optional[Address]:
    """Return the parts of a path that Git requests, or None for any other path."""
    found = re.match(r"/([\w.-]+)/([\w.-]+?)(?:\.git)?/(info/refs|git-(?:upload|receive)-pack)\Z", path)
    return Address(*found.groups()) if found else None


class Repositories:
    """Bare repositories that match the records, created and updated on demand."""

    def __init__(self) -> None:
        self._snapshots: Dict[int, List[Snapshot]] = {}

    @cached_property
    def _directory(self) -> Path:
        """Directory of the repositories, which exists as long as this object."""
        path = tempfile.mkdtemp(prefix="github-standin-")
        weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
        return Path(path)

    def run(self, *arguments: str, data: bytes = b"", protocol: str = "") -> bytes:
        """Run git without this machine's configuration, return its output. Raises ApiError if git is not installed."""
        environment = {"PATH": os.environ.get("PATH", ""), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self._directory)}
        environment["GIT_PROTOCOL"] = protocol
        command = ("git",) + arguments
        try:
            done = subprocess.run(command, input=data, capture_output=True, env=environment, check=False, timeout=60)
        except FileNotFoundError:
            raise ApiError(500, NO_GIT) from None
        return done.stdout

    def path(self, repository: Repository) -> Path:
        """Return the path of the bare repository; adds a commit if its files have changed."""
        path = self._directory / ("%d.git" % repository.id)
        if repository.id not in self._snapshots:
            self.run("init", "--quiet", "--bare", str(path))
            self.run("-C", str(path), "symbolic-ref", "HEAD", "refs/heads/main")
            self._snapshots[repository.id] = []
        history = self._snapshots[repository.id]
        modules = {where: self.head(module) for where, module in repository.submodules.items()}
        snapshot = (dict(repository.files), modules)
        if any(snapshot) and snapshot != (history[-1] if history else None):
            history.append(snapshot)
            self.run("-C", str(path), "fast-import", "--quiet", data=_commit(repository, snapshot, len(history)))
        return path

    def absorb(self, repository: Repository) -> None:
        """Update the record with the files that were pushed to main. They must be text."""
        path, history = self.path(repository), self._snapshots[repository.id]
        listed = self.run("-C", str(path), "ls-tree", "-r", "-z", "main").decode("utf-8")
        files = {}
        for entry in filter(None, listed.split("\0")):
            details, _tab, name = entry.partition("\t")
            if details.split()[1] == "blob" and name != ".gitmodules":
                files[name] = self.run("-C", str(path), "show", "main:" + name).decode("utf-8", "replace")
        if files and files != repository.files:
            repository.files.clear()
            repository.files.update(files)
            history.append((dict(files), history[-1][1] if history else {}))

    def head(self, repository: Repository) -> str:
        """Return the ID of the last commit on main, or an empty string for an empty repository."""
        path = self.path(repository)
        return self.run("-C", str(path), "rev-parse", "--quiet", "--verify", "main").decode("ascii").strip()


def _commit(repository: Repository, snapshot: Snapshot, number: int) -> bytes:
    """Return a stream for git fast-import. The same files always result in the same commit."""
    files, modules = snapshot
    if modules:
        entry = '[submodule "%s"]\n\tpath = %s\n\turl = ../../%s.git\n'
        named = [entry % (path, path, module.full_name) for path, module in repository.submodules.items()]
        files = {".gitmodules": "".join(named), **files}
    lines = [b"commit refs/heads/main"]
    lines.append(b"committer Standin <standin@example.com> %d +0000" % (FIRST_COMMIT + number))
    lines.append(_data("Commit %d\n" % number))
    if number > 1:
        lines.append(b"from refs/heads/main^0")
    lines.append(b"deleteall")
    for path, text in files.items():
        lines += [b"M 100644 inline " + path.encode("utf-8"), _data(text)]
    for path, commit in modules.items():
        lines.append(b"M 160000 %s %s" % (commit.encode("ascii"), path.encode("utf-8")))
    return b"\n".join(lines) + b"\n"


def _data(text: str) -> bytes:
    raw = text.encode("utf-8")
    return b"data %d\n%s" % (len(raw), raw)


def service_of(address: Address, request: Request) -> Optional[str]:
    """Return the service that a request uses, such as git-upload-pack."""
    return request.query_params.get("service") if address.endpoint == "info/refs" else address.endpoint


def permission_of(address: Address, request: Request) -> Tuple[str, str]:
    """Return the permission that a request needs."""
    return WRITE if service_of(address, request) == RECEIVE_PACK else READ


def answer(address: Address, request: Request, body: bytes, call: Call, repositories: Repositories) -> Response:
    """Return the response to a request, without the headers that all responses have."""
    service = service_of(address, request) or ""
    try:
        repository = _repository(address, request, call)
        _check_endpoint(address, request, call)
        path, protocol = str(repositories.path(repository)), request.headers.get("git-protocol", "")
        if address.endpoint == "info/refs":
            told = repositories.run(*COMMANDS[service], "--advertise-refs", path, protocol=protocol)
            line = "# service=%s\n" % service
            told, kind = b"%04x%s0000" % (len(line) + 4, line.encode("ascii")) + told, "advertisement"
        else:
            told, kind = (
                repositories.run(*COMMANDS[service], path, data=_unpacked(request, body), protocol=protocol),
                "result",
            )
            if service == RECEIVE_PACK:
                repositories.absorb(repository)
    except ApiError as exc:
        return Response(exc.message + "\n", exc.status, exc.headers, media_type="text/plain")
    return Response(told, 200, {"Cache-Control": "no-cache"}, media_type=MEDIA_TYPE % (service, kind))


def _unpacked(request: Request, body: bytes) -> bytes:
    """Return the body of a request, decompressed. Git compresses long bodies."""
    if request.headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise ApiError(400, "Bad Request") from None


def _repository(address: Address, request: Request, call: Call) -> Repository:
    """Return the repository if the caller can read it."""
    if call.credential.kind != auth.NONE and not _is_known(request.headers["authorization"], call.credential):
        raise _demand(BAD_CREDENTIALS)
    if call.credential.error is not None:
        raise call.credential.error
    try:
        return call.repository()
    except ApiError as exc:
        if exc.status == 301:
            found = call.state.renamed_repository(address.owner, address.name)
            assert found is not None
            url = "%s/%s.git/%s?%s" % (call.web_url, found.full_name, address.endpoint, request.url.query)
            raise ApiError(301, "Moved Permanently", headers={"Location": url}) from None
        if exc.status == 403:
            raise ApiError(403, NOT_GRANTED) from None
        if call.credential.kind == auth.NONE:
            raise _demand(NOT_FOUND) from None
        raise ApiError(404, NOT_FOUND) from None


def _is_known(header: str, credential: auth.Credential) -> bool:
    """Accept tokens only with Basic, and an app's token only with the user name that GitHub documents."""
    scheme, _space, value = header.strip().partition(" ")
    if scheme.lower() != "basic" or credential.kind not in auth.TOKEN_KINDS:
        return False
    user = base64.b64decode(value).partition(b":")[0].decode("utf-8")
    return credential.kind != auth.INSTALLATION or user == USER


def _demand(message: str) -> ApiError:
    return ApiError(401, message, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})


def _check_endpoint(address: Address, request: Request, call: Call) -> None:
    """Reject the dumb protocol, as GitHub does, and pushes of users, which the stand-in server does not support."""
    service = service_of(address, request)
    if service not in COMMANDS:
        raise ApiError(403, "Please upgrade your git client. GitHub no longer supports git over dumb-http.")
    if service == RECEIVE_PACK and call.credential.kind == auth.NONE:
        raise _demand(BAD_CREDENTIALS)
    if service == RECEIVE_PACK and call.credential.kind != auth.INSTALLATION:
        raise ApiError(403, NOT_AN_APP)
    if address.endpoint != "info/refs" and request.headers.get("content-type") != MEDIA_TYPE % (service, "request"):
        raise ApiError(415, "Unsupported Media Type")
