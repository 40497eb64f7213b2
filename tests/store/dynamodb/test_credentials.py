"""As whom the client asks: the environment's credentials, or a container's while they last."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient

from customers.store.client_errors import NotSent
from customers.store.dynamodb import client as shipped
from customers.store.dynamodb.lean.credentials import Container, provider_of
from customers.store.dynamodb.lean.signature import Credentials
from tests.store.dynamodb.conftest import PLAIN
from tests.support.dynamodb.misbehaving import answers, serving

pytestmark = pytest.mark.slow


def test_the_environments_credentials_are_taken() -> None:
    assert provider_of(PLAIN)() == Credentials("AKID", "secret", None)
    assert provider_of({**PLAIN, "AWS_SESSION_TOKEN": "t"})() == Credentials("AKID", "secret", "t")


class Giver:
    """The container's endpoint."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/credentials"
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[str | None] = []

    def gives(self, key: str, minutes: float = 60, **changed: Any) -> None:
        until = datetime.now(UTC) + timedelta(minutes=minutes)
        told = {
            "AccessKeyId": key,
            "SecretAccessKey": "hush",
            "Token": "tok",
            "Expiration": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }
        self.answers.append((200, {**told, **changed}))


@pytest.fixture
def giver() -> Iterator[Giver]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.headers.get("Authorization"))
            status, told = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(told if isinstance(told, bytes) else json.dumps(told).encode())

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Giver(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def container(giver: Giver, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Container]:
    monkeypatch.setattr(
        "customers.store.dynamodb.lean.credentials.time", SimpleNamespace(sleep=lambda _: None, time=lambda: 0)
    )
    return lambda **environment: Container(giver.url, environment, clock=lambda: now[0])


now = [0.0]


@pytest.fixture(autouse=True)
def clock() -> None:
    now[0] = datetime.now(UTC).timestamp()


def test_a_containers_credentials_are_kept_until_shortly_before_they_end(
    giver: Giver, container: Callable[..., Container]
) -> None:
    giver.gives("FIRST")
    giver.gives("SECOND", minutes=120)
    source = container(AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer x")
    assert source.credentials() == source.credentials() == Credentials("FIRST", "hush", "tok")
    now[0] += 49 * 60
    assert source.credentials().key_id == "FIRST"
    now[0] += 2 * 60
    assert source.credentials().key_id == "SECOND"
    assert giver.asked == ["Bearer x", "Bearer x"]


@pytest.mark.parametrize("token", [None, ""])
def test_credentials_that_last_have_no_token(
    giver: Giver, container: Callable[..., Container], token: str | None
) -> None:
    giver.gives("ANY", Token=token)
    assert container().credentials() == Credentials("ANY", "hush", token)


def test_while_the_endpoint_fails_the_old_ones_serve_to_their_end(
    giver: Giver, container: Callable[..., Container]
) -> None:
    end = int(now[0]) + 60 * 60
    giver.gives("FIRST", Expiration=datetime.fromtimestamp(end, UTC).isoformat())
    giver.answers.append((500, {"secret": "hush"}))
    source = container()
    source.credentials()
    now[0] = end - 1
    assert source.credentials().key_id == "FIRST"
    now[0] = end
    with pytest.raises(NotSent) as raised:
        source.credentials()
    assert "hush" not in str(raised.value)


def test_a_token_is_read_from_its_file_each_time(
    giver: Giver, container: Callable[..., Container], tmp_path: Path
) -> None:
    giver.gives("ANY", minutes=1)
    file = tmp_path / "token"
    source = container(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file))
    for token in ("one", "two"):
        file.write_text(f"{token}\n")
        source.credentials()
    assert giver.asked == ["one", "two"]


@pytest.mark.parametrize(
    "told",
    [
        (200, b"not json hush"),
        (200, []),
        (200, {"AccessKeyId": "AKID"}),
        (200, {"AccessKeyId": "A\r\nB", "SecretAccessKey": "hush", "Expiration": "2026-01-01T00:00:00Z"}),
        (200, {"AccessKeyId": "A", "SecretAccessKey": 1, "Expiration": "2026-01-01T00:00:00Z"}),
        (200, {"AccessKeyId": "A", "SecretAccessKey": "hush", "Token": 1, "Expiration": "2026-01-01T00:00:00Z"}),
        (200, {"AccessKeyId": "A", "SecretAccessKey": "hush", "Expiration": "soon"}),
        (302, b""),
        (404, b"hush"),
    ],
)
def test_what_is_no_credentials_is_no_answer_and_not_shown(
    giver: Giver, container: Callable[..., Container], told: Any
) -> None:
    giver.answers.append(told)
    with pytest.raises(NotSent) as raised:
        container(AWS_CONTAINER_AUTHORIZATION_TOKEN="very-secret").credentials()
    assert len(giver.asked) == 3
    assert not any(word in repr(raised.value) for word in ("hush", "very-secret", "AKID"))
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a\x00b", "é"])
def test_a_token_that_would_break_a_header_is_not_sent(
    giver: Giver, container: Callable[..., Container], token: str
) -> None:
    giver.gives("ANY")
    with pytest.raises(NotSent):
        container(AWS_CONTAINER_AUTHORIZATION_TOKEN=token).credentials()
    assert giver.asked == []


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "http://169.254.169.254/x", "ftp://127.0.0.1/x", "file:///etc/passwd"]
)
def test_credentials_come_from_nowhere_else(url: str) -> None:
    with pytest.raises(ValueError, match="only"):
        provider_of({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})


def test_the_relative_address_is_the_containers_host() -> None:
    source: Any = provider_of({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x", "HOME": "/none"})
    assert source.__self__._url == "http://169.254.170.2/v2/x"


def test_the_client_signs_with_what_the_container_gave(giver: Giver, environment: Callable[..., None]) -> None:
    giver.gives("FROMCONTAINER")
    with serving(answers({})) as server:
        environment(
            AWS_ACCESS_KEY_ID="",
            AWS_CONTAINER_CREDENTIALS_FULL_URI=giver.url,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}",
        )
        client = shipped.lean_client(lambda: BaseClient, 1, 1)
        client.get_item(TableName="t", Key={})
        client.close()
        assert b"Credential=FROMCONTAINER/" in server.requests[0]
        assert b"X-Amz-Security-Token: tok\r\n" in server.requests[0]
