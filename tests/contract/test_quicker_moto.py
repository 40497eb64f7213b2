"""Tables in memory answer as moto's own do, also where a transaction is cancelled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from moto import mock_aws

from tests.support.dynamodb import in_memory
from tests.support.tables import ROOT, create_tables, dynamodb

pytestmark = pytest.mark.slow

TOLD = """
import json, boto3
from customers.store.client_errors import ServiceError
from tests.contract.test_quicker_moto import told
from tests.support.tables import dynamodb
from botocore.exceptions import ClientError
print(json.dumps(told({}, {}), default=repr))
"""
MOTO = TOLD.format("lambda: boto3.client('dynamodb')", "ClientError")
QUICKER = """
from tests.support.dynamodb import quicker_botocore, quicker_moto
quicker_botocore.install()
quicker_moto.install()
"""
SHIPPED = QUICKER + TOLD.format("dynamodb", "ServiceError")
ROW: dict[str, Any] = {
    "S": {"S": "text"},
    "N": {"N": "12.5"},
    "B": {"B": b"bytes"},
    "NULL": {"NULL": True},
    "BOOL": {"BOOL": False},
    "SS": {"SS": ["a", "b"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": [b"x"]},
    "L": {"L": []},
    "amount": {"N": "3"},
    "M": {"M": {"L": {"L": [{"N": "1"}, {"M": {"S": {"S": ""}}}]}}},
}
KEYS: dict[str, dict[str, Any]] = {"both": {"a": {"S": "p"}, "b": {"S": "q"}}, "one": {"a": {"S": "p"}}}
NEW: dict[str, dict[str, Any]] = {"both": {"a": {"S": "p"}, "b": {"S": "r"}}, "one": {"a": {"S": "r"}}}
ONE = {"ExpressionAttributeValues": {":one": {"N": "1"}}}


def told(connect: Callable[[], Any], refusal: type[Any]) -> list[Any]:
    """What is answered, one call after the other, by tables with one key and with two."""
    answers: list[Any] = []
    with mock_aws():
        client = connect()

        def ask(operation: str, **asked: Any) -> None:
            try:
                answer = getattr(client, operation)(**asked)
            except refusal as error:
                answer = error.response
            # The shipped client has the message of an error beside `Error`, too.
            answer.pop("message", None)
            answer.pop("ResponseMetadata", None)
            answers.append(answer)

        def transact(table: str, other: str, condition: str) -> None:
            update = "ADD amount :one SET M.L[0] = :one REMOVE SS"
            elsewhere = {"Key": {"a": {"S": "elsewhere"}}, "ConditionExpression": "attribute_not_exists(a)"}
            asked = {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
            writes = [
                {"Update": {"TableName": table, "Key": KEYS[table], "UpdateExpression": update, **ONE}},
                {"Put": {"TableName": table, "Item": {**ROW, **NEW[table]}}},
                {"ConditionCheck": {"TableName": "one", **elsewhere}},
                {"Delete": {"TableName": other, "Key": KEYS[other], **asked}},
            ]
            ask("transact_write_items", TransactItems=writes)
            for each in KEYS:
                ask("scan", TableName=each)

        for table, key in KEYS.items():
            keys = [
                {"AttributeName": name, "KeyType": kind} for name, kind in zip(key, ("HASH", "RANGE"), strict=False)
            ]
            kinds = [{"AttributeName": name, "AttributeType": "S"} for name in key]
            made = {"AttributeDefinitions": kinds, "KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"}
            client.create_table(TableName=table, **made)
            ask("put_item", TableName=table, Item={**ROW, **key})
        for condition in ("attribute_not_exists(a)", "attribute_exists(a)"):
            transact("both", "one", condition)
            transact("one", "both", condition)
        for named, values in ((NEW["one"], "ALL_NEW"), ({"a": {"S": "n"}}, "ALL_OLD")):
            update = {"UpdateExpression": "SET amount = :one", "ReturnValues": values, **ONE}
            ask("update_item", TableName="one", Key=named, **update)
        for length in (399_000, 409_000):
            ask("put_item", TableName="one", Item={"a": {"S": "large"}, "x": {"S": "x" * length}, "y": {"N": "1"}})
        for number in range(3):
            longer = {":more": {"S": str(number) * 3_000}}
            update = {"UpdateExpression": f"SET more{number} = :more", "ExpressionAttributeValues": longer}
            ask("update_item", TableName="one", Key={"a": {"S": "large"}}, **update)
        ask("get_item", TableName="one", Key={"a": {"S": "large"}}, ProjectionExpression="more0, more1, more2")
        within = {"KeyConditionExpression": "a = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
        ask("query", TableName="both", **within)
        ask("get_item", TableName="both", Key=KEYS["both"])
        ask("transact_get_items", TransactItems=[{"Get": {"TableName": "one", "Key": NEW["one"]}}])
        ask("scan", TableName="one")
    return answers


def _run(script: str) -> list[Any]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'layers/common/python'}:{ROOT}"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    answers: list[Any] = json.loads(ended.stdout)
    return answers


@pytest.mark.thorough
def test_what_is_answered_is_what_moto_answers() -> None:
    answers = _run(MOTO)
    assert _run(QUICKER + MOTO) == answers
    assert _run(SHIPPED) == answers
    # Some transactions were cancelled, others were not.
    assert {"Error" in answer for answer in answers} == {True, False}


def test_rows_that_are_read_and_laid_down_without_a_request_are_those_of_one() -> None:
    with mock_aws():
        client = dynamodb()
        create_tables(client)
        rows = [{**ROW, "pk": {"S": f"{enterprise}#1"}, "sk": {"S": "x"}} for enterprise in ("acme", "other")]
        client.put_item(TableName="RecordsTable", Item=rows[0])
        in_memory.lay("RecordsTable", [rows[1]])
        assert in_memory.all_rows("RecordsTable") == client.scan(TableName="RecordsTable")["Items"] == rows
        kept = in_memory.keep()
        for condition in ("attribute_not_exists(pk)", "attribute_exists(pk)"):
            own, other = ({name: row[name] for name in ("pk", "sk")} for row in rows)
            key: Any = {"TableName": "RecordsTable", "Key": own}
            writes: list[Any] = [
                {"Update": {**key, "UpdateExpression": "ADD amount :one", **ONE}},
                {"Delete": {**key, "Key": other, "ConditionExpression": condition}},
            ]
            with suppress(client.exceptions.TransactionCanceledException):
                client.transact_write_items(TransactItems=writes)
        assert in_memory.rows_of("RecordsTable", "acme", "other") == [{**rows[0], "amount": {"N": "4"}}]
        in_memory.put_back(kept)
        assert in_memory.rows_of("RecordsTable", "other") == [rows[1]]
        in_memory.forget("RecordsTable", "other")
        assert in_memory.all_rows("RecordsTable") == [rows[0]]
