"""Where the client goes, by the environment; and what it leaves to botocore."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.exceptions import ParamValidationError

from bench.certificates import certificate
from customers.store.client_errors import NotSent, NotUnderstood, ServiceError
from customers.store.dynamodb import client as shipped
from customers.store.dynamodb.lean.connections import connector
from customers.store.dynamodb.lean.endpoint import Endpoint, endpoint_of
from customers.store.dynamodb.lean.proxy import Proxy
from customers.tls import tls_context
from tests.store.dynamodb.conftest import PLAIN
from tests.support.dynamodb.both_clients import lean
from tests.support.dynamodb.in_memory_client import as_shipped
from tests.support.dynamodb.misbehaving import Behaviour, Hangup, answers, fails, serving, writes
from tests.support.tables import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"AWS_DEFAULT_REGION": "me-south-1"},
        {"AWS_DEFAULT_REGION": "us-gov-west-1"},
        {"AWS_DEFAULT_REGION": "ap-southeast-7"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL": "http://LocalHost:80/"},
        {"AWS_ENDPOINT_URL": "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"},
        {"AWS_ENDPOINT_URL": "https://[::1]:8443"},
        {"AWS_ENDPOINT_URL": "http://one:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://two:2"},
    ],
)
def test_the_endpoint_is_botocores(environment: Callable[..., None], given: dict[str, str]) -> None:
    environment(**given)
    ours = endpoint_of(os.environ)
    theirs = botocore.session.get_session().create_client("dynamodb")
    url, their_url = f"{'https' if ours.tls else 'http'}://{ours.authority}", urlsplit(theirs.meta.endpoint_url)
    assert (ours.host.lower(), ours.port) == (their_url.hostname, their_url.port or (443 if ours.tls else 80))
    assert url == theirs.meta.endpoint_url.lower().rstrip("/").removesuffix(":80")
    assert ours.region == theirs.meta.region_name


NOT_UNDERSTOOD: list[dict[str, str]] = [
    {"AWS_DEFAULT_REGION": ""},
    {"AWS_DEFAULT_REGION": "cn-north-1"},
    {"AWS_DEFAULT_REGION": "eu-west-1.evil.example/"},
    {"AWS_DEFAULT_REGION": "eu-west-1\r\nX: 1"},
    {"AWS_PROFILE": "work"},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_CREDENTIAL_EXPIRATION": "2026-12-01T00:00:00Z"},
    {"AWS_ENDPOINT_URL": "http://user:password@host"},
    {"AWS_ENDPOINT_URL": "http://host/path"},
    {"AWS_ENDPOINT_URL": "ftp://host"},
    {"AWS_ENDPOINT_URL": "http://host:65536"},
    {"AWS_ENDPOINT_URL": "http://host\r\nX: 1"},
    {"HTTPS_PROXY": "http://user:password@proxy:3128"},
    {"HTTPS_PROXY": "https://proxy:3128"},
    {"AWS_ENDPOINT_URL": "http://host", "http_proxy": "http://proxy:3128"},
    {"AWS_SECRET_ACCESS_KEY": ""},
    {"AWS_ACCESS_KEY_ID": ""},
    {"AWS_ACCESS_KEY_ID": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"},
]


@pytest.mark.parametrize("given", NOT_UNDERSTOOD)
def test_what_is_botocores_alone_is_left_to_it(environment: Callable[..., None], given: dict[str, str]) -> None:
    environment(**given)
    with pytest.raises(NotUnderstood):
        shipped.lean_client(lambda: None, 1, 1)


@pytest.mark.parametrize(("variable", "name"), [("AWS_CONFIG_FILE", "config"), ("HOME", ".aws/config")])
def test_a_file_of_settings_is_botocores(
    environment: Callable[..., None], tmp_path: Path, variable: str, name: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("[default]\nendpoint_url = http://elsewhere\n")
    environment(**{variable: str(tmp_path if variable == "HOME" else file)})
    with pytest.raises(NotUnderstood):
        endpoint_of(os.environ)
    environment(AWS_CONFIG_FILE=os.devnull)
    assert endpoint_of(os.environ).authority == "dynamodb.eu-west-1.amazonaws.com"


@pytest.mark.parametrize("given", [{"DYNAMODB_CLIENT": "botocore"}, {"AWS_USE_FIPS_ENDPOINT": "true"}, {}])
def test_the_environment_chooses_the_client(given: dict[str, str]) -> None:
    script = (
        "from customers.store.dynamodb.client import connect; import sys; "
        "print(type(connect()).__name__, 'botocore.client' in sys.modules)"
    )
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "layers/common/python")}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env={**PLAIN, **path, **given}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == (["DynamoDB", "True"] if given else ["LeanClient", "False"])


def test_a_host_that_cannot_be_a_name_is_a_fault(environment: Callable[..., None]) -> None:
    environment(AWS_ENDPOINT_URL="http://a..b")
    with pytest.raises(NotSent):
        shipped.lean_client(lambda: None, 1, 1).put_item(TableName="t", Item={})


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_whom_to_trust_is_the_environments(environment: Callable[..., None], variable: str) -> None:
    environment(**{variable: "/roots.pem"})
    assert endpoint_of(os.environ).roots == "/roots.pem"


def test_the_client_of_the_environment_asks_as_often_as_it_is_told_and_hands_the_rest_over(
    environment: Callable[..., None],
) -> None:
    failing = fails(500, "InternalServerError", message="try again")
    with serving(failing, failing, answers({"Item": {}}), answers({"TableNames": []})) as server:
        environment(AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}")
        client: Any = as_shipped(read_timeout=2, attempts=3)
        assert client.get_item(TableName="t", Key={})["Item"] == {}
        assert client.list_tables()["TableNames"] == []
        client._other().close()
        client.close()
        assert [b"amz-sdk-invocation-id" in each for each in server.requests] == [False] * 3 + [True]


@pytest.mark.parametrize(("start", "connections"), [("on-demand", 1), ("snap-start", 0), (None, 0)])
def test_a_function_that_starts_connects_unless_a_snapshot_would_keep_the_connection(
    environment: Callable[..., None], start: str | None, connections: int
) -> None:
    with serving(answers({})) as server:
        more = {"AWS_LAMBDA_INITIALIZATION_TYPE": start} if start else {}
        environment(AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.port}", **more)
        client: Any = as_shipped(read_timeout=4, attempts=1)
        assert len(client._connections._idle) == connections
        client.close()


# ------------------------------------------------------------------------------------------ what is handed over


@pytest.mark.parametrize(
    "params",
    [
        {"AttributesToGet": ["pk"]},
        {"Key": {"pk": {"N": 1.5 + 2j}}},
        {"Key": {"pk": {"N": float("nan")}}},
        {"Key": {"pk": {"S": object()}}},
    ],
)
def test_what_is_not_understood_goes_to_botocore_before_anything_is_sent(params: dict[str, Any]) -> None:
    with serving(answers({"Item": {"pk": {"S": "a"}}})) as server:
        client = lean(server.port)
        asked = {"TableName": "table", "Key": {"pk": {"S": "a"}}, **params}
        if "Key" in params:
            with pytest.raises(ParamValidationError):
                client.get_item(**asked)
            assert server.requests == []
        else:
            assert client.get_item(**asked)["Item"] == {"pk": {"S": "a"}}
            (request,) = server.requests
            assert b"Botocore" in request
            assert server.bodies[0]["AttributesToGet"] == ["pk"]
        client._other().close()


def test_an_operation_that_it_does_not_have_is_botocores() -> None:
    with serving(answers({"TableNames": []})) as server:
        client = lean(server.port)
        assert client.list_tables()["TableNames"] == []
        client._other().close()


def test_an_error_of_what_was_handed_over_is_of_this_clients_classes() -> None:
    with serving(fails(400, "ConditionalCheckFailedException", message="no")) as server:
        client = lean(server.port)
        with pytest.raises(client.exceptions.ConditionalCheckFailedException) as raised:
            client.put_item(TableName="table", Item={"pk": {"S": "a"}}, Expected={})
        assert isinstance(raised.value, ServiceError)
        client._other().close()


# ------------------------------------------------------------------------------------------ TLS and proxies


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """What a server on this machine shows, and the file to trust it by."""
    folder = tmp_path_factory.mktemp("tls")
    (folder / "server.pem").write_bytes(certificate("127.0.0.1"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, str(folder / "server.pem")


def test_the_end_of_a_long_request_does_not_wait_until_its_beginning_has_come() -> None:
    """As it would by TCP's own rule (Nagle's)."""
    with serving(answers({})) as server:
        endpoint = Endpoint("eu-west-1", tls=False, host="127.0.0.1", port=server.port, authority="")
        connection: Any = connector(endpoint, 1)()
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        connection.close()


def test_over_tls_a_primed_connection_is_the_one_that_is_used(served: tuple[ssl.SSLContext, str]) -> None:
    context, roots = served
    with serving(answers({"Item": {}}), tls=context) as server:
        client = lean(server.port, tls=True, roots=roots)
        client.prime()
        assert server.connections == 1
        for _ in range(3):
            assert client.get_item(TableName="t", Key={})["Item"] == {}
        assert (server.connections, len(server.requests)) == (1, 3)
        client.close()


def test_a_server_that_nobody_vouches_for_is_sent_nothing(served: tuple[ssl.SSLContext, str]) -> None:
    with serving(answers({}), tls=served[0]) as server:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            lean(server.port, tls=True).get_item(TableName="t", Key={})
        assert server.requests == []


def test_a_certificate_for_another_host_is_none(served: tuple[ssl.SSLContext, str], tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(certificate("192.0.2.1"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "other.pem")
    with serving(answers({}), tls=context) as server:
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            lean(server.port, tls=True, roots=str(tmp_path / "other.pem")).get_item(TableName="t", Key={})
        assert server.requests == []


def test_one_context_serves_the_process_and_verifies() -> None:
    context = tls_context()
    assert context is tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_proxy_makes_a_tunnel(served: tuple[ssl.SSLContext, str]) -> None:
    context, roots = served
    seen: list[bytes] = []

    def tunnel(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as inner:
            seen.append(inner.recv(65536))
            answers({"Item": {}})(inner)
        raise Hangup

    with serving(tunnel) as proxy:
        client = lean(9, tls=True, roots=roots, proxy=Proxy("127.0.0.1", proxy.port))
        assert client.get_item(TableName="t", Key={})["Item"] == {}
        client.close()
        assert proxy.requests == [b"CONNECT 127.0.0.1:9 HTTP/1.1\r\nHost: 127.0.0.1:9\r\n\r\n"]
        endpoint = Endpoint("eu-west-1", True, "127.0.0.1", 9, "", roots, Proxy("127.0.0.1", proxy.port))
        connection: Any = connector(endpoint, 3)()
        # However long the proxy took, there is as much time for the endpoint.
        assert connection.gettimeout() == 3
        connection.close()
    assert b"X-Amz-Target: DynamoDB_20120810.GetItem" in seen[0]


@pytest.mark.parametrize("way", [answers(b"", 407), answers(b"", 300), writes(b"junk\r\n\r\n", then=Hangup)])
def test_a_proxy_that_makes_none_is_a_fault(way: Behaviour) -> None:
    with serving(way) as proxy:
        with pytest.raises(NotSent):
            lean(9, attempts=1, tls=True, proxy=Proxy("127.0.0.1", proxy.port)).get_item(TableName="t", Key={})
        assert len(proxy.requests) == 1


def test_a_proxy_is_the_environments_unless_the_host_is_excepted(environment: Callable[..., None]) -> None:
    environment(https_proxy="http://proxy.example:3128")
    assert endpoint_of(os.environ).proxy == Proxy("proxy.example", 3128)
    environment(https_proxy="http://proxy.example:3128", no_proxy=".amazonaws.com")
    assert endpoint_of(os.environ).proxy is None
    environment(http_proxy="http://proxy.example:3128")
    assert endpoint_of(os.environ).proxy is None
