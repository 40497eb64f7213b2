"""The one way to DynamoDB: a client with short timeouts, and its faults in the domain's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected

from customers.domain.refusals import Conflict, OutcomeUnknown, Unavailable
from customers.store.customers.rows import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PATIENCE = {
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
}
"""Errors of status 400 that ask for it; those of 5xx all do."""
_RACED = {"None", "ConditionalCheckFailed", "TransactionConflict"}
"""Why a transaction is cancelled that another writer has overtaken."""
_CROWDED = {"ThrottlingError", "ProvisionedThroughputExceeded"}
_KEYS = 100
"""That one request takes."""
_ROUNDS = 5
"""How often what DynamoDB left out of a batch is asked for again. More than 16 MB, or throttled, it leaves some out."""


@cache
def connect() -> DynamoDBClient:
    """The client, one for all stores. A till gives up after some seconds: better a quick 503 than a slow answer."""
    return _client(read_timeout=2, tries=2)


@cache
def connect_patiently() -> DynamoDBClient:
    """The client of who reads much, and would have to begin anew."""
    return _client(read_timeout=10, tries=4)


def _client(read_timeout: int, tries: int) -> DynamoDBClient:
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
        # A fixed name: botocore would put its own together anew for every request, a fifth of a warm call's CPU.
        user_agent="customers-identification",
    )
    # Not through boto3: what it adds for resources and transfers is loaded at every cold start and used by nobody here.
    return cast("DynamoDBClient", botocore.session.get_session().create_client("dynamodb", config=config))


def get_all(client: DynamoDBClient, table: str, keys: Sequence[Item]) -> list[Item]:
    """The rows that exist of any number of keys, strongly consistent. Raises `Unavailable` if some stay unread."""
    return get_from(client, {table: keys})[table]


def get_from(client: DynamoDBClient, wanted: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
    """The same of several tables, together. Which of them is read first is not told."""
    keys = [(table, key) for table, each in wanted.items() for key in each]
    found: dict[str, list[Item]] = {table: [] for table in wanted}
    with answering():
        for start in range(0, len(keys), _KEYS):
            for table, row in _batch(client, keys[start : start + _KEYS]):
                found[table].append(row)
    return found


def get_together(client: DynamoDBClient, keys: Mapping[str, Item]) -> dict[str, Item | None]:
    """Of some tables a row each, in one request, strongly consistent. Raises `Unavailable` if one stays unread."""
    found = get_from(client, {table: [key] for table, key in keys.items()})
    return {table: next(iter(rows), None) for table, rows in found.items()}


def _batch(client: DynamoDBClient, keys: Sequence[tuple[str, Item]]) -> Iterator[tuple[str, Item]]:
    wanted: Any = {}
    for table, key in keys:
        wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(key)
    for _ in range(_ROUNDS):
        answer = client.batch_get_item(RequestItems=wanted)
        yield from ((table, row) for table, rows in answer["Responses"].items() for row in rows)
        wanted = answer.get("UnprocessedKeys")
        if not wanted:
            return
    raise Unavailable


def commit(client: DynamoDBClient, writes: list[Any]) -> None:
    """All of it, or nothing. Raises `Conflict` where a condition does not hold or another writes the same now,
    `Unavailable` where DynamoDB asks for patience, `OutcomeUnknown` where it does not say what came of it.
    """
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        reasons = {reason.get("Code", "None") for reason in error.response["CancellationReasons"]}
        if reasons <= _RACED:
            raise Conflict from error
        if reasons <= _RACED | _CROWDED:
            raise Unavailable from error
        raise
    except (
        client.exceptions.TransactionConflictException,
        # The client's own second try: its first is not over yet.
        client.exceptions.TransactionInProgressException,
    ) as error:
        raise Conflict from error
    except ClientError as error:
        if error.response["Error"]["Code"] in _PATIENCE:
            raise Unavailable from error
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            raise
        raise OutcomeUnknown from error
    except (NotConnected, HTTPClientError) as error:
        raise OutcomeUnknown from error


@contextmanager
def answering() -> Iterator[None]:
    """Turn a fault that passes by itself into `Unavailable`; any other is a defect and goes on."""
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status < 500 and error.response["Error"]["Code"] not in _PATIENCE:
            raise
        raise Unavailable from error
    except (NotConnected, HTTPClientError) as error:
        raise Unavailable from error
