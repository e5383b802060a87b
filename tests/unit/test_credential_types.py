# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX accepts the credential types and writes secrets only to files, and the modules understand the result."""

from __future__ import annotations

import configparser
import copy
import stat

import pytest
import trustme

pytest.importorskip("awx_plugins.interfaces", reason="AWX's own code wants Python 3.11")

from rendering import TYPES, problems, render
from scenarios import secret_lines

from ansible_collections.hubops.github_apps.plugins.module_utils._base.environment import ENVIRONMENT, OAUTH_ENVIRONMENT
from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.options import (
    APP,
    INSTALLATION,
    OAUTH_APP,
    SERVER,
    TOKEN,
    from_environment,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.credentials import (
    OAuthApp,
    credentials_from,
    fingerprint,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._github.server import server_from
from ansible_collections.hubops.github_apps.plugins.plugin_utils._options import checked

APPS = ("github_app", "github_app_secondary")
SIGNERS = ("github_app_vault", "github_app_aws_kms", "github_app_command")
# A job has a credential of one of these types, so they set the same variables.
ALTERNATIVES = ("github_app", *SIGNERS)
# Variables that boto3 and the command read.
OF_OTHERS = {"AWS_SHARED_CREDENTIALS_FILE", "GITHUB_APP_SIGNER_SECRET_PATH"}
COMMON = ["api_url", "app_id", "installation_id", "enterprise"]
VAULT = ["vault_url", "vault_namespace", "vault_ca_cert", "vault_transit_key", "vault_transit_mount", "vault_role_id"]
VAULT += ["vault_secret_id", "vault_jwt_path", "vault_token", "vault_auth_mount"]
AWS_KMS = ["aws_kms_key", "aws_kms_region", "access_key_id", "secret_access_key"]
CA = trustme.CA()
# Fields of released versions. AWX does not allow changing the inputs of a type in use, so only add new types here.
FROZEN = {
    **dict.fromkeys(APPS, ["api_url", "app_id", "installation_id", "private_key", "ca_cert", "skip_tls_verify"]),
    "github_app_vault": [*COMMON, *VAULT, "ca_cert", "skip_tls_verify"],
    "github_app_aws_kms": [*COMMON, *AWS_KMS, "ca_cert", "skip_tls_verify"],
    "github_app_command": [*COMMON, "signer_command", "signer_secret", "ca_cert", "skip_tls_verify"],
    "github_oauth_app": ["client_id", "client_secret"],
    "github_token": ["token"],
}


@pytest.fixture()
def filled(standin):
    """Return all types with all fields filled in."""
    app = {
        "api_url": "github.example.com",
        "app_id": "1001",
        "installation_id": "2001",
        "private_key": standin.private_key("hubops-demo").strip(),
        "ca_cert": CA.cert_pem.bytes().decode(),
        "skip_tls_verify": False,
    }
    oauth = {"client_id": "standin-oauth-client", "client_secret": "standin-oauth-secret"}
    token = {"token": "standin-pat-classic-admin"}
    common = {name: app[name] for name in ("api_url", "app_id", "ca_cert")}
    common.update(installation_id="", enterprise="octo-enterprise", skip_tls_verify=False)
    vault = {name: f"value-of-{name.replace('_', '-')}" for name in VAULT}
    vault.update(vault_url="https://vault.example.com:8200", vault_ca_cert=app["ca_cert"])
    aws = {"aws_kms_key": "alias/github-app", "aws_kms_region": "eu-central-1"}
    aws.update(access_key_id="AKIAIOSFODNN7EXAMPLE", secret_access_key="a-secret-access-key")
    command = {"signer_command": "sign --key github-app", "signer_secret": "a-pin-of-a-token\nin-two-lines"}
    signers = {"github_app_vault": vault, "github_app_aws_kms": aws, "github_app_command": command}
    return {
        **dict.fromkeys(APPS, app),
        **{kind: {**common, **own} for kind, own in signers.items()},
        "github_oauth_app": oauth,
        "github_token": token,
    }


@pytest.fixture()
def options_in(tmp_path):
    """Return the options of modules and lookups for a credential, with the first app's variables for both apps."""

    def find(kind, inputs):
        variables = render(TYPES[kind], inputs, tmp_path).variables_in(tmp_path)
        variables = {
            name.replace("APP2_API", "API")
            .replace("APP2_CA", "CA")
            .replace("APP2_VAL", "VAL")
            .replace("APP2", "APP"): value
            for name, value in variables.items()
        }
        if kind == "github_oauth_app":
            return checked({**SERVER, **OAUTH_APP}, from_environment(OAUTH_APP, variables, OAUTH_ENVIRONMENT))
        spec = {**SERVER, **APP, **TOKEN, **INSTALLATION}
        assert set(variables) - OF_OTHERS <= set(ENVIRONMENT.values())
        return checked(spec, from_environment(spec, variables, ENVIRONMENT))

    return find


def fields(kind, **wanted):
    return [
        field["id"]
        for field in TYPES[kind]["inputs"]["fields"]
        if all(field.get(name) == value for name, value in wanted.items())
    ]


def test_all_types_are_known_here():
    assert {kind: fields(kind) for kind in TYPES} == FROZEN


@pytest.mark.parametrize("kind", TYPES)
def test_awx_takes_the_type(kind):
    assert problems(TYPES[kind]) == []
    assert all(field["help_text"] for field in TYPES[kind]["inputs"]["fields"])


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda body: body.update(kind="ssh"), "ssh"),
        (lambda body: body.pop("injectors"), "injectors"),
        (lambda body: body["inputs"]["fields"][0].update(type="number"), "number"),
        (lambda body: body["inputs"]["fields"][0].update(format="password"), "password"),
        (lambda body: body["inputs"]["fields"][0].update(ask_at_runtime=True), "ask_at_runtime"),
        (lambda body: body["inputs"]["fields"][0].update(id="tower"), "tower"),
        (lambda body: body["inputs"]["fields"][0].update(id="app_id"), "two fields are app_id"),
        (lambda body: body["inputs"]["fields"][5].update(secret=True), "secret"),
        (lambda body: body["inputs"]["fields"][5].update(default="no"), "no"),
        (lambda body: body["inputs"]["required"].append("key"), "no field is key"),
        (lambda body: body["injectors"]["file"].update(template="x"), "one file without a name"),
        (lambda body: body["injectors"]["file"].update({"key": "x"}), "key"),
        (lambda body: body["injectors"]["env"].update(ANSIBLE_CONFIG="x"), "ANSIBLE_CONFIG is refused"),
        (lambda body: body["injectors"]["env"].update(JOB_ID="x"), "JOB_ID is refused"),
        (lambda body: body["injectors"]["env"].update(X="\u00e9"), "X is not ASCII"),
        (lambda body: body["injectors"]["env"].update(X="{{ app_key }}"), "app_key"),
        (lambda body: body["injectors"]["env"].update(X="{{ tower.filename.key }}"), "key"),
        (lambda body: body["injectors"]["env"].update(X="{{ app_id"), "X: "),
    ],
)
def test_awx_would_refuse(change, says):
    body = copy.deepcopy(TYPES["github_app"])
    change(body)
    assert says in str(problems(body))


@pytest.mark.parametrize("kind", TYPES)
def test_secrets_are_in_files_and_nowhere_else(kind, filled, tmp_path):
    rendered = render(TYPES[kind], filled[kind], tmp_path)
    secrets = [line for name in fields(kind, secret=True) for line in secret_lines(filled[kind][name])]
    assert secrets
    assert set(TYPES[kind]["injectors"]) == {"file", "env"}
    assert rendered.arguments == []
    assert not any(secret in str([rendered.variables, rendered.safe]) for secret in secrets)
    written = "".join(path.read_text() for path in rendered.files.values())
    assert all(secret in written for secret in secrets)
    assert {stat.S_IMODE(path.stat().st_mode) for path in rendered.files.values()} == {0o600}


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_injected_tells_types_apart(kind):
    same = ALTERNATIVES if kind in ALTERNATIVES else (kind,)
    others = [name for other in TYPES if other not in same for name in TYPES[other]["injectors"]["env"]]
    assert not set(TYPES[kind]["injectors"]["env"]) & set(others)


@pytest.mark.parametrize("empty", [{}, "", None])
@pytest.mark.parametrize("kind", APPS)
def test_what_is_not_filled_in_is_not_set(kind, filled, options_in, empty):
    needed = {name: filled[kind][name] for name in TYPES[kind]["inputs"]["required"]}
    if empty != {}:
        needed = {**dict.fromkeys(fields(kind, type="string"), empty), **needed}
    found = options_in(kind, needed)
    given = {name for name, value in found.items() if value is not None}
    own = set() if kind == "github_app" else {"api_url", "validate_certs"}
    assert given - own == {"app_id", "private_key_path"}
    assert server_from(found) == server_from({})
    assert credentials_from(found).app.app_id == "1001"


@pytest.mark.parametrize("kind", APPS)
def test_an_app_is_what_was_filled_in(kind, filled, options_in, standin):
    found = options_in(kind, filled[kind])
    server = server_from(found)
    assert server.api_url == "https://github.example.com/api/v3"
    assert found["installation_id"] == 2001
    with open(server.verify) as certificates:
        assert certificates.read() == filled[kind]["ca_cert"]
    app = credentials_from(found).app
    assert app.app_id == "1001"
    assert app.client_id is None
    key = credentials_from({"app_id": "1", "private_key": standin.private_key("hubops-demo")}).app
    assert fingerprint(app) == fingerprint(key)


@pytest.mark.parametrize("given", ["Iv1.standin-demo", " Iv23liABCDEF0123 "])
@pytest.mark.parametrize("kind", APPS)
def test_a_client_id_is_told_from_an_app_id(kind, filled, options_in, given):
    app = credentials_from(options_in(kind, {**filled[kind], "app_id": given})).app
    assert app.app_id is None
    assert app.client_id == given.strip()


@pytest.mark.parametrize(
    "given, verify", [({}, True), ({"skip_tls_verify": False}, True), ({"skip_tls_verify": True}, False)]
)
@pytest.mark.parametrize("kind", APPS)
def test_certificates_are_verified_unless_somebody_says_no(kind, filled, options_in, given, verify):
    needed = {name: filled[kind][name] for name in ("app_id", "private_key")}
    assert server_from(options_in(kind, {**needed, **given})).verify is verify
    with_ca = server_from(options_in(kind, {**needed, "ca_cert": filled[kind]["ca_cert"], **given})).verify
    assert isinstance(with_ca, str) is verify
    assert bool(with_ca) is verify


def test_the_second_app_never_falls_back_to_the_server_of_the_first_one(filled, tmp_path):
    rendered = render(TYPES["github_app_secondary"], {}, tmp_path)
    assert rendered.variables["GITHUB_APP2_API_URL"] == "https://api.github.com"
    assert rendered.variables["GITHUB_APP2_VALIDATE_CERTS"] == "true"


def test_the_types_of_apps_have_the_same_fields():
    first, second = (copy.deepcopy(TYPES[kind]["inputs"]) for kind in APPS)
    for inputs in (first, second):
        for field in inputs["fields"]:
            field.pop("help_text")
    assert first == second


# The options of each login; the role of an AppRole and of a JWT is the same field.
LOGINS = {
    "vault_secret_id": "vault_secret_id_path",
    "vault_jwt_path": "vault_jwt_path",
    "vault_token": "vault_token_path",
}


@pytest.mark.parametrize("login", LOGINS)
def test_a_key_in_vault_is_used_with_each_login(login, filled, options_in):
    own = {name: value for name, value in filled["github_app_vault"].items() if name not in LOGINS or name == login}
    if login == "vault_token":
        own.pop("vault_role_id")
    found = {name: value for name, value in options_in("github_app_vault", own).items() if value is not None}
    assert [name for name in LOGINS.values() if name in found] == [LOGINS[login]]
    assert found["enterprise"] == "octo-enterprise"
    for name in ("vault_url", "vault_namespace", "vault_transit_key", "vault_transit_mount", "vault_auth_mount"):
        assert found[name] == own[name]
    with open(found["vault_ca_path"]) as certificates:
        assert certificates.read() == own["vault_ca_cert"]
    if login != "vault_jwt_path":  # a JWT is not in the credential, and its file is not there
        credentials_from(found)


def test_a_key_in_aws_kms_has_the_credentials_in_a_file(filled, tmp_path, options_in):
    found = options_in("github_app_aws_kms", filled["github_app_aws_kms"])
    assert (found["aws_kms_key"], found["aws_kms_region"]) == ("alias/github-app", "eu-central-1")
    rendered = render(TYPES["github_app_aws_kms"], filled["github_app_aws_kms"], tmp_path)
    path = rendered.variables_in(tmp_path)["AWS_SHARED_CREDENTIALS_FILE"]
    parser = configparser.ConfigParser()
    parser.read(path)
    assert dict(parser["default"]) == {
        "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key": "a-secret-access-key",
    }


def test_without_an_access_key_boto3_reads_the_usual_file(filled, tmp_path):
    own = {**filled["github_app_aws_kms"], "secret_access_key": ""}
    variables = render(TYPES["github_app_aws_kms"], own, tmp_path).variables
    assert variables["AWS_SHARED_CREDENTIALS_FILE"] == "~/.aws/credentials"


def test_a_command_finds_its_secret_in_a_file(filled, tmp_path, options_in):
    own = filled["github_app_command"]
    assert options_in("github_app_command", own)["signer_command"] == own["signer_command"]
    rendered = render(TYPES["github_app_command"], own, tmp_path)
    with open(rendered.variables_in(tmp_path)["GITHUB_APP_SIGNER_SECRET_PATH"]) as secret:
        assert secret.read() == own["signer_secret"]


@pytest.mark.parametrize("kind", SIGNERS)
def test_what_is_not_filled_in_is_not_set_for_a_signer(kind, filled, options_in):
    needed = {name: filled[kind][name] for name in TYPES[kind]["inputs"]["required"]}
    found = {name for name, value in options_in(kind, needed).items() if value is not None}
    assert found == set(needed)


@pytest.mark.parametrize("kind", SIGNERS)
def test_a_key_and_a_signer_in_one_job_are_an_error(kind, filled, tmp_path, options_in):
    with pytest.raises(OptionError, match=r"GITHUB_APP_PRIVATE_KEY_PATH|private_key_path"):
        credentials_from(
            {
                **options_in(kind, {**filled[kind], "vault_token": "", "vault_jwt_path": ""}),
                "private_key_path": str(tmp_path / "key.pem"),
            }
        )


def test_an_oauth_app_and_a_token_are_what_was_filled_in(filled, options_in):
    oauth = credentials_from(options_in("github_oauth_app", filled["github_oauth_app"]))
    assert oauth.oauth_app == OAuthApp("standin-oauth-client", "standin-oauth-secret")
    token = credentials_from(options_in("github_token", filled["github_token"]))
    assert token.user_token == "standin-pat-classic-admin"


@pytest.mark.parametrize("kind", TYPES)
def test_a_credential_without_anything_is_no_credential(kind, options_in):
    found = credentials_from(options_in(kind, {}))
    assert found.app is None
    assert found.oauth_app is None
    assert found.user_token is None
