"""What is asked of AWS, where neither moto nor the emulator would notice that it is missing."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from customers.domain.erasure.jws import unsigned
from customers.domain.refusals import Unavailable
from customers.store.aws.invocation import Invocation
from customers.store.aws.signing import SigningKey


def asked(service: str, ask: Callable[[Any], object]) -> bytes:
    """The body of the one request, which is not sent."""
    bodies: list[bytes] = []

    def note(params: dict[str, Any], **_: object) -> None:
        bodies.append(params["body"])
        raise EndpointConnectionError(endpoint_url=service)

    client = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]
    client.meta.events.register_first("before-call", note)
    with pytest.raises(Unavailable):
        ask(client)
    (body,) = bodies
    return body


def test_kms_is_told_that_it_signs_a_digest() -> None:
    """It would take the digest of the digest, and nobody could verify the receipt."""

    def sign(client: Any) -> None:
        key = SigningKey(client, "key")
        vars(key)["jwk"] = {"kid": "kid_1"}
        key.sign({"erasure_id": "era_1"})

    told = json.loads(asked("kms", sign))
    assert (told["KeyId"], told["MessageType"], told["SigningAlgorithm"]) == ("key", "DIGEST", "ECDSA_SHA_256")
    text = unsigned({"erasure_id": "era_1"}, "kid_1")
    assert b64decode(told["Message"]) == hashlib.sha256(text.encode()).digest()


def test_a_function_is_given_its_event() -> None:
    assert json.loads(asked("lambda", lambda client: Invocation(client, "lookup").run({"path": "/"}))) == {"path": "/"}
