# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import stat

import pytest

from ansible_collections.hubops.github_apps.plugins.modules import github_app_info
from ansible_collections.hubops.github_apps.plugins.modules import github_app_manifest as module

CODE = "standin-manifest-code-one"
EVERY_SERVER = pytest.mark.parametrize("standin", ["2.19", "2.20", "3.19", "cloud"], indirect=True)


@pytest.fixture()
def manifest(options, tmp_path):
    server = {name: options[name] for name in ("api_url", "server_version", "retries")}
    return {**server, "code": CODE, "dest": str(tmp_path)}


@EVERY_SERVER
def test_the_code_is_exchanged_once_for_files_with_the_secrets(run_module, manifest, standin, tmp_path, requests_made):
    foreseen = run_module(module, manifest, check_mode=True)
    assert foreseen["changed"] is True
    assert os.listdir(tmp_path) == []
    assert requests_made() == []
    done = run_module(module, manifest)
    assert done["changed"] is True
    assert done["diff"] == foreseen["diff"]
    assert done["app"]["id"] == 1101
    assert [entry["auth"] for entry in standin.log] == ["none"]
    assert sorted(os.listdir(tmp_path)) == ["app.json", "private-key.pem"]
    for name in os.listdir(tmp_path):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600
    secret = "standin-manifest-client-secret"
    assert secret in (tmp_path / "app.json").read_text()
    assert "PRIVATE KEY" in (tmp_path / "private-key.pem").read_text()
    assert not any(text in str(done) for text in (secret, "PRIVATE KEY", CODE, "webhook_secret"))
    requests_made()
    again = run_module(module, {**manifest, "code": ""})
    assert again["changed"] is False
    assert again["app"] == done["app"]
    assert requests_made() == []


@EVERY_SERVER
def test_the_key_serves_the_app(run_module, manifest, options):
    done = run_module(module, manifest)
    params = {
        **options,
        "app_id": str(done["app"]["id"]),
        "private_key": "",
        "private_key_path": done["private_key_path"],
    }
    assert run_module(github_app_info, params)["app"]["slug"] == "made-from-manifest"


def test_a_code_that_was_spent(run_module, manifest, tmp_path):
    run_module(module, manifest)
    (tmp_path / "other").mkdir()
    result = run_module(module, {**manifest, "dest": str(tmp_path / "other")})
    assert result["failed"]
    assert result["status"] == 404
    assert CODE not in str(result)
    assert os.listdir(tmp_path / "other") == []


def test_a_missing_code_is_said(run_module, manifest, requests_made):
    result = run_module(module, {**manifest, "code": ""})
    assert result["failed"]
    assert "code is required" in result["msg"]
    assert requests_made() == []


def test_code_is_not_used_if_files_cannot_be_written(run_module, manifest, tmp_path, requests_made):
    result = run_module(module, {**manifest, "dest": str(tmp_path / "none")})
    assert result["failed"]
    assert "dest" in result["msg"]
    assert requests_made() == []


@pytest.mark.parametrize("name", ["app.json", "private-key.pem"])
def test_incomplete_files_are_rejected(run_module, manifest, tmp_path, requests_made, name):
    (tmp_path / name).write_text('{"client_secret": "x"}')
    result = run_module(module, manifest)
    assert result["failed"]
    assert name in result["msg"]
    assert requests_made() == []


def test_secrets_that_cannot_be_written_are_told_with_the_way_out(run_module, manifest, tmp_path, monkeypatch):
    def full(*_paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    result = run_module(module, manifest)
    assert result["failed"]
    assert result["changed"] is True
    assert "made-from-manifest" in result["msg"]
    assert "Generate a new private key" in result["msg"]
    assert "/settings/apps/" in result["msg"]
    assert "standin-manifest-client-secret" not in str(result)
    assert os.listdir(tmp_path) == []
