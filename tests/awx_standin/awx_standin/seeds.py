# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The initial contents of each AWX: an organization, users, an execution environment, and managed types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .basics import Record

if TYPE_CHECKING:
    from .state import Awx

ADMIN_TOKEN, USER_TOKEN = "standin-awx-admin-token", "standin-awx-user-token"
USERNAME, PASSWORD = "admin", "standin-awx-password"
USER, USER_PASSWORD = "refresher", "standin-awx-user-password"


def secret(name: str, label: str, **more: object) -> Record:
    """Return a field that is not shown."""
    return {"id": name, "label": label, "type": "string", "secret": True, **more}


def text(name: str, label: str) -> Record:
    """Return a field that is shown."""
    return {"id": name, "label": label, "type": "string"}


def boolean(name: str, label: str) -> Record:
    """Return a boolean field."""
    return {"id": name, "label": label, "type": "boolean"}


CONTROLLER = {
    "HOST": "host",
    "USERNAME": "username",
    "PASSWORD": "password",
    "OAUTH_TOKEN": "oauth_token",
    "VERIFY_SSL": "verify_ssl",
}
CONTROLLER_ENV = {
    f"{prefix}_{name}": "{{ %s }}" % field for prefix in ("TOWER", "CONTROLLER") for name, field in CONTROLLER.items()
}
SOURCE_CONTROL = [
    text("username", "Username"),
    secret("password", "Password"),
    secret("ssh_key_data", "SCM Private Key", multiline=True, format="ssh_private_key"),
    secret("ssh_key_unlock", "Private Key Passphrase"),
]
REGISTRY = [
    text("host", "Authentication URL"),
    text("username", "Username"),
    secret("password", "Password or Token"),
    boolean("verify_ssl", "Verify SSL"),
]
PLATFORM = [
    text("host", "Red Hat Ansible Automation Platform"),
    text("username", "Username"),
    secret("password", "Password"),
    secret("oauth_token", "OAuth Token"),
    boolean("verify_ssl", "Verify SSL"),
]
# name, kind, namespace, fields, required fields, environment of jobs
TYPES: tuple[tuple[str, str, str, list[Record], list[str], Record], ...] = (
    ("Source Control", "scm", "scm", SOURCE_CONTROL, [], {}),
    ("Container Registry", "registry", "registry", REGISTRY, ["host"], {}),
    ("Red Hat Ansible Automation Platform", "cloud", "controller", PLATFORM, ["host"], CONTROLLER_ENV),
)


def plant(awx: Awx) -> None:
    """Add the seeds to an empty AWX."""

    def store(resource: str, **values: object) -> Record:
        return awx.resources[resource].store({**awx.resources[resource].defaults(), **values})

    store("organizations", name="Default")
    admin = store("users", username=USERNAME, password=PASSWORD, is_superuser=True)
    user = store("users", username=USER, password=USER_PASSWORD)
    store("execution_environments", name="AWX EE (latest)", image="quay.io/ansible/awx-ee:latest", managed=False)
    for name in ("controlplane", "default"):
        store("instance_groups", name=name)
    for name, kind, namespace, fields, required, environment in TYPES:
        injectors = {"env": environment} if environment else {}
        inputs = {"fields": fields, "required": required}
        known = {"kind": kind, "namespace": namespace, "managed": True, "inputs": inputs, "injectors": injectors}
        store("credential_types", name=name, **known)
    awx.tokens.add(ADMIN_TOKEN, admin)
    awx.tokens.add(USER_TOKEN, user)
