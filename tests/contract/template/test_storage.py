"""What is kept outside the tables: files of exports, and the key that signs receipts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.domain.export import OBJECT_LIVES, URL_LIVES
from customers.edge.http.capabilities import RETENTION_DAYS
from tests.support.template.deployed import properties, resources

BUCKETS = properties("AWS::S3::Bucket")
WAITS = timedelta(days=14)
"""As long as a fact may wait in a queue."""


@pytest.mark.parametrize("name", BUCKETS)
def test_every_bucket_is_private_and_encrypted_and_forgets(name: str) -> None:
    bucket = BUCKETS[name]
    public = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(public, True)
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["BucketEncryption"] == {"ServerSideEncryptionConfiguration": [encryption]}
    days = {"ExportsBucket": OBJECT_LIVES.days, "LoadsBucket": WAITS.days}[name]
    assert OBJECT_LIVES.days == RETENTION_DAYS["exports"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    # Of every file, whatever it is called.
    assert rule == {
        "Id": rule["Id"],
        "Status": "Enabled",
        "ExpirationInDays": days,
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    # A deletion leaves nothing behind, and no log records a link.
    assert not {"VersioningConfiguration", "LoggingConfiguration", "ObjectLockEnabled"} & set(bucket)


@pytest.mark.parametrize("name", BUCKETS)
def test_a_bucket_of_an_account_takes_tls_only_and_no_link_that_lives_longer_than_ours(name: str) -> None:
    policy = properties("AWS::S3::BucketPolicy")[f"{name}Policy"]
    # There are links to exports only.
    links = name == "ExportsBucket"
    milliseconds = str(int(URL_LIVES.total_seconds() * 1000))
    denied = {"Effect": "Deny", "Principal": "*"}
    assert policy == {
        "Bucket": name,
        "PolicyDocument": {
            "Statement": [
                {
                    **denied,
                    "Action": "s3:*",
                    "Resource": [f"{name}.Arn", f"{name}.Arn/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    **denied,
                    "Action": "s3:GetObject",
                    "Resource": f"{name}.Arn/*",
                    "Condition": {"NumericGreaterThan": {"s3:signatureAge": milliseconds}},
                },
            ][: 2 if links else 1]
        },
    }
    # The emulator has no TLS.
    assert f"{name}Policy" not in resources(IsLocal="true")


ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:AWS::Partition:iam::AWS::AccountId:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@pytest.mark.parametrize("name", ["PseudonymKey", "CursorKey"])
def test_the_keys_that_derive_others_make_codes_and_nothing_else(name: str) -> None:
    key = properties("AWS::KMS::Key")[name]
    assert (key["KeySpec"], key["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    assert key["KeyPolicy"] == {"Version": "2012-10-17", "Statement": [ACCOUNT]}
    # KMS does not rotate such a key by itself.
    assert not {"EnableKeyRotation", "Enabled"} & set(key)


def test_the_key_of_pseudonyms_outlives_the_stack_and_may_be_copied_to_another_region() -> None:
    """Neither can be added later: a key becomes multi-Region only as it is made, and a lost one is lost."""
    key = resources()["PseudonymKey"]
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert key["Properties"]["MultiRegion"] is True
    assert "DeletionPolicy" not in resources()["CursorKey"]


def test_the_key_of_receipts_signs_as_their_readers_verify_and_is_the_accounts() -> None:
    """ES256 of the JSON Web Signatures is a digest of SHA-256 signed by a key of P-256."""
    key = properties("AWS::KMS::Key")["ReceiptsKey"]
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
    assert key["KeyPolicy"]["Version"] == "2012-10-17"
    assert key["KeyPolicy"]["Statement"] == [ACCOUNT]
    # A key that signs cannot be rotated, and a receipt is verified by the key that signed it.
    assert not {"EnableKeyRotation", "PendingWindowInDays", "Enabled", "MultiRegion"} & set(key)


def test_the_key_of_what_nobody_can_read_is_rotated_and_is_the_accounts() -> None:
    assert set(properties("AWS::KMS::Key")) == {"CursorKey", "PseudonymKey", "ReceiptsKey", "RefusedFactsKey"}
    key = properties("AWS::KMS::Key")["RefusedFactsKey"]
    account = {"AWS": "arn:AWS::Partition:iam::AWS::AccountId:root"}
    (statement,) = key["KeyPolicy"]["Statement"]
    assert statement == {"Effect": "Allow", "Principal": account, "Action": "kms:*", "Resource": "*"}
    assert set(key) == {"Description", "EnableKeyRotation", "KeyPolicy"}
    assert key["EnableKeyRotation"] is True
