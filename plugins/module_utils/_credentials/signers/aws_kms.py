# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures of AWS Key Management Service. No other file imports boto3.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import (
    MissingLibraryError,
    SignerError,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.aws_kms_failures import (
    describe_failure,
)
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import (
    ReadSecret,
    timeout_from,
)


@dataclass(frozen=True)
class AwsKmsSigner:
    """:param region: None for that of the environment. :param timeout: seconds to wait for each response."""

    key: str
    region: Optional[str]
    option: str
    timeout: int
    requirement: ClassVar[str] = "aws_kms_key must be a key with the key spec RSA_2048 and the key usage SIGN_VERIFY."

    @property
    def identity(self) -> Tuple[Any, ...]:
        return ("AWS KMS", self.key, self.region)

    def sign(self, data: bytes) -> bytes:
        algorithm = {"MessageType": "RAW", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
        return bytes(self._call("sign", Message=data, **algorithm)["Signature"])

    def public_key(self) -> Optional[bytes]:
        with suppress(SignerError):
            return bytes(self._call("get_public_key")["PublicKey"])
        return None

    def _call(self, method: str, **arguments: Any) -> Any:
        """The response to a request for the key. :param method: of the client of boto3."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise MissingLibraryError("boto3", packages="boto3") from None
        config = Config(connect_timeout=self.timeout, read_timeout=self.timeout, retries={"total_max_attempts": 2})
        try:
            client = boto3.session.Session().client("kms", region_name=self.region, config=config)
            return getattr(client, method)(KeyId=self.key, **arguments)
        except Exception as error:  # of botocore; there are several hierarchies
            reason = describe_failure(error, {**vars(self), "requirement": self.requirement})
            raise SignerError(f"{self.option}: {reason}") from None


def aws_kms_signer(options: Mapping[str, Any], option: str, _read_secret: ReadSecret) -> AwsKmsSigner:
    key = options["aws_kms_key"]
    # boto3 neither uses the region in the ARN of the key, nor AWS_REGION.
    arn = re.match(r"arn:[^:]*:kms:([^:]+):", key)
    region = options.get("aws_kms_region") or (arn[1] if arn else os.environ.get("AWS_REGION"))
    return AwsKmsSigner(key, region, option, timeout_from(options))
