"""A server that goes wrong in every way: what may be repeated is, what may have been carried out is not, and no
half answer is taken for a whole one.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.retries import standard

from customers.store.client_errors import NoAnswer, NotSent, ServiceError
from customers.store.dynamodb.lean import attempts, connections, http1
from tests.support.dynamodb.both_clients import lean, sdk
from tests.support.dynamodb.misbehaving import (
    Behaviour,
    Hangup,
    Reset,
    Server,
    answers,
    fails,
    is_silent,
    response,
    serving,
    writes,
)

ITEM = {"pk": {"S": "acme#1"}, "seen": {"N": "3"}}
BODY = b'{"Item": {"pk": {"S": "acme#1"}, "seen": {"N": "3"}}}'
GOOD = answers(BODY)
WHOLE = response(200, BODY)
CHUNKED = response(200, b"", {"Transfer-Encoding": "chunked"}, crc=False, length=False)
BARE = b"HTTP/1.1 200 OK\r\n"

UNANSWERED: dict[str, Behaviour] = {
    "half a head": writes(WHOLE[:40], then=Hangup),
    "half a body": writes(WHOLE[:-10], then=Hangup),
    "a body that stops coming": writes(WHOLE[:-10]),
    "a reset before the answer": writes(then=Reset),
    "a reset in the answer": writes(WHOLE[:-10], then=Reset),
    "the end before the answer": writes(then=Hangup),
    "a wrong checksum": answers(BODY, headers={"x-amz-crc32": "1"}, crc=False),
    "a checksum that is no number": answers(BODY, headers={"x-amz-crc32": "x"}, crc=False),
    "silence": is_silent,
    "a drop now and then": writes(*(bytes([each]) for each in WHOLE[:20]), every=0.01, then=Hangup),
    "garbage": writes(b"\x16\x03\x01\x00\xff" * 20 + b"\r\n\r\n", then=Hangup),
    "another protocol": writes(b"SSH-2.0-OpenSSH_9.6\r\n\r\n", then=Hangup),
    "a status that is none": writes(WHOLE.replace(b"200", b"2\xb20", 1)),
    "a status that ends too soon": writes(WHOLE.replace(b"200 Whatever", b"20", 1)),
    "a header without a name": writes(WHOLE.replace(b"\r\n", b"\r\n: no name\r\n", 1)),
    "a header with a blank in its name": writes(WHOLE.replace(b"\r\n", b"\r\nX-A : b\r\n", 1)),
    "a header without a colon": writes(WHOLE.replace(b"\r\n", b"\r\nno colon\r\n", 1)),
    "an endless head": writes(BARE + b"X-Filler: " + b"a" * 200_000),
    "two lengths": writes(BARE + b"Content-Length: 2\r\nContent-Length: 53\r\n\r\n" + BODY),
    "a length and chunks": writes(
        BARE + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n35\r\n" + BODY + b"\r\n0\r\n\r\n"
    ),
    "a length that says nothing": writes(BARE + b"Content-Length: \r\n\r\n{}"),
    "a negative length": writes(BARE + b"Content-Length: -1\r\n\r\n{}"),
    "a length with a sign": writes(BARE + b"Content-Length: +2\r\n\r\n{}"),
    "a length with a letter": writes(BARE + b"Content-Length: a\r\n\r\n{}"),
    "a length of thousands of digits": writes(BARE + b"Content-Length: " + b"1" * 5_000 + b"\r\n\r\n{}"),
    "a length beyond all bounds": writes(BARE + b"Content-Length: 99999999999\r\n\r\n{}"),
    "a chunk that is longer than it says": writes(CHUNKED + b"2\r\n{}" + BODY + b"\r\n0\r\n\r\n"),
    "chunks that stop": writes(CHUNKED + b"35\r\n" + BODY[:20], then=Hangup),
    "a chunk without a size": writes(CHUNKED + b"\r\n0\r\n\r\n"),
    "a chunk of a size that is none": writes(CHUNKED + b"0x35\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "another encoding": answers(BODY, headers={"Content-Encoding": "gzip"}),
    "no body": answers(b""),
    "a body that is no JSON": answers(b"<html>Welcome to the hotel's network</html>"),
    "a body that is no object": answers(b"[]"),
    "a body that is nested beyond all bounds": answers(b'{"a":' * 100_000),
    "bytes that are none": answers(b'{"Item": {"pk": {"B": "A"}}}'),
}
WAITED_FOR = ("a body that stops coming", "silence", "a drop now and then")
FAILED: dict[str, Behaviour] = {
    "an internal error": fails(500, "InternalServerError", message="try again"),
    "a gateway's page": answers(b"<html>Bad Gateway</html>", 502, crc=False),
    "unavailable, without a body": answers(b"", 503, crc=False),
    "a gateway that waited": answers(b"x", 504, crc=False),
}
TURNED_AWAY: dict[str, Behaviour] = {
    "too many of the table": fails(400, "ProvisionedThroughputExceededException", message="slower"),
    "too many of the account": fails(400, "ThrottlingException", message="slower"),
    "too many, by the status": answers(b"", 429, crc=False),
}
REFUSED: dict[str, Behaviour] = {
    "a bad request": fails(400, "ValidationException", message="no"),
    "no such table": fails(400, "ResourceNotFoundException", message="no"),
    "a condition that does not hold": fails(400, "ConditionalCheckFailedException", message="no", Item=ITEM),
    "another's credentials": fails(400, "UnrecognizedClientException", message="no"),
    "a redirect": answers(b"", 307, headers={"Location": "http://169.254.169.254/"}, crc=False),
    "a page that forbids": answers(b"<html>Forbidden</html>", 403, crc=False),
}
UNUSUAL: dict[str, Behaviour] = {
    "the usual": GOOD,
    "chunks": writes(CHUNKED + b"A\r\n" + BODY[:10] + b"\r\n2B;x=y\r\n" + BODY[10:] + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"),
    "two parts": writes(WHOLE[:-10], WHOLE[-10:], every=0.01),
    "a byte at a time": writes(*(bytes([each]) for each in WHOLE)),
    "to continue, first": writes(b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE),
    "no length": writes(response(200, BODY, length=False), then=Hangup),
    "the older protocol": writes(WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0", 1)),
    "no checksum": answers(BODY, crc=False),
    "names in capitals": writes(WHOLE.replace(b"Content-Length", b"CONTENT-LENGTH")),
    "the last of the connection": answers(BODY, headers={"Connection": "close"}),
    "a member that is null": answers(BODY[:-1] + b', "ConsumedCapacity": null}'),
}
LAST = ("no length", "the older protocol", "the last of the connection")
"""After these the next request needs another connection."""


_BARE: dict[str, Any] = {"crc": False, "length": False}
SIZED: dict[str, Callable[[bytes], list[bytes]]] = {
    "its length is told": lambda body: [response(200, body, crc=False)],
    "in a chunk": lambda body: [CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"],
    "in chunks": lambda body: [CHUNKED, *(b"1\r\n%c\r\n" % each for each in body), b"0\r\n\r\n"],
    "until the end": lambda body: [response(200, b"", **_BARE), body[:10], body[10:]],
}
"""The parts of an answer with a body."""


def test_what_turns_a_request_away_is_what_botocore_takes_for_it() -> None:
    others = {"BandwidthLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete"}
    # The same transaction is asked for again, and not as one that was turned away.
    others |= {"TransactionInProgressException"}
    checker: Any = standard.ThrottledRetryableChecker
    assert set(checker._THROTTLED_ERROR_CODES) - others == attempts._TURNED_AWAY


def test_what_may_be_answered_in_a_moment_is_what_botocore_takes_for_it() -> None:
    checker: Any = standard.TransientRetryableChecker
    # The transaction is asked for again, too.
    codes = {*checker._TRANSIENT_ERROR_CODES} - {"PriorRequestNotComplete"} | {"TransactionInProgressException"}
    assert codes == attempts._AGAIN
    assert set(checker._TRANSIENT_STATUS_CODES) == {*attempts._FAILED}


def waited_for(ways: Iterable[str]) -> list[Any]:
    return [pytest.param(each, marks=pytest.mark.slow) if each in WAITED_FOR else each for each in ways]


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(attempts, "time", SimpleNamespace(sleep=taken.append))
    return taken


@pytest.fixture
def clients() -> Iterator[list[Any]]:
    """Closed in the end."""
    made: list[Any] = []
    yield made
    for each in made:
        each.close()


def read(server: Server, clients: list[Any], client: Any = None) -> Any:
    used = client or lean(server.port)
    clients.append(used)
    return get(used).get("Item")


def meeting(way: str, server: Server) -> Any:
    """A client that waits for as long as a busy machine takes; for silence alone it waits shortly."""
    return lean(server.port, read_timeout=0.4) if way in ("silence", "a body that stops coming") else lean(server.port)


def get(client: Any) -> Any:
    return client.get_item(TableName="t", Key={"pk": {"S": "acme#1"}})


def transact(client: Any) -> Any:
    return client.transact_write_items(TransactItems=[{"Delete": {"TableName": "t", "Key": {"pk": {"S": "a"}}}}])


def write(client: Any) -> Any:
    return client.put_item(TableName="t", Item=ITEM)


@pytest.mark.parametrize("way", UNUSUAL)
def test_an_answer_is_understood_however_it_comes(way: str, clients: list[Any]) -> None:
    with serving(UNUSUAL[way]) as server:
        client = lean(server.port)
        assert [read(server, clients, client) for _ in range(3)] == [ITEM] * 3
        assert len(server.requests) == 3
        assert server.connections == (3 if way in LAST else 1)


@pytest.mark.parametrize("way", SIZED)
def test_a_body_has_as_many_bytes_as_it_may_and_no_more(
    way: str, clients: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever sends without an end does not fill the memory of a function."""
    monkeypatch.setattr(http1, "_MOST_BODY", len(BODY))
    with serving(writes(*SIZED[way](BODY), every=0.01, then=Hangup)) as server:
        assert read(server, clients) == ITEM
    with serving(writes(*SIZED[way](BODY + b" "), every=0.01, then=Hangup)) as server, pytest.raises(NoAnswer):
        read(server, clients)


@pytest.mark.parametrize("way", waited_for(UNANSWERED | FAILED | TURNED_AWAY))
def test_a_read_is_repeated(way: str, clients: list[Any], naps: list[float]) -> None:
    with serving((UNANSWERED | FAILED | TURNED_AWAY)[way], GOOD) as server:
        assert read(server, clients, meeting(way, server)) == ITEM
        assert len(server.requests) == 2
    assert len(naps) == 1
    assert 0 <= naps[0] <= 0.1


@pytest.mark.parametrize("way", waited_for(UNANSWERED | FAILED | TURNED_AWAY))
def test_a_read_is_repeated_no_more_than_it_may_be(way: str, clients: list[Any]) -> None:
    fault = NoAnswer if way in UNANSWERED else ServiceError
    with serving((UNANSWERED | FAILED | TURNED_AWAY)[way]) as server:
        with pytest.raises(fault) as raised:
            read(server, clients, meeting(way, server))
        assert len(server.requests) == 2
    assert not isinstance(raised.value, NotSent)
    assert "acme" not in str(raised.value)


@pytest.mark.parametrize("way", waited_for(UNANSWERED | FAILED))
def test_a_transaction_that_may_have_been_carried_out_is_repeated_as_the_same_one(way: str, clients: list[Any]) -> None:
    with serving((UNANSWERED | FAILED)[way], answers({})) as server:
        clients.append(meeting(way, server))
        transact(clients[0])
        first, second = server.bodies
        assert first == second
        assert len(first["ClientRequestToken"]) == 32
        transact(clients[0])
        assert server.bodies[2]["ClientRequestToken"] != first["ClientRequestToken"]


def test_a_callers_own_token_stays() -> None:
    with serving(answers({})) as server:
        client = lean(server.port)
        client.transact_write_items(TransactItems=[], ClientRequestToken="mine")
        client.close()
        assert server.bodies[0]["ClientRequestToken"] == "mine"


@pytest.mark.slow
def test_a_transaction_whose_first_request_is_not_over_is_asked_for_once_more(clients: list[Any]) -> None:
    with serving(is_silent, fails(400, "TransactionInProgressException"), answers({})) as server:
        clients.append(lean(server.port, attempts=3, read_timeout=0.4))
        transact(clients[0])
        assert len({each["ClientRequestToken"] for each in server.bodies}) == 1


@pytest.mark.parametrize("way", waited_for(UNANSWERED | FAILED))
def test_a_write_that_may_have_been_carried_out_is_not_repeated(way: str, clients: list[Any]) -> None:
    fault = NoAnswer if way in UNANSWERED else ServiceError
    with serving((UNANSWERED | FAILED)[way], GOOD) as server:
        clients.append(meeting(way, server))
        with pytest.raises(fault) as raised:
            write(clients[0])
        assert not isinstance(raised.value, NotSent)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("method", "said"),
    [("put_item", {"Item": ITEM}), ("update_item", {"Key": {}}), ("delete_item", {"Key": {}})],
)
def test_no_write_by_itself_is_repeated(method: str, said: dict[str, Any], clients: list[Any]) -> None:
    with serving(FAILED["an internal error"], answers({})) as server:
        clients.append(lean(server.port))
        with pytest.raises(ServiceError):
            getattr(clients[0], method)(TableName="t", **said)
        assert len(server.requests) == 1


@pytest.mark.parametrize("way", TURNED_AWAY)
def test_a_write_that_was_turned_away_is_repeated(way: str, clients: list[Any]) -> None:
    with serving(TURNED_AWAY[way], answers({})) as server:
        clients.append(lean(server.port))
        write(clients[0])
        assert len(server.requests) == 2


@pytest.mark.slow
def test_what_was_turned_away_after_an_attempt_without_an_answer_is_still_unknown(clients: list[Any]) -> None:
    with serving(is_silent, TURNED_AWAY["too many of the account"]) as server:
        clients.append(lean(server.port, read_timeout=0.4))
        with pytest.raises(NoAnswer) as raised:
            transact(clients[0])
        assert not isinstance(raised.value, NotSent)


@pytest.mark.parametrize("way", REFUSED)
def test_a_refusal_is_not_repeated(way: str, clients: list[Any]) -> None:
    with serving(REFUSED[way], GOOD) as server:
        with pytest.raises(ServiceError):
            read(server, clients)
        assert (len(server.requests), server.connections) == (1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("way", UNUSUAL | FAILED | TURNED_AWAY | REFUSED)
def test_botocore_says_the_same(way: str, clients: list[Any]) -> None:
    told: list[Any] = []
    for make in (lean, sdk):
        with serving((UNUSUAL | FAILED | TURNED_AWAY | REFUSED)[way]) as server:
            client: Any = make(server.port, attempts=1)
            try:
                answer = client.get_item(TableName="t", Key={"pk": {"S": "acme#1"}})
            except client.exceptions.ClientError as error:
                answer = error.response
            clients.append(client)
        told.append({**answer, "ResponseMetadata": answer["ResponseMetadata"]["HTTPStatusCode"]})
        told[-1].get("Error", {}).pop("Message", None)
        told[-1] = {name: value for name, value in told[-1].items() if name not in ("message", "Message")}
    assert told[0] == told[1]


def test_a_connection_is_kept(clients: list[Any]) -> None:
    with serving(GOOD) as server:
        client = lean(server.port)
        for _ in range(5):
            read(server, clients, client)
        assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_was_closed_meanwhile_is_replaced_unseen(clients: list[Any], naps: list[float]) -> None:
    closing = writes(WHOLE, then=Hangup)
    with serving(closing) as server:
        clients.append(lean(server.port, attempts=1))
        for _ in range(3):
            assert read(server, clients, clients[0]) == ITEM
            _until_closed(clients[0])
        write(clients[0])
        assert (server.connections, len(server.requests), naps) == (4, 4, [])


def test_a_connection_that_ends_as_it_is_used_is_replaced_for_what_may_be_repeated(clients: list[Any]) -> None:
    for call, fault in ((get, None), (transact, None), (write, NoAnswer)):
        with serving(GOOD, writes(then=Hangup), GOOD) as server:
            client = lean(server.port, attempts=1)
            read(server, clients, client)
            if fault:
                with pytest.raises(fault):
                    call(client)
            else:
                call(client)
            assert len(server.requests) == (2 if fault else 3)


def test_an_answer_that_ends_in_the_middle_is_no_connection_that_was_gone(clients: list[Any]) -> None:
    """Then it is an attempt like any other, and not one more beside them."""
    with serving(GOOD, writes(WHOLE[:-10], then=Hangup), GOOD) as server:
        client = lean(server.port, attempts=1)
        read(server, clients, client)
        with pytest.raises(NoAnswer):
            read(server, clients, client)
        assert len(server.requests) == 2


def test_bytes_behind_an_answer_are_not_the_next_one(clients: list[Any]) -> None:
    other = response(200, b'{"Item": {"pk": {"S": "somebody else"}}}')
    with serving(writes(WHOLE + other), writes(WHOLE, other), GOOD) as server:
        client = lean(server.port)
        for _ in range(4):
            assert read(server, clients, client) == ITEM
            time.sleep(0.02)
        assert server.connections >= 2


def test_whoever_interrupts_leaves_no_half_answer(clients: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from customers.store.dynamodb.lean.http1 import Reader

    class Interrupted(BaseException):
        pass

    receive, begun = Reader._receive, list[None]()

    def interrupt(reader: Reader) -> bytes:
        if begun:
            raise Interrupted
        begun.append(None)
        return receive(reader)

    # The other half may come later.
    with serving(writes(WHOLE[:40]), GOOD) as server:
        client = lean(server.port)
        with monkeypatch.context() as patched:
            patched.setattr(Reader, "_receive", interrupt)
            with pytest.raises(Interrupted):
                read(server, clients, client)
        assert read(server, clients, client) == ITEM
        assert server.connections == 2


def test_what_cannot_be_sent_whole_is_sent_anew_whatever_it_is(
    clients: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the look at the connection was a moment too early."""
    monkeypatch.setattr(connections, "_is_silent", lambda _: True)
    with serving(writes(WHOLE, then=Reset), GOOD) as server:
        clients.append(lean(server.port, attempts=1))
        read(server, clients, clients[0])
        with suppress(ConnectionResetError):
            _until_closed(clients[0])
        write(clients[0])
        assert (server.connections, len(server.requests)) == (2, 2)


def test_where_nobody_listens_nothing_was_sent(naps: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for call in (transact, write):
        with pytest.raises(NotSent):
            call(lean(port, attempts=3))
    assert len(naps) == 4


@pytest.mark.slow
def test_an_attempt_ends_in_its_time(clients: list[Any]) -> None:
    for way in ("silence", "a drop now and then", "a body that stops coming"):
        with serving(UNANSWERED[way]) as server:
            began = time.monotonic()
            with pytest.raises(NoAnswer):
                read(server, clients, lean(server.port, attempts=1, read_timeout=0.2))
            assert 0.15 < time.monotonic() - began < 0.6


@pytest.mark.slow
def test_to_connect_ends_in_its_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(NotSent):
            write(lean(port, attempts=1))
        assert 0.3 < time.monotonic() - began < 1
        for each in waiting:
            each.close()


def test_a_client_primes_its_connection_and_a_fault_there_is_left_for_later(clients: list[Any]) -> None:
    with serving(GOOD) as server:
        client = lean(server.port)
        client.prime()
        assert read(server, clients, client) == ITEM
        assert server.connections == 1
    gone = lean(server.port)
    gone.prime()
    with pytest.raises(NotSent):
        write(gone)


def test_pauses_are_random_and_grow(naps: list[float], clients: list[Any]) -> None:
    with serving(FAILED["an internal error"]) as server:
        for _ in range(20):
            with pytest.raises(ServiceError, match="InternalServerError to GetItem"):
                read(server, clients, lean(server.port, attempts=6))
    assert len(set(naps)) == 100
    assert max(naps[4::5]) > 0.55 > 0.1 >= max(naps[0::5])
    assert max(naps) <= 1


def _until_closed(client: Any) -> None:
    """Until the server's end of the kept connection has come."""
    ((connection, _),) = client._connections._idle
    connection.settimeout(2)
    assert connection.recv(1, socket.MSG_PEEK) == b""
