"""Random requests and answers: the same bytes are sent and signed as by botocore, and the same is read from them."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials as TheirCredentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.store.client_errors import NoAnswer, NotSent
from customers.store.dynamodb.lean import http1
from customers.store.dynamodb.lean.http1 import Answer, Reader, Socket
from customers.store.dynamodb.lean.signature import Credentials, checked, signed_headers
from tests.support.dynamodb.both_clients import lean, sdk
from tests.support.dynamodb.misbehaving import response
from tests.support.dynamodb.random_requests import ITEMS, REQUESTS, VALUES

pytestmark = pytest.mark.slow

INSTANTS = st.datetimes(datetime(2015, 8, 30), datetime(2040, 1, 1))
KEY_IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=4, max_size=20)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


class Wire:
    """Keeps what both clients send, and gives both the same answer."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.lean = lean(1, attempts=1)
        self.theirs = sdk(1, attempts=1)
        self.sent: dict[str, tuple[dict[str, str], bytes]] = {}
        connections: Any = self.lean._connections
        connections._connect = lambda: Canned(self)
        self.theirs.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, request: Any, **_: Any) -> Any:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        self.sent["theirs"] = headers, request.body if isinstance(request.body, bytes) else request.body.encode()
        told: Any = {"x-amzn-requestid": "R1", "x-amz-crc32": str(zlib.crc32(self.body))}
        return AWSResponse(request.url, self.status, told, Raw(self.body))

    def call(self, client: Any, method: str, params: dict[str, Any]) -> Any:
        try:
            answer = getattr(client, method)(**params)
        except client.exceptions.ClientError as error:
            answer = error.response
        metadata = answer.pop("ResponseMetadata")
        return {**answer, "status": metadata["HTTPStatusCode"], "request": metadata.get("RequestId")}


class Raw:
    """As urllib3 gives a body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


class Canned:
    """The other end of the lean client's connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._coming = b""

    def sendall(self, data: bytes, /) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
        self._wire.sent["lean"] = {name.lower(): value for name, _, value in lines}, body
        told = self._wire.body
        self._coming = (
            f"HTTP/1.1 {self._wire.status} -\r\nx-amzn-requestid: R1\r\nx-amz-crc32: {zlib.crc32(told)}\r\n"
            f"Content-Length: {len(told)}\r\n\r\n"
        ).encode() + told

    def recv(self, size: int, /) -> bytes:
        if not self._coming:
            raise BlockingIOError
        part, self._coming = self._coming[:size], self._coming[size:]
        return part

    def settimeout(self, seconds: float | None, /) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire()


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """One instant for both."""
    now = time.time()
    monkeypatch.setattr(time, "gmtime", lambda *_: datetime.fromtimestamp(now, UTC).timetuple())
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: datetime.fromtimestamp(now))


SIGNED = ("authorization", "content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=REQUESTS)
def test_the_same_bytes_are_signed(wire: Wire, stopped: None, request: tuple[str, dict[str, Any]]) -> None:
    wire.status, wire.body = 200, b"{}"
    for client in (wire.theirs, wire.lean):
        wire.call(client, *request)
    (ours, body), (theirs, their_body) = wire.sent["lean"], wire.sent["theirs"]
    assert body == their_body
    theirs.setdefault("host", "127.0.0.1:1")  # urllib3 adds it
    assert {name: ours.get(name) for name in SIGNED} == {name: theirs.get(name) for name in SIGNED}
    assert ours["content-length"] == str(len(body))


@given(
    at=INSTANTS,
    key_id=KEY_IDS,
    secret=SECRETS,
    token=st.none() | SECRETS,
    region=st.sampled_from(["us-east-1", "me-south-1", "us-gov-west-1"]),
    host=st.sampled_from(["dynamodb.me-south-1.amazonaws.com", "127.0.0.1:4566", "[::1]:8000"]),
    body=st.binary(max_size=40),
)
def test_a_signature_is_botocores(
    at: datetime, key_id: str, secret: str, token: str | None, region: str, host: str, body: bytes
) -> None:
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    told = signed_headers(Credentials(key_id, secret, token), region, host, "DynamoDB_20120810.GetItem", body, stamp)
    ours = dict(line.split(": ", 1) for line in told.splitlines())
    headers = {name: ours[name] for name in ("Content-Type", "X-Amz-Target")}
    request = AWSRequest("POST", f"https://{host}/", headers, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: at)
        SigV4Auth(TheirCredentials(key_id, secret, token), "dynamodb", region).add_auth(request)
    assert ours["Authorization"] == request.headers["Authorization"]
    assert ours["X-Amz-Date"] == request.headers["X-Amz-Date"] == stamp
    assert ours.get("X-Amz-Security-Token") == request.headers.get("X-Amz-Security-Token") == (token or None)


def on_the_wire(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: on_the_wire(each) for name, each in value.items()}
    return [on_the_wire(each) for each in value] if isinstance(value, list) else value


ROWS = st.lists(ITEMS, max_size=3)
TOLD: dict[str, st.SearchStrategy[Any]] = {
    "get_item": st.fixed_dictionaries({}, optional={"Item": ITEMS, "ConsumedCapacity": st.none()}),
    "query": st.fixed_dictionaries(
        {"Items": ROWS, "Count": st.integers(0, 9), "ScannedCount": st.integers(0, 9)},
        optional={"LastEvaluatedKey": ITEMS},
    ),
    "batch_get_item": st.fixed_dictionaries(
        {"Responses": st.dictionaries(st.just("customers"), ROWS)},
        optional={"UnprocessedKeys": st.dictionaries(st.just("customers"), st.fixed_dictionaries({"Keys": ROWS}))},
    ),
    "update_item": st.fixed_dictionaries({}, optional={"Attributes": ITEMS}),
}
ASKED: dict[str, dict[str, Any]] = {
    "get_item": {"TableName": "customers", "Key": {}},
    "query": {"TableName": "customers", "KeyConditionExpression": "pk = :a"},
    "batch_get_item": {"RequestItems": {"customers": {"Keys": [{}]}}},
    "update_item": {"TableName": "customers", "Key": {}},
}
CODES = st.sampled_from(
    [
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "TransactionConflictException",
        "ValidationException",
        "UnheardOfException",
        "com.amazon.coral.service#AccessDeniedException",
        "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://x",
    ]
)


@pytest.mark.parametrize("method", TOLD)
@settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_same_is_read_from_an_answer(wire: Wire, method: str, data: st.DataObject) -> None:
    told = data.draw(TOLD[method])
    wire.status, wire.body = 200, json.dumps(on_the_wire(told)).encode()
    assert wire.call(wire.lean, method, ASKED[method]) == wire.call(wire.theirs, method, ASKED[method])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.sampled_from([301, 400, 401, 403, 404, 413, 418, 500, 503]),
    code=st.none() | CODES,
    members=st.fixed_dictionaries(
        {}, optional={"Item": ITEMS, "message": st.text(max_size=9), "Message": st.just("m")}
    ),
    reasons=st.none()
    | st.lists(
        st.fixed_dictionaries(
            {"Code": st.sampled_from(["None", "ConditionalCheckFailed"])},
            optional={"Item": ITEMS, "Message": st.just("x")},
        )
    ),
)
def test_the_same_is_read_from_an_error(
    wire: Wire, status: int, code: str | None, members: dict[str, Any], reasons: list[Any] | None
) -> None:
    told = {**members, **({"__type": code} if code else {}), **({"CancellationReasons": reasons} if reasons else {})}
    wire.status, wire.body = status, json.dumps(on_the_wire(told)).encode()
    ours, theirs = (wire.call(each, "get_item", ASKED["get_item"]) for each in (wire.lean, wire.theirs))
    # botocore leaves out the members of errors that it does not know, and gives the text under one name or two.
    assert {name: each for name, each in ours.items() if name in theirs and name.lower() != "message"} == {
        name: each for name, each in theirs.items() if name.lower() != "message"
    }


@pytest.mark.parametrize("value", [b"bytes", bytearray(b"more"), "text", "\ud83d", "\u0000", "é"])
def test_a_value_is_written_as_botocore_writes_it(wire: Wire, value: Any) -> None:
    wire.status, wire.body = 200, b"{}"
    item = {"pk": {"B" if isinstance(value, bytes | bytearray) else "S": value}}
    for client in (wire.theirs, wire.lean):
        wire.call(client, "put_item", {"TableName": "customers", "Item": item})
    assert wire.sent["lean"][1] == wire.sent["theirs"][1]


@given(value=VALUES)
def test_what_was_written_is_read_again(value: Any) -> None:
    from customers.store.dynamodb.lean.codec import encoded, parsed

    body = encoded({"Item": {"pk": value}})
    assert parsed(Answer(200, {}, body, is_last=False))["Item"] == {"pk": value}


FRAMED = {
    "its length is told": response(200, b'{"Item": {}}'),
    "in chunks": response(200, b"", {"Transfer-Encoding": "chunked"}, length=False)
    + b'5\r\n{"Ite\r\n7;x=y\r\nm": {}}\r\n0\r\nX-Trailer: 1\r\n\r\n',
    "until the end": response(200, b'{"Item": {}}', length=False),
    "to continue, first": b"HTTP/1.1 100 Continue\r\n\r\n" + response(200, b'{"Item": {}}'),
}


@pytest.mark.parametrize("framing", FRAMED)
def test_an_answer_is_read_the_same_in_whatever_pieces_it_comes(framing: str) -> None:
    def read(*pieces: bytes) -> Answer:
        return Reader(Pieces([each for each in pieces if each]), time.monotonic() + 60).answer()

    data = FRAMED[framing]
    whole = read(data)
    assert (whole.status, whole.body) == (200, b'{"Item": {}}')
    assert [read(data[:cut], data[cut:]) for cut in range(len(data))] == [whole] * len(data)
    assert read(*(bytes([each]) for each in data)) == whole


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(1, 40), max_size=10))
def test_no_bytes_are_more_than_no_answer(data: bytes, cuts: list[int]) -> None:
    """Whatever a server sends, in whatever pieces."""
    coming = [b"HTTP/1.1 200 OK\r\n", *_pieces(data, cuts)]
    client = lean(1, attempts=1)
    connections: Any = client._connections
    connections._connect = lambda: Pieces(coming)
    try:
        client.get_item(TableName="t", Key={})
    except NotSent:
        pytest.fail("it was sent")
    except NoAnswer:
        pass


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    return [each for each in (*pieces, data) if each]


class Pieces:
    def __init__(self, coming: list[bytes]) -> None:
        self._coming = list(coming)

    def sendall(self, data: bytes, /) -> None: ...

    def recv(self, _size: int, /) -> bytes:
        return self._coming.pop(0) if self._coming else b""

    def settimeout(self, seconds: float | None, /) -> None: ...

    def close(self) -> None: ...


_: type[Socket] = Pieces


BARE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
LINES: dict[str, tuple[list[bytes], bytes, bytes]] = {
    "the head": ([], BARE + b"X-Filler: ", b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    "before a chunk": ([BARE + b"\r\n"], b"2;x=", b"\r\n{}\r\n0\r\n\r\n"),
    "behind a chunk": ([BARE + b"\r\n2\r\n{}\r\n0\r\n"], b"X-Trailer: ", b"\r\n\r\n"),
}
"""What comes before a line, how the line begins, and what comes behind it."""


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_as_many_bytes_as_it_may_and_no_more(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever sends a line without an end does not fill the memory of a function."""
    before, begun, behind = LINES[line]
    most = 100
    monkeypatch.setattr(http1, "_MOST_HEAD", most)
    client = lean(1, attempts=1)
    connections: Any = client._connections
    connections._connect = lambda: Pieces([*before, begun.ljust(most, b"a"), behind])
    assert set(client.get_item(TableName="t", Key={})) == {"ResponseMetadata"}
    connections._connect = lambda: Pieces([*before, begun.ljust(most + 1, b"a"), behind])
    with pytest.raises(NoAnswer):
        client.get_item(TableName="t", Key={})


def test_an_answer_is_waited_for_until_its_deadline_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Slow(Pieces):
        def settimeout(self, seconds: float | None, /) -> None:
            waits.append(seconds)

    clock = iter([2.0, 9.0, 10.0])
    monkeypatch.setattr(http1, "monotonic", lambda: next(clock))
    with pytest.raises(TimeoutError):
        Reader(Slow([b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"{}"]), 10.0).answer()
    assert waits == [8.0, 1.0]


@pytest.mark.parametrize("broken", ["AKID\r\nX-Evil: 1", "AKID EXAMPLE", "AKIDé", "AKID\x00"])
def test_credentials_that_would_break_a_header_are_refused_and_not_shown(broken: str) -> None:
    for credentials in (Credentials(broken, "secret", None), Credentials("AKID", "secret", broken)):
        with pytest.raises(ValueError, match="header") as raised:
            checked(credentials)
        assert "AKID" not in str(raised.value)
    assert "secret" not in repr(Credentials("AKID", "secret", "token"))
    assert "token" not in f"{Credentials('AKID', 'secret', 'token')}"
