# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose the signer that the options describe."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.aws_kms import aws_kms_signer
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.command import command_signer
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import (
    ReadSecret,
    Signer,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.vault_options import vault_signer

# By the option that selects the signer.
FACTORIES: Dict[str, Callable[[Mapping[str, Any], str, ReadSecret], Signer]] = {
    "signer_command": command_signer,
    "vault_transit_key": vault_signer,
    "aws_kms_key": aws_kms_signer,
}


def choose_signer(name: str, options: Mapping[str, Any], option: str, read_secret: ReadSecret) -> Signer:
    """The signer that an option selects. :param name: of the option. :param option: the same, for messages."""
    return FACTORIES[name](options, option, read_secret)
