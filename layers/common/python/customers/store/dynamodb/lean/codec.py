"""DynamoDB's JSON: a request's body from the parameters, and what botocore would give from an answer's."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any
from zlib import crc32

from customers.store.client_errors import NoAnswer, NotUnderstood
from customers.store.dynamodb.lean.http1 import Answer


def encoded(params: dict[str, Any]) -> bytes:
    """The same bytes as botocore's. Raises `NotUnderstood` for values that are no JSON."""
    try:
        return _encode(params).encode()
    except (TypeError, ValueError, RecursionError):
        raise NotUnderstood from None


def _binary(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    raise TypeError


_encode = json.JSONEncoder(default=_binary, allow_nan=False).encode


def checked_body(answer: Answer) -> bytes:
    """The body, if its checksum is right. Raises `NoAnswer`."""
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(answer.body)):
        raise NoAnswer("checksum")
    return answer.body


def parsed(answer: Answer) -> dict[str, Any]:
    """An answer that is no error. Raises `NoAnswer`: an empty or broken one does not say that nothing is there."""
    found = _object(checked_body(answer))
    if found is None:
        raise NoAnswer("body")
    # A member that is null is one that is not there.
    known = {name: value for name, value in found.items() if value is not None}
    known["ResponseMetadata"] = metadata(answer)
    return known


def parsed_error(answer: Answer) -> dict[str, Any]:
    """What botocore's `ClientError` holds: `Error` with `Code` and `Message`, and the error's own members."""
    found = _object(checked_body(answer)) or {}
    message = found.get("message", found.get("Message", ""))
    code = str(found.pop("__type", answer.status)).partition(":")[0].rpartition("#")[2]
    error = {"Message": message if isinstance(message, str) else "", "Code": code}
    return {**found, "Error": error, "ResponseMetadata": metadata(answer)}


def metadata(answer: Answer) -> dict[str, Any]:
    """As botocore has it, without what nobody reads."""
    return {"RequestId": answer.headers.get("x-amzn-requestid", ""), "HTTPStatusCode": answer.status}


def _object(body: bytes) -> dict[str, Any] | None:
    # Few rows hold bytes, and the hook is called for each object in the answer.
    read = _read_binary if b'"B"' in body or b'"BS"' in body else _read
    try:
        found = read(body.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _bytes_in(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute that is called `B` or `BS` has an object for a value, and stays as it is."""
    if type(text := value.get("B")) is str:
        value["B"] = b64decode(text)
    elif type(texts := value.get("BS")) is list:
        value["BS"] = [b64decode(each) for each in texts]
    return value


_read = json.JSONDecoder().decode
_read_binary = json.JSONDecoder(object_hook=_bytes_in).decode
