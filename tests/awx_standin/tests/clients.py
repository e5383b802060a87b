# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWX with clients for its users, and records for the tests."""

from __future__ import annotations

from typing import Any

import requests

from awx_standin import AwxStandIn

PLAYBOOK = "- hosts: localhost\n  gather_facts: false\n  tasks: []\n"
KEY = "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n" % ("A" * 120)
APP_TYPE = {
    "name": "App",
    "kind": "cloud",
    "inputs": {
        "fields": [
            {"id": "app_id", "label": "App", "type": "string", "help_text": "Its number"},
            {"id": "private_key", "label": "Key", "type": "string", "secret": True, "format": "ssh_private_key"},
            {"id": "skip", "label": "Skip", "type": "boolean"},
        ],
        "required": ["app_id"],
    },
    "injectors": {
        "file": {"template.key": "{{ private_key }}"},
        "env": {"APP_ID": "{{ app_id }}", "APP_KEY_FILE": "{{ tower.filename.key }}", "APP_SKIP": "{{ skip }}"},
    },
}


class Client:
    """Client for a user."""

    def __init__(self, url: str, **options: Any) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        for name, value in options.items():
            setattr(self.http, name, value)

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        place = path if path.startswith("/") else f"/api/v2/{path}"
        return self.http.request(method, self.url + place, timeout=30, **more)

    def get(self, path: str, **query: Any) -> Any:
        """Return a resource."""
        answer = self("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, resource: str, **values: Any) -> Any:
        """Create a record."""
        answer = self("POST", f"{resource}/", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(self, method: str, path: str, **values: Any) -> tuple[int, Any]:
        """Return AWX's error."""
        answer = self(method, path, json=values)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()

    def change(self, path: str, **values: Any) -> Any:
        """Change a record and return it."""
        answer = self("PATCH", path, json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def link(self, path: str, number: int, **more: Any) -> requests.Response:
        """Add a record to another record's list."""
        return self("POST", path, json={"id": number, **more})


class Awx(AwxStandIn):
    """An AWX with users and what every job template needs."""

    def client(self, token: str) -> Client:
        """Return a client for a user."""
        return Client(self.url, headers={"Authorization": f"Bearer {token}"})

    @property
    def admin(self) -> Client:
        return self.client(self.token)

    @property
    def refresher(self) -> Client:
        return self.client(self.user_token)

    def number(self, resource: str, name: str) -> int:
        """Return the ID of a record."""
        (found,) = self.admin.get(f"{resource}/", name=name)["results"]
        return found["id"]

    def number_of_user(self, name: str) -> int:
        """Return the ID of a user."""
        (found,) = self.admin.get("users/", username=name)["results"]
        return found["id"]

    def credential(self, kind: str, name: str, **inputs: Any) -> Any:
        """Create a credential of the organization Default."""
        organization, number = self.number("organizations", "Default"), self.number("credential_types", kind)
        values = {"name": name, "organization": organization, "credential_type": number, "inputs": inputs}
        return self.admin.make("credentials", **values)

    def project(self, url: str, **more: Any) -> Any:
        """Create a project."""
        values = {"name": "Project", "organization": self.number("organizations", "Default"), "scm_type": "git"}
        return self.admin.make("projects", **{**values, "scm_url": str(url), **more})

    def template(self, project: int, playbook: str = "site.yml", **more: Any) -> Any:
        """Create a job template, and an inventory with the same name."""
        organization, name = self.number("organizations", "Default"), more.get("name", "Template")
        inventory = self.admin.make("inventories", name=name, organization=organization)
        values = {"name": name, "project": project, "playbook": playbook, "inventory": inventory["id"]}
        return self.admin.make("job_templates", **{**values, **more})
