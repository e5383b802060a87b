# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths of files that are not regular are rejected with a clear message before any request, and stay unchanged."""

from __future__ import annotations

import os
import socket
import stat
from importlib import import_module

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from scenarios import OAUTH, OCTOCAT, ONE

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import credentials_from
from ansible_collections.hubops.github_apps.plugins.module_utils._files import private_files, regular_files
from ansible_collections.hubops.github_apps.plugins.module_utils._files.private_files import (
    StorageError,
    private_file,
    read_json_file,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._files.regular_files import (
    describe_mode,
    read_regular_file,
)

SECRET = "ghs_theSecretThatIsWritten"


def make_socket(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.close()


def link_to(make):
    """Return a function that creates a link to what `make` creates."""

    def make_link(path):
        target = path.with_name("target")
        make(target)
        path.symlink_to(target)

    return make_link


# Types of files, and their names in messages.
OTHERS = {
    "a directory": os.mkdir,
    "a named pipe": os.mkfifo,
    "a socket": make_socket,
    "a symbolic link to a missing file": lambda path: path.symlink_to("nothing"),
    "a symbolic link that cannot be followed": lambda path: path.symlink_to(path),
}
LINKS = {f"link to {name}": (name, link_to(OTHERS[name])) for name in list(OTHERS)[:3]}
EVERY_OTHER = pytest.mark.parametrize("says, make", [*OTHERS.items(), *LINKS.values()], ids=[*OTHERS, *LINKS])
DEVICES = {"a character device": stat.S_IFCHR, "a block device": stat.S_IFBLK}


@pytest.fixture()
def short_path(tmp_path, monkeypatch):
    """Return a path for a socket, whose length is limited."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "name"


def inventory(directory):
    """Return every name in the directory with its inode."""
    return sorted((name, os.lstat(directory / name).st_ino) for name in os.listdir(directory))


DESTINATIONS = {
    "github_installation_token": {"organization": "octo-org"},
    "github_installation_token, absent": {"state": "absent"},
    "github_oauth_token": {**OAUTH, **ONE, "state": "reset"},
    "github_oauth_authorization": {**OCTOCAT, "note": "for a test"},
    "github_app_manifest, private-key.pem": {"code": "standin-manifest-code-one"},
    "github_app_manifest, app.json": {"code": "standin-manifest-code-one"},
}


@EVERY_OTHER
@pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "real run"])
@pytest.mark.parametrize("name", list(DESTINATIONS))
@pytest.mark.parametrize("standin", ["2.20"], indirect=True)
def test_a_destination_that_is_no_regular_file_is_refused(
    run_module, options, short_path, requests_made, name, check_mode, says, make
):
    module, _comma, file = name.partition(", ")
    is_directory = module == "github_app_manifest"
    path = short_path / file if is_directory else short_path
    path.parent.mkdir(exist_ok=True)
    make(path)
    before = inventory(path.parent)
    server = {key: options[key] for key in ("api_url", "server_version", "retries")}
    app = {} if "oauth" in module else {key: options[key] for key in ("app_id", "private_key")}
    code = import_module(f"ansible_collections.hubops.github_apps.plugins.modules.{module}")
    params = {**server, **app, **DESTINATIONS[name], "dest": str(short_path)}
    result = run_module(code, params, check_mode)
    assert result["failed"] is True
    assert result["msg"] == f"dest '{path}' is {says}. Use the path of a regular file."
    assert inventory(path.parent) == before
    assert requests_made() == []


@EVERY_OTHER
@pytest.mark.parametrize("option", ["private_key_path", "token_path", "client_secret_path"])
def test_a_secret_is_read_from_regular_files_only(short_path, option, says, make):
    make(short_path)
    with pytest.raises(OptionError) as caught:
        credentials_from({"app_id": "1", option: str(short_path)})
    assert str(caught.value) == f"{option} '{short_path}' is {says}. Use the path of a regular file."


@pytest.mark.parametrize("says", list(DEVICES))
def test_a_device_is_never_opened(tmp_path, monkeypatch, says):
    path = tmp_path / "device"
    path.write_text("{}")

    def refuse(*_arguments):
        raise AssertionError("it was opened")

    real = os.stat

    def stat_of(name, **options):
        found = real(name, **options)
        is_it = os.fspath(name) == str(path)
        return os.stat_result((stat.S_IFMT(DEVICES[says]) | 0o666, *found[1:])) if is_it else found

    monkeypatch.setattr(regular_files.os, "stat", stat_of)
    monkeypatch.setattr(regular_files, "open_without_waiting", refuse)
    message = rf"^dest '{path}' is {says}\. Use the path of a regular file\.$"
    for use in (
        lambda: read_regular_file("dest", str(path), 10),
        lambda: read_json_file("dest", str(path)),
        lambda: private_file("dest", str(path)).__enter__(),
    ):
        with pytest.raises(OptionError, match=message):
            use()


def test_a_file_that_became_a_pipe_after_the_look_does_not_block(tmp_path, monkeypatch):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    monkeypatch.setattr(regular_files, "refuse_other_file", lambda option, path: None)
    with pytest.raises(OptionError, match="is a named pipe"):
        read_regular_file("token_path", str(path), 10)


def test_a_kind_of_file_without_a_name():
    assert describe_mode(stat.S_IFREG | 0o644) == ""
    assert describe_mode(0) == "a special file"


def test_the_names_that_can_be_written(tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "link", "new"):
        with private_file("dest", str(tmp_path / name)) as write:
            write(name)
        assert (tmp_path / name).read_text() == name
        assert stat.S_IMODE(os.lstat(tmp_path / name).st_mode) == 0o600
    assert sorted(os.listdir(tmp_path)) == ["file", "link", "new"]


def test_a_directory_that_does_not_exist(tmp_path):
    with pytest.raises(OptionError, match=r"^dest: the directory '.*none' does not exist\. Create it first\.$"):
        private_file("dest", str(tmp_path / "none" / "file")).__enter__()


def test_a_directory_that_is_not_writable(tmp_path, monkeypatch):
    monkeypatch.setattr(regular_files.os, "access", lambda *_arguments: False)
    with pytest.raises(OptionError, match=r"^dest: the directory '.*' is not writable by this user\.$"):
        private_file("dest", str(tmp_path / "file")).__enter__()


def swap(directory, content):
    """Replace the temporary file, like another user with write access to the directory."""
    (temporary,) = directory.glob(".github_apps_*")
    temporary.rename(directory / "stolen")
    temporary.write_text(content)
    return temporary


def test_a_temporary_file_that_is_swapped_gets_no_secret(tmp_path):
    with (
        pytest.raises(StorageError, match="was replaced by another user"),
        private_file("dest", str(tmp_path / "kept")) as write,
    ):
        swap(tmp_path, "theirs")
        write(SECRET)
    assert (tmp_path / "kept").read_text() == "theirs"
    assert (tmp_path / "stolen").stat().st_mode & 0o077 == 0


def test_a_temporary_file_that_is_swapped_for_a_link_gets_no_secret(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_text("")
    with (
        pytest.raises(StorageError, match="was replaced by another user"),
        private_file("dest", str(tmp_path / "kept")) as write,
    ):
        temporary = swap(tmp_path, "")
        temporary.unlink()
        temporary.symlink_to(theirs)
        write(SECRET)
    assert theirs.read_text() == ""


def test_a_file_of_somebody_else_is_not_removed(tmp_path):
    with private_file("dest", str(tmp_path / "kept")):
        temporary = swap(tmp_path, "theirs")
    assert temporary.read_text() == "theirs"


def test_what_is_checked_is_what_is_read(tmp_path, monkeypatch):
    """If another user replaces the file after it was opened, neither its new content nor its mode is used."""
    path, other = tmp_path / "token.json", tmp_path / "other"
    path.write_text('{"token": "open to all"}')
    path.chmod(0o644)
    other.write_text('{"token": "private"}')
    other.chmod(0o600)
    real = regular_files.open_without_waiting

    def swap_after_open(name, flags):
        descriptor = real(name, flags)
        os.replace(other, path)
        return descriptor

    monkeypatch.setattr(regular_files, "open_without_waiting", swap_after_open)
    kept = read_json_file("dest", str(path))
    assert (kept.content, kept.is_private) == ({"token": "open to all"}, False)


@pytest.mark.parametrize("mode, is_told", [(0o600, False), (0o640, False), (0o644, True), (0o604, True)])
@pytest.mark.parametrize("option", ["private_key_path", "token_path", "client_secret_path"])
def test_a_secret_that_everybody_can_read_is_told(options, tmp_path, option, mode, is_told):
    path = tmp_path / "secret"
    path.write_text(options["private_key"] if option == "private_key_path" else "s3cret")
    path.chmod(mode)
    said = []
    credentials_from({"app_id": "1", option: str(path)}, said.append)
    told = f"{option} '{path}' is readable by every user of this machine. Run chmod 600 on the file."
    assert said == ([told] if is_told else [])


def test_a_public_key_that_everybody_can_read_is_only_refused(options, tmp_path):
    path = tmp_path / "app.pub.pem"
    public_key = load_pem_private_key(options["private_key"].encode(), None).public_key()
    path.write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    path.chmod(0o644)
    said = []
    with pytest.raises(OptionError, match="private_key_path contains a public key, not the RSA private key"):
        credentials_from({"app_id": "1", "private_key_path": str(path)}, said.append)
    assert said == []


def test_a_full_disk_is_told_before_anything_is_asked(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files.os, "fsync", full)
    with pytest.raises(OptionError, match=r"^dest: a file cannot be created in '.*': No space left on device\.$"):
        private_file("dest", str(tmp_path / "kept")).__enter__()
    assert os.listdir(tmp_path) == []
