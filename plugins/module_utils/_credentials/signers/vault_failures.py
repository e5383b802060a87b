# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe why HashiCorp Vault or OpenBao did not sign."""

from __future__ import annotations

from typing import Any, Mapping, Set

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import sentence_for

# By the names of the exceptions of hvac and requests, whose own texts can contain secrets; more specific ones first.
SENTENCES = (
    (
        {"RejectedLogin"},
        "Vault at {url} rejected the login with {login}. Check the login options, including vault_auth_mount.",
    ),
    (
        {"Forbidden", "Unauthorized"},
        "Vault at {url} does not allow signing with this key (authenticated with {login}). The token must be valid, and"
        " have a policy with the capability update on {mount}/sign/{key}.",
    ),
    ({"UnknownKey"}, "Vault at {url} has no such key. Check vault_transit_key, or import the key into {mount}."),
    (
        {"InvalidPath"},
        "Vault at {url} has no secrets engine at {mount}. Check vault_transit_mount and vault_namespace.",
    ),
    ({"InvalidRequest"}, "Vault at {url} cannot sign with this key. {requirement}"),
    ({"VaultDown"}, "Vault at {url} is sealed or in maintenance mode. Ask its operators to unseal it."),
    ({"VaultError"}, "Vault at {url} failed to sign ({kind}). The logs of Vault contain the reason."),
    ({"SSLError"}, "The certificate of Vault at {url} cannot be verified. Set vault_ca_path to the CA of the server."),
    (
        {"Timeout"},
        "Vault at {url} did not respond within {timeout} s. Check vault_url and the network, or raise signer_timeout.",
    ),
    ({"ConnectionError"}, "Vault at {url} cannot be reached. Check vault_url, the network, and HTTPS_PROXY."),
    (
        {"Exception"},
        "The response from {url} was not sent by Vault ({kind}). Check vault_url and vault_ca_path, and whether a proxy"
        " intercepts the request.",
    ),
)


def describe_failure(error: Exception, is_logged_in: bool, values: Mapping[str, Any]) -> str:
    """A sentence about an exception. :param values: values of the placeholders."""
    return sentence_for(names_of(error, is_logged_in), SENTENCES).format(**values, kind=type(error).__name__)


def names_of(error: Exception, is_logged_in: bool) -> Set[str]:
    """The names of an exception in `SENTENCES`."""
    names = {kind.__name__ for kind in type(error).__mro__}
    texts = str(getattr(error, "errors", ""))
    if not is_logged_in and names & {"InvalidRequest", "Unauthorized", "Forbidden", "InvalidPath"}:
        return {"RejectedLogin"}
    if "InvalidRequest" in names and "key not found" in texts:
        return {"UnknownKey"}
    return {"Forbidden"} if "missing client token" in texts else names
