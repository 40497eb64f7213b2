"""The HMAC keys of the template in memory, and the same secret without KMS."""

from __future__ import annotations

import hmac
import os

from moto.kms.models import kms_backends

from tests.support.dynamodb import quicker_botocore
from tests.support.tables import template

REGION = "us-east-1"
_MATERIAL = b"a secret of the tests"


def secret(purpose: str) -> bytes:
    """What the functions get from KMS in these tests."""
    return hmac.digest(_MATERIAL, purpose.encode(), "sha256")


def create_keys() -> None:
    """Create the keys that the functions' environment names. Call inside `mock_aws`.

    The material is always the same: what a process has derived is right in every module's own tables.
    """
    client = quicker_botocore.client("kms")
    for variable, name in (("PSEUDONYM_KEY", "PseudonymKey"), ("CURSOR_KEY", "CursorKey")):
        described = template()["Resources"][name]["Properties"]
        made = client.create_key(KeySpec=described["KeySpec"], KeyUsage=described["KeyUsage"])["KeyMetadata"]
        kms_backends[made["AWSAccountId"]][REGION].keys[made["KeyId"]].key_material = _MATERIAL
        client.create_alias(AliasName=os.environ[variable], TargetKeyId=made["KeyId"])
