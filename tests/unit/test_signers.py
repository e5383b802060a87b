# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signers with modules, the lookup and the inventory: real programs, and real clients of Vault and AWS KMS."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from functools import partial

import pytest
import trustme
from ansible.errors import AnsibleError
from ansible.module_utils.basic import AnsibleModule
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from forks import in_workers
from inventories import read_source, write_source

from ansible_collections.hubops.github_apps.plugins.modules import (
    github_app_info,
    github_app_key_info,
    github_installation_token,
)
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import cache

pytest.importorskip("hvac")  # ansible-test installs only the requirements of modules
pytest.importorskip("moto")  # the same

from kms_standin import ALIAS, SECRET_ACCESS_KEY, KmsStandIn
from vault_standin import READ, SIGN, Reply, VaultStandIn, issue_jwt

NAME = "hubops.github_apps.github_installation_token"
SIGNERS = ("command", "command in Base64", "Vault token", "Vault AppRole", "Vault JWT", "AWS KMS")
SECRET_ID = "a-secret-id-of-vault"
# Reads the text to sign, keeps it in the file $1, and signs with the key in $2. $3 can encode the signature.
SCRIPT = """#!/bin/sh
set -e
text=$(cat)
echo "$text" >> "$1"
echo "sensitive-error-message $(cat "$2")" >&2
printf %s "$text" | openssl dgst -sha256 -sign "$2" | $3
"""


@pytest.fixture(autouse=True)
def _no_other_vault_or_aws(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))  # without ~/.vault-token and ~/.aws
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture()
def vault():
    with VaultStandIn() as server:
        yield server


@pytest.fixture(scope="session")
def kms():
    with KmsStandIn() as server:
        yield server


@pytest.fixture()
def asked(tmp_path):
    """Return a function that returns what the command has signed."""
    return lambda: (tmp_path / "asked").read_text().splitlines() if (tmp_path / "asked").exists() else []


@pytest.fixture()
def signer(vault, kms, tmp_path, monkeypatch):
    """Return a function that returns the options of a signer for a private key."""

    def command(name, private_key):
        (tmp_path / "key").write_text(private_key)
        script = tmp_path / "sign it"
        script.write_text(SCRIPT)
        script.chmod(0o700)
        encoder = "openssl base64" if "Base64" in name else "cat"
        return {"signer_command": [str(script), str(tmp_path / "asked"), str(tmp_path / "key"), encoder]}

    def vault_options(name, private_key):
        vault.add_key(private_key)
        common = {"vault_url": vault.url, "vault_transit_key": "github-app"}
        if name.endswith("token"):
            return {**common, "vault_token": vault.add_token("github-app")}
        if name.endswith("AppRole"):
            vault.state.secret_ids["the-role-id"] = (SECRET_ID, {"github-app"})
            return {**common, "vault_role_id": "the-role-id", "vault_secret_id": SECRET_ID}
        (tmp_path / "token").write_text(vault.add_jwt_role("ansible", private_key) + "\n")
        return {**common, "vault_role_id": "ansible", "vault_jwt_path": str(tmp_path / "token")}

    def aws_kms(_name, private_key):
        kms.add_key(private_key)
        for variable, value in kms.environment.items():
            monkeypatch.setenv(variable, value)
        return {"aws_kms_key": ALIAS}

    kinds = {"command": command, "Vault": vault_options, "AWS": aws_kms}
    return lambda name, private_key: kinds[name.split()[0]](name, private_key)


@pytest.fixture()
def given(options, signer, standin):
    """Return a function that returns the options of a module that signs with a signer."""

    def given(name, slug="hubops-demo", **more):
        return {**options, "private_key": "", **signer(name, standin.private_key(slug)), **more}

    return given


def look_up(*terms, **kwargs):
    templar = Templar(loader=DataLoader(), variables={})
    return lookup_loader.get(NAME, templar=templar).run(list(terms), {}, **kwargs)[0]


@pytest.fixture()
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(Display, "warning", lambda self, text, *_more: said.append(text))
    monkeypatch.setattr(AnsibleModule, "warn", lambda self, text: said.append(text))
    return said


def mints(standin):
    return [entry["path"] for entry in standin.log if entry["path"].endswith("/access_tokens")]


@pytest.mark.parametrize("standin", ["2.20", "cloud"], indirect=True)
@pytest.mark.parametrize("name", SIGNERS)
def test_a_signer_signs_for_modules_and_the_lookup(name, given, standin, run_module):
    params = given(name)
    assert run_module(github_app_info, params)["app"]["id"] == 1001
    token = run_module(github_installation_token, {**params, "organization": "octo-org"})["token"]
    assert {token, look_up("octo-org", **params)} <= set(standin.state.installation_tokens)


@pytest.mark.parametrize("name", ["command", "Vault AppRole", "AWS KMS"])
def test_a_signer_signs_for_the_inventory(name, given, tmp_path):
    inventory = read_source(write_source(tmp_path, given(name)))
    assert {"octo-org", "acme"} <= set(inventory.hosts)


def test_a_signer_signs_for_a_client_id(given, run_module):
    params = given("command", app_id="", client_id="Iv1.standin-demo")
    assert run_module(github_app_info, params)["app"]["id"] == 1001


def test_options_come_from_the_environment(given, run_module, monkeypatch):
    params = given("Vault AppRole")
    for option in [name for name in params if name.startswith("vault_")]:
        monkeypatch.setenv(f"GITHUB_APP_{option.upper()}", params.pop(option))
    assert run_module(github_app_info, params)["app"]["id"] == 1001


@pytest.mark.parametrize("place", ["VAULT_TOKEN", "~/.vault-token"])
def test_vault_uses_the_variables_and_the_token_of_its_own_tools(
    place, given, vault, run_module, monkeypatch, tmp_path
):
    params = given("Vault token", vault_url="")
    monkeypatch.setenv("VAULT_ADDR", vault.url)
    monkeypatch.setenv("VAULT_NAMESPACE", "team/")
    vault.state.namespace = "team"
    token = params.pop("vault_token")
    if place == "VAULT_TOKEN":
        monkeypatch.setenv("VAULT_TOKEN", token)
    else:
        (tmp_path / ".vault-token").write_text(token)
    assert run_module(github_app_info, params)["app"]["id"] == 1001


@pytest.mark.parametrize("variable", ["", "VAULT_CACERT", "VAULT_SKIP_VERIFY"])
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_vault_with_tls(variable, given, standin, run_module, monkeypatch, tmp_path):
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    with VaultStandIn(str(tmp_path / "server.pem")) as vault:
        params = {**given("Vault token"), "vault_url": vault.url}
        vault.add_key(standin.private_key("hubops-demo"))
        params["vault_token"] = vault.add_token("github-app")
        result = run_module(github_app_info, params)
        assert result["cause"] == "signer"
        assert f"The certificate of Vault at {vault.url} cannot be verified. Set vault_ca_path" in result["msg"]
        if variable:
            monkeypatch.setenv(variable, str(tmp_path / "ca.pem") if variable == "VAULT_CACERT" else "1")
        else:
            params["vault_ca_path"] = str(tmp_path / "ca.pem")
        assert run_module(github_app_info, params)["app"]["id"] == 1001


@pytest.mark.parametrize("name", ["Vault AppRole", "Vault JWT"])
def test_the_token_of_a_login_is_revoked(name, given, vault, run_module):
    run_module(github_app_info, given(name))
    assert len(vault.state.revoked) == 1
    assert not vault.state.tokens


def test_the_jwt_of_another_job_does_not_log_in(given, standin, run_module, tmp_path):
    params = given("Vault JWT")
    (tmp_path / "token").write_text(issue_jwt("another-job", standin.private_key("hubops-demo")))
    result = run_module(github_app_info, params)
    assert result["cause"] == "signer"
    assert "rejected the login with vault_role_id and vault_jwt_path." in result["msg"]
    assert standin.log == []


def test_a_token_that_was_given_is_not_revoked(given, vault, run_module):
    params = given("Vault token")
    run_module(github_app_info, params)
    assert list(vault.state.tokens) == [params["vault_token"]]


def test_an_approle_may_have_no_secret_id(given, vault, run_module):
    params = given("Vault AppRole", vault_secret_id="", vault_auth_mount="apps/ansible")
    vault.state.secret_ids["the-role-id"] = ("", {"github-app"})
    vault.state.mounts["auth/apps/ansible"] = vault.state.mounts.pop("auth/approle")
    assert run_module(github_app_info, params)["app"]["id"] == 1001


@pytest.mark.parametrize("by", ["id", "ARN", "alias"])
def test_a_key_in_aws_kms_has_several_names(by, given, kms, standin, run_module, monkeypatch):
    params = given("AWS KMS")
    key = kms.client.describe_key(KeyId=ALIAS)["KeyMetadata"]
    params["aws_kms_key"] = {"id": key["KeyId"], "ARN": key["Arn"], "alias": ALIAS}[by]
    if by == "ARN":
        monkeypatch.setenv("AWS_REGION", "us-east-1")
    else:
        monkeypatch.delenv("AWS_REGION")
        params["aws_kms_region"] = "eu-central-1"
    assert run_module(github_app_info, params)["app"]["id"] == 1001


def test_a_command_in_a_string_is_split_without_a_shell(given, run_module, asked, tmp_path):
    script, *arguments = given("command")["signer_command"]
    params = given("command", signer_command=f"'~/{script.rpartition('/')[2]}' {' '.join(arguments)}")
    assert run_module(github_app_info, params)["app"]["id"] == 1001
    assert len(asked()) == 1


def claims_of(text):
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in text.split("."))
    assert header == {"alg": "RS256", "typ": "JWT"}
    return claims


def test_a_signer_is_asked_once_for_the_jwt_of_a_task(given, run_module, asked):
    run_module(github_app_info, given("command"))
    run_module(github_installation_token, given("command", repository="octo-org/hello-world"))
    assert [set(claims_of(text)) for text in asked()] == [{"iss", "iat", "exp"}] * 2


def test_a_signer_is_asked_again_if_the_clock_is_wrong(given, run_module, standin, asked, warnings):
    standin.clock_offset = -500
    assert run_module(github_app_info, given("command"))["app"]["id"] == 1001
    wrong, right = (claims_of(text)["iat"] for text in asked())
    assert 495 < wrong - right < 505
    assert len(warnings) == 1


def test_with_the_callback_a_signer_is_asked_once_for_each_scope(given, standin, asked, warnings):
    cache.begin_run()
    params = given("command")
    tokens = in_workers(10, partial(look_up, **params), "octo-org")
    assert len(set(tokens)) == len(mints(standin)) == len(asked()) == 1
    in_workers(5, partial(look_up, **params, permissions={"contents": "read"}), "octo-org")
    assert len(mints(standin)) == len(asked()) == 2
    assert warnings == []


def test_without_the_callback_every_use_asks_the_signer_and_a_warning_says_so(
    given, standin, asked, warnings, local_tmp
):
    params = given("command")
    assert look_up("octo-org", **params) != look_up("octo-org", **params)
    assert len(mints(standin)) == len(asked()) == 2
    assert list(local_tmp.iterdir()) == []
    (warning,) = set(warnings)
    assert "enabled" in warning
    assert "hubops.github_apps.revoke_tokens" in warning
    # Only JWTs are signed: no key for the cache is derived from a signature.
    assert all(claims_of(text)["iss"] == "1001" for text in asked())


def test_without_the_cache_there_is_no_warning(given, warnings):
    look_up("octo-org", **given("command"), cache=False)
    assert warnings == []


@pytest.mark.parametrize(
    "one, other",
    [
        ({"vault_transit_key": "github-app"}, {"vault_transit_key": "other"}),
        ({"vault_transit_mount": "transit"}, {"vault_transit_mount": "team"}),
    ],
)
def test_tokens_are_not_shared_between_keys(one, other, given, standin, vault):
    cache.begin_run()
    params = given("Vault token")
    vault.state.keys["other"] = vault.state.keys["github-app"]
    vault.state.mounts["team"] = "transit"
    paths = ("transit/sign/github-app", "transit/sign/other", "team/sign/github-app")
    vault.state.policies["github-app"] = {path: {SIGN} for path in paths}
    assert look_up("octo-org", **{**params, **one}) != look_up("octo-org", **{**params, **other})
    assert look_up("octo-org", **{**params, **one}, signer_timeout=7) in standin.state.installation_tokens
    assert len(mints(standin)) == 2


def test_tokens_are_not_shared_with_other_credentials(given, standin):
    cache.begin_run()
    params = given("Vault token")
    token = look_up("octo-org", **params)
    with pytest.raises(AnsibleError, match="does not allow signing with this key"):
        look_up("octo-org", **{**params, "vault_token": "hvs.of-somebody-else"})
    assert look_up("octo-org", **params) == token


def test_without_a_signer_nothing_of_signers_is_loaded(options, tmp_path):
    script = """
import json, sys
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.hubops.github_apps.plugins.plugin_utils._run import files
files.LOCAL_TMP = sys.argv[1]
from ansible_collections.hubops.github_apps.plugins.lookup.github_installation_token import LookupModule
print(len(LookupModule(templar=Templar(loader=DataLoader())).run(["octo-org"], {}, **json.loads(sys.argv[2]))))
print([name for name in sys.modules if "signers" in name or name.startswith(("hvac", "boto"))])
"""
    command = [sys.executable, "-c", script, str(tmp_path), json.dumps(options)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)})
    assert answer.stdout.split("\n")[:2] == ["1", "[]"]


def fingerprint_of(private_key):
    public = load_pem_private_key(private_key.encode(), None).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()


@pytest.mark.parametrize("name", SIGNERS)
def test_a_wrong_key_is_named_with_its_fingerprint_if_the_signer_returns_it(name, given, standin, vault, run_module):
    params = given(name, slug="other-app")
    option = next(option for option in ("signer_command", "vault_transit_key", "aws_kms_key") if params.get(option))
    for is_allowed in (False, True):
        if is_allowed:
            vault.state.policies.setdefault("github-app", {})["transit/keys/github-app"] = {READ}
        result = run_module(github_app_info, params)
        assert result["cause"] == "wrong_key"
        assert (
            f"rejected the signature of {option}. The signer does not use a private key of the app 1001, or"
            in result["msg"]
        )
        is_known = "AWS" in name or ("Vault" in name and is_allowed)
        assert (fingerprint_of(standin.private_key("other-app")) in result["msg"]) is is_known
        assert "SHA256" not in result["msg"] or is_known


def test_a_public_key_is_only_requested_after_a_wrong_key(given, vault, run_module):
    run_module(github_app_info, given("Vault token", app_id="424242"))
    run_module(github_app_info, given("Vault token"))
    assert [line for line in vault.state.log if "/keys/" in line] == []


@pytest.mark.parametrize("name", SIGNERS)
@pytest.mark.parametrize("slug", ["hubops-demo", "other-app"])
def test_information_about_the_key_of_a_signer(name, slug, given, standin, vault, run_module):
    params = given(name, slug=slug)
    option = next(option for option in ("signer_command", "vault_transit_key", "aws_kms_key") if params.get(option))
    entry = {"private_key": standin.private_key("hubops-demo")}
    for is_allowed in (False, True):
        if is_allowed:
            vault.state.policies.setdefault("github-app", {})["transit/keys/github-app"] = {READ}
        is_known = "AWS" in name or ("Vault" in name and is_allowed)
        own, other = run_module(github_app_key_info, {**params, "app_keys": [{option: params[option]}, entry]})[
            "app_keys"
        ]
        assert run_module(github_app_key_info, params)["app_keys"] == [own]
        assert own["option"] == option
        assert own["name"] == (None if "command" in name else params[option])
        assert own["fingerprint"] == (fingerprint_of(standin.private_key(slug)) if is_known else None)
        assert own["size"] == (2048 if is_known else None)
        assert own["accepted"] is (slug == "hubops-demo")
        assert own["file_modified_at"] is None
        assert (own["error"] is None) is own["accepted"]
        assert other["accepted"] is True


def test_information_about_a_signer_that_does_not_sign(given, vault, run_module):
    params = given("Vault token", vault_token="hvs.revoked")
    [key] = run_module(github_app_key_info, params)["app_keys"]
    assert key["accepted"] is key["fingerprint"] is None
    assert "vault_transit_key: Vault" in key["error"]


def broken(**changes):
    def change(params, vault, tmp_path):
        for name, value in changes.items():
            setattr(vault.state, name, value)

    return change


def replaced(**options):
    return lambda params, vault, tmp_path: params.update(options)


def scripted(text):
    def change(params, vault, tmp_path):
        script = tmp_path / "script"
        script.write_text(text)
        script.chmod(0o700)
        params["signer_command"] = str(script)

    return change


def with_key(key):
    def change(params, vault, tmp_path):
        vault.state.keys["github-app"] = key

    return change


HTML = "<html>a login page</html>"
FAULTS = [
    # (signer, what is wrong, phrases of the message)
    (
        "command",
        scripted('#!/bin/sh\n{ sleep 20; touch "$0.finished"; } | sleep 20\n'),
        ["/script' did not finish within 1 s. Raise signer_timeout"],
    ),
    (
        "command",
        replaced(signer_command="no-such-program"),
        ["'no-such-program' cannot be started", "No such file", "PATH"],
    ),
    ("command", replaced(signer_command=__file__), ["test_signers.py' cannot be started", "Permission denied"]),
    ("command", replaced(signer_command=["a\0b"]), ["cannot be started"]),
    ("command", scripted("not a script"), ["cannot be started on the host that runs the task: Exec format error"]),
    (
        "command",
        scripted("#!/bin/sh\necho sensitive-error-message >&2\nexit 3\n"),
        ["exited with status 3 and did not sign"],
    ),
    ("command", scripted("#!/bin/sh\nkill -9 $$\n"), ["was terminated by signal 9"]),
    ("command", scripted("#!/bin/sh\nexec true\n"), ["returned 0 bytes", "must print nothing but the signature"]),
    ("command", scripted("#!/bin/sh\necho The signature is: YWJj\n"), ["which are not the signature of an RSA key"]),
    ("command", scripted("#!/bin/sh\nprintf '%0256d' 0\n"), ["returned 192 bytes"]),
    ("command", scripted("#!/bin/sh\nprintf '%600s' .\n"), ["returned 600 bytes"]),
    (
        "Vault token",
        replaced(vault_url="http://127.0.0.1:1"),
        ["http://127.0.0.1:1 cannot be reached. Check vault_url"],
    ),
    ("Vault token", broken(delay=1.5), ["did not respond within 1 s", "signer_timeout"]),
    ("Vault token", broken(is_sealed=True), ["is sealed"]),
    ("Vault AppRole", broken(is_sealed=True), ["is sealed"]),
    (
        "Vault token",
        replaced(vault_token="hvs.sensitive-wrong-token"),
        ["does not allow signing with this key (authenticated with vault_token)", "update on transit/sign/github-app"],
    ),
    ("Vault token", replaced(vault_token=""), ["(authenticated with VAULT_TOKEN or ~/.vault-token)"]),
    (
        "Vault token",
        broken(policies={}),
        ["does not allow signing", "policy with the capability update on transit/sign"],
    ),
    ("Vault token", broken(keys={}), ["has no such key. Check vault_transit_key, or import the key into transit"]),
    (
        "Vault token",
        broken(mounts={}),
        ["has no secrets engine at transit. Check vault_transit_mount and vault_namespace"],
    ),
    ("Vault token", broken(namespace="other"), ["has no secrets engine at transit"]),
    (
        "Vault token",
        with_key(None),
        ["cannot sign with this key. vault_transit_key must name a key of the type rsa-2048"],
    ),
    ("Vault token", with_key(ec.generate_private_key(ec.SECP256R1())), ["of an RSA key", "of the type rsa-2048"]),
    ("Vault token", broken(fault=Reply(200, HTML)), ["was not sent by Vault", "whether a proxy"]),
    ("Vault token", broken(fault=Reply(200, {"data": None})), ["was not sent by Vault"]),
    ("Vault token", broken(fault=Reply(200, {"data": {"signature": "vault:v1:YWJj"}})), ["returned 3 bytes"]),
    (
        "Vault token",
        broken(fault=Reply(500, {"errors": ["sensitive-error-message"]})),
        ["failed to sign (InternalServerError)"],
    ),
    ("Vault token", broken(fault=Reply(502, HTML)), ["failed to sign"]),
    (
        "Vault AppRole",
        replaced(vault_secret_id="sensitive-wrong-secret-id"),
        [
            "rejected the login with vault_role_id and vault_secret_id. Check the login options, including vault_auth_mount"
        ],
    ),
    ("Vault AppRole", replaced(vault_auth_mount="elsewhere"), ["rejected the login"]),
    ("Vault JWT", replaced(vault_role_id="unknown"), ["rejected the login with vault_role_id and vault_jwt_path"]),
    ("Vault JWT", broken(fault=Reply(200, {"auth": None})), ["was not sent by Vault"]),
    ("AWS KMS", replaced(aws_kms_key="alias/none"), ["AWS KMS has no such key in eu-central-1. Check aws_kms_key and"]),
    ("AWS KMS", replaced(aws_kms_region="no such region"), ["The key cannot be found (InvalidRegionError)"]),
]


@pytest.mark.parametrize("name, change, says", FAULTS)
def test_a_failure_of_a_signer_is_named_and_nothing_is_sent_to_github(
    name, change, says, given, vault, standin, tmp_path, run_module, monkeypatch
):
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    params = given(name, signer_timeout=1)
    change(params, vault, tmp_path)
    result = run_module(github_app_info, params)
    with pytest.raises(AnsibleError) as caught:
        look_up("octo-org", **params)
    assert result["cause"] == "signer"
    assert result["changed"] is False
    assert standin.log == []
    assert not (tmp_path / "script.finished").exists()
    for message in (result["msg"], str(caught.value)):
        assert [phrase for phrase in says if phrase not in message] == []
        secrets = ("sensitive", SECRET_ID, SECRET_ACCESS_KEY, *vault.state.tokens, "eyJ")
        assert not [secret for secret in secrets if secret in message]


@pytest.mark.parametrize(
    "environment, says",
    [
        (
            {"AWS_REGION": ""},
            "The key cannot be found (NoRegionError). Set aws_kms_region to its region, or aws_kms_key",
        ),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no usable AWS credentials (NoCredentialsError)"),
        ({"AWS_PROFILE": "missing"}, "no usable AWS credentials (ProfileNotFound)"),
        ({"AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:1"}, "AWS KMS in eu-central-1 cannot be reached"),
        ({"HTTP_PROXY": "http://127.0.0.1:1"}, "AWS KMS in eu-central-1 cannot be reached (ProxyConnectionError)"),
    ],
)
def test_aws_without_what_boto3_needs(environment, says, given, run_module, monkeypatch):
    params = given("AWS KMS", signer_timeout=1)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value) if value else monkeypatch.delenv(variable)
    result = run_module(github_app_info, params)
    assert result["cause"] == "signer"
    assert says in result["msg"]


@pytest.mark.parametrize("name, library", [("Vault token", "hvac"), ("AWS KMS", "boto3")])
def test_a_missing_library_is_named_with_its_package(name, library, given, run_module, monkeypatch):
    params = given(name)
    monkeypatch.setitem(sys.modules, library, None)
    message = run_module(github_app_info, params)["msg"]
    assert f"({library})" in message
    assert message.endswith(f"-m pip install {library}'.")
    with pytest.raises(AnsibleError, match=f"-m pip install {library}'"):
        look_up("octo-org", **params)


def test_pyjwt_is_not_required(given, run_module, monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)
    assert run_module(github_app_info, given("Vault token"))["app"]["id"] == 1001
