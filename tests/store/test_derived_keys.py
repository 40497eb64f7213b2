"""Keys that KMS derives: always the same, asked for once, and from a key that nobody can take out."""

from __future__ import annotations

import hmac
import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identifiers.pseudonym import pseudonym
from customers.domain.refusals import Unavailable
from customers.store.aws import derived_keys
from customers.store.aws.derived_keys import DerivedKeys
from tests.support.hash_keys import secret

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def asked(tables: DynamoDBClient) -> list[bytes]:
    return []


@pytest.fixture
def keys(asked: list[bytes]) -> DerivedKeys:
    """Notes the messages of which KMS makes codes."""
    client = boto3.client("kms", region_name="us-east-1")
    client.meta.events.register(
        "provide-client-params.kms.GenerateMac", lambda params, **_: asked.append(params["Message"])
    )
    return DerivedKeys(os.environ["PSEUDONYM_KEY"], client)


def test_a_purpose_has_one_key_in_every_process(keys: DerivedKeys) -> None:
    assert keys.key("pseudonyms#acme") == DerivedKeys.of_pseudonyms().key("pseudonyms#acme")
    assert keys.key("pseudonyms#acme") == secret("pseudonyms#acme")
    assert len(keys.key("pseudonyms#acme")) == 32


def test_another_purpose_and_another_enterprise_have_others(keys: DerivedKeys) -> None:
    derived = {keys.key(each) for each in ("pseudonyms#acme", "pseudonyms#other", "receipt#acme#era_1", "cursors")}
    assert len(derived) == 4


def test_a_process_asks_once_for_each_enterprise_and_never_shows_a_phone(keys: DerivedKeys, asked: list[bytes]) -> None:
    """So a batch of facts costs no more than its enterprises, and KMS and its trail see no personal data."""
    for enterprise in ("acme", "other"):
        for phone in ("+97433001122", "+97433001123"):
            pseudonym(keys.key, enterprise, phone)
    assert asked == [b"pseudonyms#acme", b"pseudonyms#other"]


def test_a_process_holds_a_bounded_number(
    keys: DerivedKeys, asked: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived_keys, "MOST", 2)
    for purpose in ("a", "b", "c", "c", "b", "a"):
        keys.key(purpose)
    assert asked == [b"a", b"b", b"c", b"a"]


def test_a_function_of_ten_seconds_can_say_that_kms_does_not_answer() -> None:
    config: Any = derived_keys._connect().meta.config
    tries = config.retries["total_max_attempts"]
    # Pauses between tries begin with a second at most, and double.
    assert (config.connect_timeout + config.read_timeout) * tries + 2 ** (tries - 1) - 1 < 10


def test_what_failed_is_asked_again(keys: DerivedKeys) -> None:
    def fail(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://kms.test")

    events = keys._client.meta.events
    events.register_first("before-call.kms", fail)
    with pytest.raises(Unavailable):
        keys.key("a")
    events.unregister("before-call.kms", fail)
    assert keys.key("a") == secret("a")


def test_a_pseudonym_is_a_keyed_hash_by_the_enterprises_own_key() -> None:
    key = secret("pseudonyms#acme")
    expected = hmac.new(key, b"+97433001122", "sha256").hexdigest()[:32]
    assert pseudonym(secret, "acme", "+97433001122") == expected
    assert pseudonym(secret, "other", "+97433001122") != expected
