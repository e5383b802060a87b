# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for HashiCorp Vault: the transit secrets engine, and logins with AppRole and JWT.

It behaves as documented at https://developer.hashicorp.com/vault/api-docs: secret/transit, auth/approle, auth/jwt,
auth/token, and "HTTP status codes".

    python -m vault_standin --private-key FILE --state FILE

runs a server with the key `github-app` and writes the environment variables of a client to the state file.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

HASHES = {"sha2-256": SHA256(), "sha2-512": SHA512()}
SIGN, READ = "update", "read"  # capabilities


class Reply(NamedTuple):
    status: int
    body: Any = None


class Refusal(Exception):
    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.reply = Reply(status, {"errors": list(errors)})


@dataclass
class JwtRole:
    """:param public_key: verifies the JWTs, as PEM. :param audience: that of the JWTs. :param subject: that of the job."""

    public_key: str
    audience: str
    subject: str
    policies: Set[str]


@dataclass
class State:
    """:param keys: private keys by name; None is a symmetric key. :param tokens: the policies of each token.
    :param policies: capabilities by path. :param secret_ids: of each role ID. :param fault: replaces each reply.
    :param delay: seconds before each reply. :param revoked: tokens that revoked themselves.
    """

    keys: Dict[str, Any] = field(default_factory=dict)
    tokens: Dict[str, Set[str]] = field(default_factory=dict)
    policies: Dict[str, Dict[str, Set[str]]] = field(default_factory=dict)
    secret_ids: Dict[str, Tuple[str, Set[str]]] = field(default_factory=dict)
    jwt_roles: Dict[str, JwtRole] = field(default_factory=dict)
    mounts: Dict[str, str] = field(
        default_factory=lambda: {"transit": "transit", "auth/approle": "approle", "auth/jwt": "jwt"}
    )
    namespace: str = ""
    is_sealed: bool = False
    fault: Optional[Reply] = None
    delay: float = 0
    log: List[str] = field(default_factory=list)
    revoked: List[str] = field(default_factory=list)


def data_reply(data: Mapping[str, Any]) -> Reply:
    common = {"request_id": "0", "lease_id": "", "renewable": False, "lease_duration": 0, "wrap_info": None}
    return Reply(200, {**common, "data": data, "warnings": None, "auth": None})


def sign(state: State, path: List[str], body: Mapping[str, Any]) -> Reply:
    name, *url_hash = path
    if name not in state.keys:
        raise Refusal(400, "signing key not found")
    key = state.keys[name]
    if key is None:
        raise Refusal(400, "key type aes256-gcm96 does not support signing")
    algorithm = (url_hash or [body.get("hash_algorithm", "sha2-256")])[0]
    if algorithm not in HASHES:
        raise Refusal(400, f'invalid hash algorithm "{algorithm}"')
    try:
        text = base64.b64decode(body.get("input", ""), validate=True)
    except binascii.Error:
        raise Refusal(400, "unable to decode input as base64: illegal base64 data at input byte 0") from None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        signature = key.sign(text, ec.ECDSA(HASHES[algorithm]))
    elif body.get("signature_algorithm", "pss") == "pkcs1v15":
        signature = key.sign(text, padding.PKCS1v15(), HASHES[algorithm])
    else:
        longest = padding.PSS(padding.MGF1(HASHES[algorithm]), padding.PSS.MAX_LENGTH)
        signature = key.sign(text, longest, HASHES[algorithm])
    return data_reply({"key_version": 1, "signature": "vault:v1:" + base64.b64encode(signature).decode()})


def read_key(state: State, path: List[str], _body: Mapping[str, Any]) -> Reply:
    (name,) = path
    key = state.keys.get(name)
    if key is None:
        raise Refusal(404)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    kind = "rsa-2048" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa-p256"
    version = {"name": kind, "creation_time": "2026-11-01T00:00:00Z", "public_key": pem, "certificate_chain": ""}
    return data_reply({"name": name, "type": kind, "latest_version": 1, "keys": {"1": version}, "exportable": False})


def approle_login(state: State, _path: List[str], body: Mapping[str, Any]) -> Reply:
    if not body.get("role_id"):
        raise Refusal(400, "missing role_id")
    secret_id, policies = state.secret_ids.get(body["role_id"], ("", set()))
    if secret_id and not body.get("secret_id"):
        raise Refusal(400, "missing secret_id")
    if body["role_id"] not in state.secret_ids or (secret_id and body["secret_id"] != secret_id):
        raise Refusal(400, "invalid role or secret ID")
    return login(state, policies)


def jwt_login(state: State, _path: List[str], body: Mapping[str, Any]) -> Reply:
    if not body.get("jwt"):
        raise Refusal(400, "missing token")
    role = state.jwt_roles.get(body.get("role") or "")
    if not role:
        raise Refusal(400, f'role "{body.get("role")}" could not be found')
    try:
        claims = jwt.decode(body["jwt"], role.public_key, algorithms=["RS256"], audience=role.audience)
    except jwt.PyJWTError:
        raise Refusal(400, "error validating token: error verifying token signature") from None
    if claims.get("sub") != role.subject:
        raise Refusal(400, "error validating token: invalid subject (sub) claim")
    return login(state, role.policies)


def login(state: State, policies: Set[str]) -> Reply:
    token = f"hvs.{secrets.token_urlsafe(70)}"
    state.tokens[token] = policies
    auth = {"client_token": token, "policies": sorted(policies), "lease_duration": 1200, "renewable": True}
    return Reply(200, {"request_id": "0", "data": None, "auth": {**auth, "accessor": "0", "token_type": "service"}})


# By engine or auth method, operation and method: the capability (none without a token), and the function.
ROUTES: Dict[Tuple[str, str], Tuple[str, str, Callable[[State, List[str], Mapping[str, Any]], Reply]]] = {
    ("transit", "sign"): ("POST", SIGN, sign),
    ("transit", "keys"): ("GET", READ, read_key),
    ("approle", "login"): ("POST", "", approle_login),
    ("jwt", "login"): ("POST", "", jwt_login),
}


def answer(state: State, method: str, path: str, token: Optional[str], body: Mapping[str, Any]) -> Reply:
    """Return the reply to a request. The path has no /v1."""
    if state.is_sealed:
        raise Refusal(503, "Vault is sealed")
    if path == "auth/token/revoke-self":
        if token not in state.tokens:
            raise Refusal(403, "permission denied")
        del state.tokens[token]
        state.revoked.append(token)
        return Reply(204)
    mount = next((mount for mount in state.mounts if path.startswith(f"{mount}/")), None)
    if mount is None:
        raise Refusal(404, f'no handler for route "{path}". route entry not found.')
    operation, *rest = path[len(mount) + 1 :].split("/")
    wanted, capability, function = ROUTES.get((state.mounts[mount], operation), ("", "", sign))
    if capability or not wanted:
        if not token:
            raise Refusal(400, "missing client token")
        granted = [state.policies.get(policy, {}).get(path, set()) for policy in state.tokens.get(token, set())]
        if not any(capability in capabilities for capabilities in granted):
            raise Refusal(403, "1 error occurred:\n\t* permission denied\n\n")
    if method not in (wanted, "PUT" if wanted == "POST" else wanted):
        raise Refusal(405, "1 error occurred:\n\t* unsupported operation\n\n")
    return function(state, rest, body)


def issue_jwt(subject: str, private_key: str) -> str:
    """Return a JWT as the platform of a job issues it."""
    return jwt.encode({"sub": subject, "aud": "vault", "exp": time.time() + 600}, private_key, algorithm="RS256")


class Handler(BaseHTTPRequestHandler):
    server: VaultStandIn

    def respond(self) -> None:
        state = self.server.state
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        path = self.path.partition("?")[0]
        state.log.append(f"{self.command} {path}")
        time.sleep(state.delay)
        try:
            if (
                not path.startswith("/v1/")
                or (self.headers.get("X-Vault-Namespace") or "").strip("/") != state.namespace
            ):
                raise Refusal(404, f'no handler for route "{path}". route entry not found.')
            body = json.loads(text or "{}")
            reply = answer(state, self.command, path[len("/v1/") :], self.headers.get("X-Vault-Token"), body)
        except ValueError:
            reply = Refusal(400, "failed to parse JSON input").reply
        except Refusal as refusal:
            reply = refusal.reply
        self.send(state.fault or reply)

    do_GET = do_POST = do_PUT = do_DELETE = respond

    def send(self, reply: Reply) -> None:
        is_json = not isinstance(reply.body, str)
        content = b"" if reply.body is None else (json.dumps(reply.body) if is_json else reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json" if is_json else "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Print nothing."""


class VaultStandIn(ThreadingHTTPServer):
    """A running server. :param certificate: file with a private key and a certificate, for TLS."""

    daemon_threads = True

    def __init__(self, certificate: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = State()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server_port}"

    def __enter__(self) -> VaultStandIn:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()

    def add_key(self, private_key: str) -> None:
        """Add a private key as github-app, with a policy of this name for signing."""
        self.state.keys["github-app"] = load_pem_private_key(private_key.encode(), None)
        self.state.policies["github-app"] = {"transit/sign/github-app": {SIGN}}

    def add_jwt_role(self, name: str, private_key: str) -> str:
        """Add a role for the JWTs of one job that are signed with a private key, and return such a JWT."""
        public_key = load_pem_private_key(private_key.encode(), None).public_key()
        pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        self.state.jwt_roles[name] = JwtRole(pem, "vault", "job", {"github-app"})
        return issue_jwt("job", private_key)

    def add_token(self, *policies: str) -> str:
        token = f"hvs.{secrets.token_urlsafe(70)}"
        self.state.tokens[token] = set(policies)
        return token


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--private-key", required=True, type=Path)
    parser.add_argument("--state", required=True, type=Path)
    arguments = parser.parse_args()
    server = VaultStandIn()
    server.add_key(arguments.private_key.read_text(encoding="utf-8"))
    variables = {"VAULT_ADDR": server.url, "VAULT_TOKEN": server.add_token("github-app")}
    arguments.state.write_text(json.dumps(variables), encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
