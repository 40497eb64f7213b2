"""Credentials for one enterprise's rows: asked for once, kept apart, renewed in time."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.validate import ParamValidator

from customers.domain.refusals import Unavailable
from customers.store.client_errors import NotSent
from customers.store.dynamodb import client as clients
from customers.store.dynamodb import tenant_credentials
from customers.store.dynamodb.tenant_credentials import ForBotocore, TenantCredentials
from customers.store.faults import named_faults
from customers.tenant import speaking_for, spoken_for

ROLE = "arn:aws:iam::123456789012:role/SearchTenantRole"
BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
TAKEN: Any = botocore.session.get_session().get_service_model("sts").operation_model("AssumeRole").input_shape


class Sts:
    """STS, as far as this is about it: who was asked for, and an hour's credentials."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.fault: Exception | None = None
        self.at = BEGAN

    def assume_role(self, **asked: Any) -> Any:
        assert not ParamValidator().validate(asked, TAKEN).has_errors()
        assert asked["RoleArn"] == ROLE
        ((tag, enterprise),) = [(each["Key"], each["Value"]) for each in asked["Tags"]]
        assert tag == "enterprise_id"
        if self.fault:
            raise self.fault
        self.asked.append(enterprise)
        given = {"AccessKeyId": f"key-{enterprise}-{len(self.asked)}", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**given, "Expiration": self.at + timedelta(seconds=asked["DurationSeconds"])}}


@pytest.fixture
def sts() -> Sts:
    return Sts()


@pytest.fixture
def credentials(sts: Sts) -> TenantCredentials:
    return TenantCredentials(sts, ROLE, lambda: sts.at.timestamp())


def key_of(credentials: TenantCredentials, enterprise: str) -> str:
    with speaking_for(enterprise):
        return credentials.current().key_id


def test_each_enterprise_has_its_own_and_is_asked_for_once(sts: Sts, credentials: TenantCredentials) -> None:
    assert [key_of(credentials, each) for each in ("acme", "globex", "acme")] == [
        "key-acme-1",
        "key-globex-2",
        "key-acme-1",
    ]
    assert sts.asked == ["acme", "globex"]


def test_outside_a_request_there_are_none(credentials: TenantCredentials) -> None:
    with pytest.raises(RuntimeError, match="no enterprise"):
        credentials.current()
    with pytest.raises(ZeroDivisionError), speaking_for("acme"):
        raise ZeroDivisionError
    assert spoken_for() is None


def test_they_are_renewed_five_minutes_before_their_end(sts: Sts, credentials: TenantCredentials) -> None:
    key_of(credentials, "acme")
    sts.at = BEGAN + timedelta(minutes=55, seconds=-1)
    assert key_of(credentials, "acme") == "key-acme-1"
    sts.at = BEGAN + timedelta(minutes=55)
    assert key_of(credentials, "acme") == "key-acme-2"


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="https://sts"),
        ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole"),
    ],
)
def test_while_sts_fails_those_that_are_good_serve_and_without_them_it_is_a_503(
    sts: Sts, credentials: TenantCredentials, fault: Exception
) -> None:
    key_of(credentials, "acme")
    sts.fault, sts.at = fault, BEGAN + timedelta(minutes=59)
    assert key_of(credentials, "acme") == "key-acme-1"
    with pytest.raises(NotSent):
        key_of(credentials, "globex")
    sts.at = BEGAN + timedelta(minutes=60)
    with pytest.raises(Unavailable), named_faults():
        key_of(credentials, "acme")


def test_a_process_keeps_those_of_a_bounded_number(
    sts: Sts, credentials: TenantCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_credentials, "MOST", 2)
    for each in ("one", "two", "three", "three", "one"):
        key_of(credentials, each)
    assert sts.asked == ["one", "two", "three", "one"]


@pytest.fixture
def with_a_role(credentials: TenantCredentials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT_ROLE", ROLE)
    monkeypatch.setattr(TenantCredentials, "connect", lambda _role: credentials)


@pytest.mark.usefixtures("with_a_role")
def test_both_clients_sign_for_the_enterprise_that_is_spoken_for() -> None:
    lean: Any = clients.lean_client(lambda: None, 1, 1)
    signed = clients.botocore_client(1, 1)
    for enterprise in ("acme", "globex"):
        with speaking_for(enterprise):
            assert f"Credential=key-{enterprise}-" in lean._request(
                type("Op", (), {"target": "DynamoDB_20120810.GetItem"}), b"{}"
            ).decode(errors="replace")
            request = sent_by(signed)
            assert f"Credential=key-{enterprise}-" in request.headers["Authorization"].decode()
    with pytest.raises(RuntimeError, match="no enterprise"):
        sent_by(signed)


def sent_by(client: Any) -> Any:
    """The signed request of a read, which is not sent."""
    found: list[Any] = []

    def stop(request: Any, **_: Any) -> Any:
        found.append(request)
        raise EndpointConnectionError(endpoint_url=request.url)

    client.meta.events.register_first("before-send.dynamodb.GetItem", stop)
    try:
        with suppress(EndpointConnectionError):
            client.get_item(TableName="CustomersTable", Key={"pk": {"S": "acme#1"}})
    finally:
        client.meta.events.unregister("before-send.dynamodb.GetItem", stop)
    return found[0]


def test_botocore_asks_for_them_at_each_request(credentials: TenantCredentials) -> None:
    session = botocore.session.get_session()
    session.register_component("credential_provider", ForBotocore(credentials))
    found: Any = session.get_credentials()
    with speaking_for("acme"):
        assert found.get_frozen_credentials().access_key == "key-acme-1"
