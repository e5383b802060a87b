# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module github_app_key_info. (Signers: tests/unit/test_signers.py.)"""

from __future__ import annotations

import base64
import hashlib
import json
import os

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from scenarios import encrypted, secret_lines

from ansible_collections.hubops.github_apps.plugins.modules import github_app_key_info as module
from github_standin import Fault

KINDS = ("private_key", "private_key_path")


def fingerprint_of(private_key):
    public = load_pem_private_key(private_key.encode(), None).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


@pytest.fixture()
def keys_of(run_module):
    """Return a function that runs the module in both modes and returns the keys in its result."""

    def run(params):
        results = [run_module(module, params, check_mode) for check_mode in (True, False)]
        assert results[0] == results[1]
        assert not results[0].get("failed"), results[0]
        assert results[0]["changed"] is False
        return results[0]["app_keys"]

    return run


@pytest.fixture()
def old(standin):
    return standin.private_key("hubops-demo")


@pytest.fixture()
def new(standin, old):
    return standin.generate_key("hubops-demo")


def in_file(path, private_key):
    path.touch(0o600)
    path.write_text(private_key)
    return str(path)


@pytest.mark.parametrize("standin", ["2.18", "3.19", "cloud"], indirect=True)
def test_the_key_of_the_task(run_module, options, old, requests_made):
    result = run_module(module, options)
    assert result["app_keys"] == [
        {
            "option": "private_key",
            "name": None,
            "fingerprint": fingerprint_of(old),
            "size": 2048,
            "accepted": True,
            "file_modified_at": None,
            "error": None,
        }
    ]
    assert result["app"]["id"] == 1001
    assert result["settings_url"].endswith("/organizations/octo-org/settings/apps/hubops-demo")
    assert requests_made() == ["GET /app"]


def test_the_key_in_the_environment(run_module, options, standin, old, tmp_path, monkeypatch):
    path = in_file(tmp_path / "key.pem", old)
    monkeypatch.setenv("GITHUB_APP_PRIVATE_KEY_PATH", path)
    options.pop("private_key")
    os.utime(path, (1800000000, 1800000000.5))
    [key] = run_module(module, options)["app_keys"]
    assert key["option"] == "private_key_path"
    assert key["name"] == path
    assert key["file_modified_at"] == "2027-01-15T08:00:00Z"
    in_file(tmp_path / "key.pem", standin.private_key("other-app"))
    [key] = run_module(module, options)["app_keys"]
    assert "private_key_path (GITHUB_APP_PRIVATE_KEY_PATH) is not a private key of the app 1001" in key["error"]


def test_several_keys(keys_of, options, standin, old, new, tmp_path, requests_made):
    other = standin.private_key("other-app")
    paths = [in_file(tmp_path / name, key) for name, key in (("old", old), ("new", new), ("other", other))]
    requests_made()
    keys = keys_of({**options, "app_keys": [{"private_key_path": path} for path in paths]})
    assert [key["name"] for key in keys] == paths
    assert [key["fingerprint"] for key in keys] == [fingerprint_of(key) for key in (old, new, other)]
    assert [key["accepted"] for key in keys] == [True, True, False]
    assert [key["error"] for key in keys[:2]] == [None, None]
    assert "private_key_path is not a private key of the app 1001" in keys[2]["error"]
    assert fingerprint_of(other) in keys[2]["error"]
    assert requests_made() == ["GET /app"] * 6  # in two runs


def test_a_deleted_key(keys_of, options, standin, old, new):
    standin.delete_key("hubops-demo", old)
    keys = keys_of({**options, "app_keys": [{"private_key": old}, {"private_key": new}]})
    assert [key["accepted"] for key in keys] == [False, True]


def test_an_app_without_keys(run_module, options, standin, old):
    standin.delete_key("hubops-demo", old)
    result = run_module(module, options)
    assert result["app_keys"][0]["accepted"] is False
    assert "The app 1001 has no private key" in result["app_keys"][0]["error"]
    assert result["app"] is result["settings_url"] is None


def test_keys_that_cannot_be_read(keys_of, options, new, tmp_path):
    passphrase = "the-passphrase-of-the-key"
    locked = encrypted(new, passphrase)
    texts = [
        {"private_key_path": str(tmp_path / "missing.pem")},
        {"private_key_path": str(tmp_path)},
        {"private_key": "not a key"},
        {"private_key": locked},
        {"private_key": locked, "private_key_passphrase": f"{passphrase} "},
        {"private_key": locked, "private_key_passphrase": passphrase},
    ]
    keys = keys_of({**options, "private_key_passphrase": passphrase, "app_keys": texts})
    assert [key["accepted"] for key in keys] == [None] * 5 + [True]
    assert [key["fingerprint"] for key in keys] == [None] * 5 + [fingerprint_of(new)]
    says = (
        "missing.pem' cannot be read on the host that runs the task: No such file",
        "is a directory. Use the path of a regular file.",
        "private_key is not a private key",
        "private_key is encrypted. Set private_key_passphrase.",
        "private_key_passphrase does not decrypt private_key",
    )
    for key, text in zip(keys, says):
        assert text in key["error"]


@pytest.mark.parametrize(
    "params, says",
    [
        ({"app_id": ""}, "Set app_id or client_id, because the keys do not identify the app."),
        ({"app_id": "demo"}, "app_id 'demo' is not a number"),
        ({"private_key": ""}, "No private key is set. Set app_keys, private_key, private_key_path, signer_command, "),
        ({"private_key": "", "app_jwt": "x.eyJpc3MiOiAxMDAxfQ.x"}, "No private key is set."),
        ({"app_keys": [{}]}, "Entry 1 of app_keys has no private key."),
        (
            {"app_keys": [{"private_key_path": "x"}, {"private_key_path": " "}]},
            "Entry 2 of app_keys has no private key.",
        ),
        ({"app_keys": [{"private_key_passphrase": "x"}]}, "Entry 1 of app_keys has no private key."),
        (
            {"app_keys": [{"private_key": "x", "private_key_path": "/x"}]},
            "private_key and private_key_path cannot be used together.",
        ),
        ({"app_keys": [{"path": "/x"}]}, "app_keys has errors.\n- Entry 1: unsupported parameters: path. "),
        ({"app_id": "424242"}, "The app 424242 does not exist"),
        ({"api_url": "http://127.0.0.1:1"}, "could not be reached"),
    ],
)
def test_a_task_that_is_wrong(run_module, options, params, says):
    result = run_module(module, {**options, **params})
    assert result["failed"] is True
    assert says in result["msg"]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_whether_a_key_is_accepted_must_be_known(run_module, options, standin, status):
    standin.inject(Fault(path="/app$", status=status, body={"message": "Bad credentials"}, times=9))
    assert run_module(module, options)["failed"] is True


@pytest.mark.parametrize("standin", ["3.19"], indirect=True)
def test_the_release_is_asked_once(keys_of, options, old, new, requests_made):
    requests_made()
    keys_of({**options, "server_version": "auto", "app_keys": [{"private_key": old}, {"private_key": new}]})
    assert requests_made() == ["GET /meta", "GET /app", "GET /app"] * 2


def test_no_secret_is_in_the_result(run_module, options, old, new):
    wrong = [[old], {"a": new}, [{"b": [old]}]]
    for params in (
        {"app_keys": [{"private_key": old}, {"private_key": new}, {"private_key": new[:900]}]},
        {"app_keys": [old]},
        {"app_keys": old},
        {"app_keys": [{"private_key_path": new}]},
        {"app_keys": [{"signer_command": [new]}]},
        *({"app_keys": [{"private_key": value}, {"private_key": new}]} for value in wrong),
    ):
        shown = json.dumps(run_module(module, {**options, **params}))
        assert not [line for line in secret_lines(old) + secret_lines(new) if line in shown], params


def test_a_list_in_a_suboption_is_named(run_module, options, old):
    entries = [
        {"private_key": [old]},
        {"private_key": [old], "private_key_passphrase": {"the-name-of": "a-passphrase"}},
    ]
    result = run_module(module, {**options, "app_keys": entries})
    assert result["msg"] == (
        "app_keys.private_key and app_keys.private_key_passphrase must be a string, not a list or a dictionary."
    )
