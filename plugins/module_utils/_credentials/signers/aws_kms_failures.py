# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe why AWS Key Management Service did not sign."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import sentence_for

# By the error codes of AWS and the names of the exceptions of botocore, whose own texts can contain secrets.
SENTENCES = (
    (
        {"AccessDeniedException"},
        "AWS KMS does not allow the use of this key. The IAM identity needs the permission kms:Sign on the key.",
    ),
    ({"NotFoundException"}, "AWS KMS has no such key in {place}. Check aws_kms_key and aws_kms_region."),
    (
        {"DisabledException", "KMSInvalidStateException"},
        "The key is disabled, has no key material yet, or is about to be deleted. Enable the key, import its material,"
        " or cancel its deletion.",
    ),
    (
        {"InvalidKeyUsageException", "UnsupportedOperationException", "ValidationException"},
        "AWS KMS cannot sign with this key. {requirement}",
    ),
    (
        {
            *(
                "UnrecognizedClientException",
                "InvalidClientTokenId",
                "InvalidSignatureException",
                "SignatureDoesNotMatch",
            ),
            *("ExpiredTokenException", "ExpiredToken", "IncompleteSignature", "AccessDenied"),
        },
        "AWS rejected the credentials ({kind}). Check the AWS credentials on the host that runs the task.",
    ),
    ({"ClientError"}, "AWS KMS failed to sign ({kind}). Check the key in AWS KMS, and run the task again."),
    (
        {"NoRegionError", "InvalidRegionError", "ParamValidationError"},
        "The key cannot be found ({kind}). Set aws_kms_region to its region, or aws_kms_key to its ARN.",
    ),
    (
        {"ConnectTimeoutError", "ReadTimeoutError"},
        "AWS KMS in {place} did not respond within {timeout} s. Check aws_kms_region and the network, or raise"
        " signer_timeout.",
    ),
    (
        {"HTTPClientError", "ConnectionError"},
        "AWS KMS in {place} cannot be reached ({kind}). Check aws_kms_region, the network, and HTTPS_PROXY.",
    ),
    (
        {"Exception"},
        "The library boto3 found no usable AWS credentials ({kind}). Configure them on the host that runs the task.",
    ),
)


def describe_failure(error: Exception, values: Mapping[str, Any]) -> str:
    """A sentence about an exception. :param values: values of the placeholders."""
    names = {kind.__name__ for kind in type(error).__mro__}
    code = str(getattr(error, "response", {}).get("Error", {}).get("Code") or type(error).__name__)
    place = values["region"] or "the default region"
    return sentence_for({code, *names}, SENTENCES).format(**values, kind=code, place=place)
