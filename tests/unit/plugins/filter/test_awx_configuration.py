# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables for infra.aap_configuration have what the role would send, and no secrets."""

from __future__ import annotations

import pytest
import yaml
from rendering import TYPES

from ansible_collections.hubops.github_apps.plugins.plugin_utils._filters.awx_configuration import format_configuration

APP = {"name": "GitHub App", "credential_type": "GitHub App", "private_key_path": "key.pem", "inputs": {"app_id": 1}}
DATA = {"organization": "Default", "credential_types": list(TYPES.values()), "credentials": [APP]}
JOBS = {
    "project": "Jobs",
    "inventory": "Empty",
    "installations_inventory": "",
    "job_templates": [{"name": "Audit", "playbook": "audit.yml", "rrule": "DTSTART"}],
}


class Loader(yaml.SafeLoader):
    """Reads `!unsafe` as a tuple, to distinguish it from text that Ansible evaluates."""


Loader.add_constructor("!unsafe", lambda loader, node: ("unsafe", loader.construct_scalar(node)))


def configuration(**changes):
    return yaml.load(text(**changes), Loader)


def text(**changes):
    return str(format_configuration({**DATA, **changes}, list(TYPES.values())))


def without_marks(value):
    if isinstance(value, dict):
        return {name: without_marks(item) for name, item in value.items()}
    if isinstance(value, list):
        return [without_marks(item) for item in value]
    return value[1] if isinstance(value, tuple) else value


def test_credential_types_are_the_same_and_their_templates_are_not_evaluated():
    types = configuration()["controller_credential_types"]
    assert without_marks(types) == list(TYPES.values())
    assert types[0]["injectors"]["file"]["template.private_key"] == ("unsafe", "{{ private_key }}")


def test_secrets_are_variables():
    (credential,) = configuration()["controller_credentials"]
    assert credential["inputs"] == {"app_id": "1", "private_key": "{{ github_app_private_key }}"}
    assert "#   github_app_private_key: private_key of the credential 'GitHub App'\n" in text()
    assert "key.pem" not in text()


@pytest.mark.parametrize(
    ("credential_type", "inputs", "shown"),
    [
        ("GitHub Token", {"token": "hush"}, {"token": "{{ c_token }}"}),
        ("GitHub OAuth App", {"client_id": "x", "client_secret": ""}, {"client_id": "x"}),
        ("GitHub App", {"skip_tls_verify": True}, {"skip_tls_verify": True}),
        ("Unknown", {"host": "h", "other": "hush"}, {"host": "h", "other": "{{ c_other }}"}),
    ],
)
def test_only_inputs_that_are_not_secret_are_shown(credential_type, inputs, shown):
    item = {"name": "C", "credential_type": credential_type, "inputs": inputs}
    assert configuration(credentials=[item])["controller_credentials"][0]["inputs"] == shown
    assert "hush" not in text(credentials=[item])


def test_certificates_are_read_from_their_file():
    (credential,) = configuration(credentials=[{**APP, "ca_path": "ca.pem"}])["controller_credentials"]
    assert credential["inputs"]["ca_cert"] == "{{ lookup('ansible.builtin.file', \"ca.pem\") }}"


def test_job_templates_have_the_defaults_of_the_role():
    rendered = configuration(**JOBS, execution_environment="EE")
    assert rendered["controller_templates"] == [
        {
            "name": "Audit",
            "playbook": "audit.yml",
            "organization": "Default",
            "project": "Jobs",
            "job_type": "run",
            "inventory": "Empty",
            "credentials": ["GitHub App"],
            "execution_environment": "EE",
        }
    ]
    assert rendered["controller_schedules"][0]["unified_job_template"] == "Audit"
    assert "controller_projects" not in rendered, "without a URL, the project exists"


def test_values_with_templates_are_not_evaluated():
    template = {"name": "T", "playbook": "t.yml", "extra_vars": {"a": "{{ b }}"}, "survey_spec": {"spec": []}}
    (rendered,) = configuration(**{**JOBS, "job_templates": [template]})["controller_templates"]
    assert rendered["extra_vars"] == {"a": ("unsafe", "{{ b }}")}
    assert rendered["survey_enabled"] is True


def test_an_inventory_of_installations_has_a_source():
    rendered = configuration(**{**JOBS, "installations_inventory": "All", "installations_source": "all.yml"})
    assert [item["name"] for item in rendered["controller_inventories"]] == ["Empty", "All"]
    (source,) = rendered["controller_inventory_sources"]
    assert (source["credential"], source["source_project"], source["source_path"]) == ("GitHub App", "Jobs", "all.yml")


def test_nothing_but_credentials_without_a_project():
    assert sorted(configuration()) == ["controller_credential_types", "controller_credentials"]
