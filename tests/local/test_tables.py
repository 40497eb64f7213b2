"""The emulator's tables answer as the emulator's own functions do, through changes, snapshots and kills."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.stack.machine import Machine
from tests.support.stack.own_stack import PYTHON, ROOT

# The emulator outlives the object that started it, as it does after `make up`.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. .function Popen.__del__")

TABLE: Any = {
    "TableName": "rows",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "BillingMode": "PAY_PER_REQUEST",
}
MANY = 21_000
"""Rows, of which the first are packed."""


def compared(what: str, seed: int, rounds: int) -> None:
    arguments: list[Any] = [PYTHON, "-m", f"tests.support.stack.compare_{what}", str(seed), str(rounds)]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
def test_every_answer_is_the_one_that_the_emulator_would_give() -> None:
    compared("tables", 0, 40)


@pytest.mark.thorough
def test_every_answer_is_the_one_that_the_emulator_would_give_of_many() -> None:
    compared("tables", 1_000, 1_000)


@pytest.mark.slow
def test_packed_rows_survive_a_kill(machine: Machine) -> None:
    machine.start()
    tables = machine.aws("dynamodb")
    tables.create_table(**TABLE)
    for first in range(0, MANY, 25):
        puts = [{"PutRequest": {"Item": row(number)}} for number in range(first, first + 25)]
        tables.batch_write_item(RequestItems={"rows": puts})
    tables.delete_item(TableName="rows", Key={name: row(1)[name] for name in ("pk", "sk")})
    machine.snapshot()
    machine.kill()

    machine.start()
    pages = machine.aws("dynamodb").get_paginator("scan").paginate(TableName="rows", ConsistentRead=True)
    found = [each for page in pages for each in page["Items"]]
    expected = sorted((row(number) for number in range(MANY) if number != 1), key=lambda each: each["pk"]["S"])
    assert found == expected


def row(number: int) -> dict[str, Any]:
    return {"pk": {"S": f"p{number:06}"}, "sk": {"S": "é"}, "n": {"N": str(number)}, "list": {"L": [{"BOOL": True}]}}


def test_a_transaction_that_comes_again_is_known_and_another_one_is_refused(machine: Machine) -> None:
    machine.start()
    tables = machine.aws("dynamodb")
    tables.create_table(**TABLE)
    adds: Any = {
        "TableName": "rows",
        "Key": {"pk": {"S": "p"}, "sk": {"S": "s"}},
        "UpdateExpression": "ADD n :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    for _ in range(2):
        tables.transact_write_items(TransactItems=[{"Update": adds}], ClientRequestToken="token")
    assert tables.get_item(TableName="rows", Key=adds["Key"])["Item"]["n"] == {"N": "1"}
    other = {**adds, "ExpressionAttributeValues": {":n": {"N": "2"}}}
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        tables.transact_write_items(TransactItems=[{"Update": other}], ClientRequestToken="token")
