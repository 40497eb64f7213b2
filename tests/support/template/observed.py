"""What the functions ask of AWS while the story is told: it is told once in a process, on tables of its own."""

from __future__ import annotations

import sys
import uuid
from functools import cache
from importlib import import_module

import boto3
import pytest
from moto import mock_aws

from customers.store.aws.signing import SigningKey
from tests.operations.conftest import Shop
from tests.support.auth.keys import ISSUER, ec_key, inline, jwks, mint
from tests.support.exports import create_bucket, create_exports, create_workflow
from tests.support.hash_keys import create_keys
from tests.support.tables import create_tables, dynamodb
from tests.support.template import story, story_erasure, story_people
from tests.support.template.acting import Acting
from tests.support.template.deployed import functions, properties

KEY = ec_key()


def the_door_opens(told: story.Story) -> None:
    """To who is of a branch that is registered."""
    shop = told.shop.enterprise
    token = mint(KEY, "key", enterprise_id=shop, merchant_id="merchant-1", branch_id="branch-1")
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/v1/GET/partner/customers/lookup"
    headers = {"Authorization": f"Bearer {token}"}
    event = {"type": "REQUEST", "headers": headers, "methodArn": arn, "requestContext": {"requestId": "r"}}
    policy = told.run("AuthorizerFunction", event)["policyDocument"]
    assert [each["Effect"] for each in policy["Statement"]] == ["Allow"]


CHAPTERS = [
    story.everyone_is_told_of,
    story.what_follows_is_derived,
    story.what_is_recorded_is_published,
    the_door_opens,
    story.tills_and_offices_read,
    story.a_session_is_held,
    story_people.people_are_corrected_and_verified,
    story_people.people_are_merged,
    story_people.people_have_their_data,
    story_erasure.one_waits_for_money,
    story_erasure.one_is_deleted,
    story.a_load_is_sent_in_parts,
]


@cache
def observed() -> Acting:
    """What has been asked for by the end of the story."""
    with mock_aws(), pytest.MonkeyPatch.context() as monkeypatch:
        tables = dynamodb()
        create_tables(tables)
        create_bucket()
        create_keys()
        create_exports()
        create_workflow("ErasureWorkflow")
        _prepare(monkeypatch)
        acting = Acting()
        acting.install(monkeypatch)
        told = story.Story(Shop(str(uuid.uuid4())), tables, acting, monkeypatch)
        for chapter in CHAPTERS:
            chapter(told)
        return acting


def _prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the functions' environment names, in memory."""
    for queue in properties("AWS::SQS::Queue"):
        boto3.client("sqs").create_queue(QueueName=queue)
    boto3.client("events").create_event_bus(Name="FactsBus")
    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/receipts", TargetKeyId=key)
    sealing = kms.create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/refused-facts", TargetKeyId=sealing)
    for name, value in {"ISSUER": ISSUER, "JWKS_URL": "", "JWKS": inline(jwks({"key": KEY}))}.items():
        monkeypatch.setenv(name, value)
    # They ask for keys once in a process, perhaps before the story.
    for each in functions().values():
        if {"ISSUER", "CURSOR_KEY"} & each["Environment"]["Variables"].keys():
            monkeypatch.delitem(sys.modules, each["Handler"].removesuffix(".handler"), raising=False)
    # The public key is asked for once in a process, perhaps before the story.
    monkeypatch.setattr(SigningKey, "jwk", property(vars(SigningKey)["jwk"].func))
    import_module("front.capabilities").answer.cache_clear()
    monkeypatch.setattr("time.sleep", lambda _: None)
