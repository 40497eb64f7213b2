"""A lookup is one request, however it names the customer and however much lies behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import Unavailable
from customers.store.customers.profiles import Profiles
from customers.store.dynamodb.client import connect
from tests.support.books import CUSTOMERS, Books, Town, calls, interrupting
from tests.support.facts import LAYLA, NOON, OMAR
from tests.support.tables import dynamodb


@pytest.mark.parametrize("facts", [1, 10, 60])
def test_one_request_whatever_the_length_of_the_history(books: Books, facts: int) -> None:
    books.post("provider_id.linked", provider_customer_id="pos-1")
    books.post("provider_id.linked", provider_customer_id="pos-2")
    for number in range(facts):
        books.post("purchase.completed", at=NOON - timedelta(days=number))
        if number < 10:
            books.post("promo.granted", grant_id=f"g-{number}")
    for address, expected in (
        (Phone(LAYLA), "GetItem"),
        (ProviderId("pos-1"), "GetItem"),
        (ProviderId("pos-2"), "GetItem"),
    ):
        with calls(books.client) as asked:
            found = books.profiles.find(books.enterprise, address)
        assert found
        assert found.activity.visit_count == facts
        assert asked == [expected]


@pytest.mark.parametrize("address", [Phone(OMAR), ProviderId("pos-9")])
def test_a_stranger_takes_one_request_too(books: Books, address: Phone | ProviderId) -> None:
    with calls(books.client) as asked:
        assert books.profiles.find(books.enterprise, address) is None
    assert len(asked) == 1


def test_a_customer_of_another_enterprise_is_a_stranger(books: Books, town: Town) -> None:
    books.post("provider_id.linked", provider_customer_id="pos-1")
    elsewhere = town.newcomer()
    for address in (Phone(LAYLA), ProviderId("pos-1")):
        with calls(books.client) as asked:
            assert elsewhere.profiles.find(elsewhere.enterprise, address) is None
        assert len(asked) == 1


def test_by_either_address_the_read_is_strongly_consistent(books: Books) -> None:
    sent: list[dict[str, Any]] = []
    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb", lambda params, **_: sent.append(params))
    Profiles(client, CUSTOMERS).find(books.enterprise, Phone(LAYLA))
    Profiles(client, CUSTOMERS).find(books.enterprise, ProviderId("pos-1"))
    assert [params["ConsistentRead"] for params in sent] == [True, True]


# ------------------------------------------------------------------------------------------------- faults


def client_error(code: str, status: int) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code, "Message": LAYLA}, "ResponseMetadata": metadata}, "GetItem")


def named(error: Exception) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def failing(error: Exception) -> Callable[[Phone | ProviderId], object]:
    def fail() -> None:
        raise error

    profiles = Profiles(interrupting("before-call.dynamodb", fail), CUSTOMERS)
    return lambda address: profiles.find("acme", address)


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException", 400),
        client_error("ProvisionedThroughputExceededException", 400),
        client_error("RequestLimitExceeded", 400),
        client_error("LimitExceededException", 400),
        client_error("InternalServerError", 500),
        client_error("ServiceUnavailable", 503),
        client_error("503", 503),
        ConnectTimeoutError(endpoint_url="https://dynamodb"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
        ConnectionClosedError(endpoint_url="https://dynamodb"),
    ],
    ids=named,
)
@pytest.mark.parametrize("address", [Phone(LAYLA), ProviderId("pos-1")], ids=["phone", "provider id"])
def test_a_fault_that_passes_by_itself_asks_for_patience(error: Exception, address: Phone | ProviderId) -> None:
    with pytest.raises(Unavailable) as unavailable:
        failing(error)(address)
    assert str(unavailable.value) == ""


@pytest.mark.parametrize(
    "error",
    [
        client_error("ValidationException", 400),
        client_error("AccessDeniedException", 400),
        client_error("ResourceNotFoundException", 400),
        ParamValidationError(report="a defect"),
        KeyError("balance"),
    ],
    ids=named,
)
def test_a_defect_is_not_called_a_fault(error: Exception) -> None:
    with pytest.raises(type(error)):
        failing(error)(Phone(LAYLA))


def test_a_till_is_not_kept_waiting() -> None:
    config: Any = connect().meta.config
    assert config.connect_timeout + config.read_timeout <= 3
    assert config.retries["total_max_attempts"] <= 3
