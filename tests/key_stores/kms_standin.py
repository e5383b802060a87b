# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS Key Management Service of moto (https://docs.getmoto.org), with the private key of an app."""

from __future__ import annotations

import logging
from typing import Any, Dict

import boto3
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from moto.core import DEFAULT_ACCOUNT_ID
from moto.kms.models import kms_backends
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
ALIAS = "alias/github-app"
SECRET_ACCESS_KEY = "kms-standin-secret-access-key"


class KmsStandIn(ThreadedMotoServer):
    """A running server. :ivar environment: environment variables of a client. :ivar client: a client of boto3.
    :ivar signatures: number of signatures with keys that were added.
    """

    def __init__(self) -> None:
        super().__init__("127.0.0.1", port=0, verbose=False)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.signatures = 0
        self.start()
        host, port = self.get_host_and_port()
        self.url = f"http://{host}:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL_KMS": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_REGION": REGION,
        }
        self.client = boto3.client(
            "kms",
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=SECRET_ACCESS_KEY,
        )

    def add_key(self, private_key: str) -> Dict[str, str]:
        """Add a key with the alias `ALIAS`, and return its metadata. moto cannot import key material by itself."""
        created: Dict[str, str] = self.client.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        key = kms_backends[DEFAULT_ACCOUNT_ID][REGION].keys[created["KeyId"]]
        key.private_key.private_key = load_pem_private_key(private_key.encode(), None)
        sign = key.private_key.sign

        def count(*arguments: Any) -> Any:
            self.signatures += 1
            return sign(*arguments)

        key.private_key.sign = count
        if any(alias["AliasName"] == ALIAS for alias in self.client.list_aliases()["Aliases"]):
            self.client.delete_alias(AliasName=ALIAS)
        self.client.create_alias(AliasName=ALIAS, TargetKeyId=created["KeyId"])
        return created

    def __enter__(self) -> KmsStandIn:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
