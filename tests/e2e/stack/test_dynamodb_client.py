"""The client that is shipped and botocore's, on the emulator: the same answers and errors, whatever is asked."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.store.dynamodb.lean.client import LeanClient
from customers.store.dynamodb.lean.connections import Connections, connector
from customers.store.dynamodb.lean.endpoint import Endpoint
from customers.store.dynamodb.lean.signature import Credentials
from tests.support.dynamodb.random_requests import ITEMS
from tests.support.stack.own_stack import client as stack_client

Ask = Callable[[str], tuple[str, dict[str, Any]]]
"""A call, given the table that it is for."""

KEYS = st.builds(lambda one, two: {"pk": {"S": one}, "sk": {"S": two}}, st.sampled_from("ab"), st.sampled_from("xy"))
ROWS = st.builds(lambda key, more: {**more, **key}, KEYS, ITEMS)
CONDITIONS = st.sampled_from(
    [
        {},
        {"ConditionExpression": "attribute_not_exists(pk)"},
        {"ConditionExpression": "seen > :two", "ExpressionAttributeValues": {":two": {"N": "2"}}},
        {"ConditionExpression": "attribute_exists(pk) AND"},
    ]
)
COUNTED = {"UpdateExpression": "ADD seen :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


def call(method: str, **params: Any) -> Ask:
    return lambda table: (method, {"TableName": table, **params})


def written(kind: str, given: dict[str, Any], condition: dict[str, Any]) -> Callable[[str], dict[str, Any]]:
    values = {**given.get("ExpressionAttributeValues", {}), **condition.get("ExpressionAttributeValues", {})}
    more = {"ExpressionAttributeValues": values} if values else {}
    return lambda table: {kind: {"TableName": table, **given, **condition, **more}}


WRITES = st.one_of(
    st.builds(lambda row, condition: written("Put", {"Item": row}, condition), ROWS, CONDITIONS),
    st.builds(lambda key, condition: written("Delete", {"Key": key}, condition), KEYS, CONDITIONS),
    st.builds(lambda key, condition: written("Update", {"Key": key, **COUNTED}, condition), KEYS, CONDITIONS),
)
METHODS = {"Put": "put_item", "Delete": "delete_item", "Update": "update_item"}


def single(write: Callable[[str], dict[str, Any]]) -> Ask:
    def ask(table: str) -> tuple[str, dict[str, Any]]:
        ((kind, params),) = write(table).items()
        return METHODS[kind], params

    return ask


ASKS = st.one_of(
    WRITES.map(single),
    st.lists(WRITES, min_size=1, max_size=3).map(
        lambda writes: lambda table: ("transact_write_items", {"TransactItems": [each(table) for each in writes]})
    ),
    KEYS.map(lambda key: call("get_item", Key=key, ConsistentRead=True)),
    st.lists(KEYS, min_size=1, max_size=3).map(
        lambda keys: lambda table: ("batch_get_item", {"RequestItems": {table: {"Keys": keys}}})
    ),
    st.integers(1, 3).map(
        lambda limit: call(
            "query", KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": {"S": "a"}}, Limit=limit
        )
    ),
    st.just(lambda _table: ("get_item", {"TableName": "none-of-these", "Key": {"pk": {"S": "a"}}})),
)


@pytest.fixture
def lean(stack: Mapping[str, Any]) -> Iterator[LeanClient]:
    at = urlsplit(stack["aws"])
    assert at.hostname
    assert at.port
    endpoint = Endpoint("us-east-1", at.scheme == "https", at.hostname, at.port, at.netloc)
    keys = Credentials("test", "test", None)
    other = partial(stack_client, stack, "dynamodb")
    made = LeanClient(endpoint, lambda: keys, Connections(connector(endpoint, 1)), other, read_timeout=120, attempts=1)
    yield made
    made.close()


@pytest.fixture
def twins(stack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Two tables alike, one for each client."""
    client = stack_client(stack, "dynamodb")
    names = (f"twin-{uuid.uuid4()}", f"twin-{uuid.uuid4()}")
    for name in names:
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
    yield names
    for name in names:
        client.delete_table(TableName=name)


def told(client: Any, ask: Ask, table: str) -> Any:
    method, params = ask(table)
    try:
        answer = getattr(client, method)(**params)
    except client.exceptions.ClientError as error:
        reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], reasons
    answer.pop("ResponseMetadata")
    if "Responses" in answer:
        answer["Responses"] = sorted(map(repr, answer["Responses"][table]))
    return answer


@settings(
    max_examples=settings().max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(asks=st.lists(ASKS, min_size=1, max_size=8))
def test_the_emulator_tells_both_the_same(
    stack: Mapping[str, Any], lean: LeanClient, twins: tuple[str, str], asks: list[Ask]
) -> None:
    theirs: Any = stack_client(stack, "dynamodb")
    for ask in asks:
        assert told(lean, ask, twins[0]) == told(theirs, ask, twins[1])
    assert _rows(lean, twins[0]) == _rows(theirs, twins[1])


def _rows(client: Any, table: str) -> list[str]:
    return sorted(map(repr, client.scan(TableName=table)["Items"]))


def test_what_was_written_by_one_is_read_by_the_other(
    stack: Mapping[str, Any], lean: LeanClient, twins: tuple[str, str]
) -> None:
    theirs: Any = stack_client(stack, "dynamodb")
    row = {"pk": {"S": "é\u0000"}, "sk": {"S": "s"}, "b": {"B": bytes(range(256))}, "m": {"M": {"B": {"N": "1"}}}}
    for writer, reader in ((lean, theirs), (theirs, lean)):
        writer.put_item(TableName=twins[0], Item=row)
        assert reader.get_item(TableName=twins[0], Key={name: row[name] for name in ("pk", "sk")})["Item"] == row
