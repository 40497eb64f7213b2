"""`python -m tests.support.stack.compare_tables SEED ROUNDS`: the emulator's tables beside this project's.

Random tables are filled, read page by page and changed meanwhile, once with the emulator's own functions and once with
those of `local.emulator.tables`. It prints the first answer that differs, and ends with 1. Run with the Python of the
tools: the emulator is not among the tests' own libraries.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FunctionType, SimpleNamespace
from typing import Any

from ministack.core import persistence  # type: ignore[import-not-found]
from ministack.services import dynamodb  # type: ignore[import-not-found]

from local.emulator import expiry, rows, tables
from local.snapshots import files

SCAN, QUERY = dynamodb._scan, dynamodb._query
EXPRESSIONS = (
    "pk = :pk",
    "pk = :pk AND begins_with(sk, :low)",
    "pk = :pk AND sk BETWEEN :low AND :high",
    "pk = :pk AND sk > :low",
    "#k = :pk",
    "other = :pk",
)
LARGE = "x" * 300_000
"""Of which three fit into a page."""


class Both:
    """One table twice: as the emulator keeps it, and as this project does."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._sort_key = draw.choice(("S", "S", "S", "N", ""))
        self._create()
        self.mine = dynamodb._tables["table"]
        self.theirs = {**self.mine, "items": defaultdict(dict)}
        for _ in range(draw.choice((0, 3, 30, 200))):
            self.write()

    def _create(self) -> None:
        keys = [("pk", "HASH"), ("sk", "RANGE")][: 2 if self._sort_key else 1]
        types = {"pk": "S", "sk": self._sort_key, "by": "S"}
        index = {
            "IndexName": "index",
            "KeySchema": [{"AttributeName": "by", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        request = {
            "TableName": "table",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": types[name]} for name in (*dict(keys), "by")
            ],
            "GlobalSecondaryIndexes": [index],
        }
        dynamodb._tables.pop("table", None)
        status, _, body = dynamodb._create_table(request)
        assert status == 200, body

    def key(self) -> dict[str, Any]:
        draw = self._draw
        number = draw.randrange(30)
        key: dict[str, Any] = {"pk": {"S": draw.choice("abé")}}
        if self._sort_key:
            key["sk"] = {self._sort_key: str(number) if self._sort_key == "N" else draw.choice("xyz") + str(number)}
        else:
            key["pk"] = {"S": f"{key['pk']['S']}{number}"}
        return key

    def write(self) -> None:
        draw = self._draw
        row: dict[str, Any] = self.key()
        pk, sk, _ = dynamodb._resolve_table_key_values(self.mine, row, allow_extra=False)
        if draw.random() < 0.2:
            for table in (self.mine, self.theirs):
                dynamodb._remove_item(table, pk, sk)
            return
        if draw.random() < 0.5:
            row["by"] = {"S": draw.choice("mn")}
        row["content"] = {"S": LARGE if draw.random() < 0.1 else draw.choice(("é", "long " * 9))}
        if draw.random() < 0.2:
            row["ttl"] = draw.choice(({"N": "5"}, {"N": str(2**40)}, {"S": "ttl"}, {"M": {}}))
        row["more"] = {"M": {"n": {"N": str(draw.random())}, "l": {"L": [{"BOOL": True}, {"NULL": True}]}}}
        for table in (self.mine, self.theirs):
            dynamodb._set_item(table, pk, sk, row)

    def request(self) -> tuple[Any, Any, dict[str, Any]]:
        """The emulator's function, this project's, and what both are asked."""
        draw = self._draw
        asked: dict[str, Any] = {"TableName": "table"}
        values: dict[str, Any] = {}
        options: dict[str, tuple[Any, ...]] = {
            "Limit": (1, 2, 5, 0),
            "Select": ("COUNT",),
            "ReturnConsumedCapacity": ("TOTAL",),
            "ConsistentRead": (True,),
            "IndexName": ("index", "unknown"),
            "ExclusiveStartKey": (self.key(), {**self.key(), "by": {"S": "m"}}, {"pk": {"S": "a"}}),
        }
        asked |= {name: draw.choice(given) for name, given in options.items() if draw.random() < 0.25}
        if draw.random() < 0.3:
            asked["FilterExpression"], values[":m"] = "#by = :m", {"S": "m"}
            asked["ExpressionAttributeNames"] = {"#by": "by"}
        if draw.random() < 0.5:
            if draw.random() < 0.3:
                asked |= {"Segment": draw.choice((0, 1, 2, -1)), "TotalSegments": draw.choice((1, 2, 3))}
            asked |= {"ExpressionAttributeValues": values} if values else {}
            return SCAN, dynamodb._scan, asked
        condition = "by = :pk" if "IndexName" in asked and draw.random() < 0.8 else draw.choice(EXPRESSIONS)
        if "#k" in condition:
            asked.setdefault("ExpressionAttributeNames", {})["#k"] = "pk"
        values[":pk"] = draw.choice(({"S": draw.choice("abéz")}, self.key()["pk"], {"N": "1"}))
        low, high = sorted((draw.choice("xyz") + str(draw.randrange(30)), draw.choice(("y", "z2"))))
        kind = draw.choice((self._sort_key or "S", "S"))
        bounds = {":low": {kind: low if kind == "S" else "7"}, ":high": {kind: high if kind == "S" else "9"}}
        values |= {name: value for name, value in bounds.items() if name in condition}
        asked |= {"KeyConditionExpression": condition, "ExpressionAttributeValues": values}
        if draw.random() < 0.7:
            asked["ScanIndexForward"] = draw.choice((True, False))
        return QUERY, dynamodb._query, asked

    def answer(self, read: Any, table: dict[str, Any], asked: dict[str, Any]) -> tuple[int, Any]:
        dynamodb._tables["table"] = table
        status, _, body = read(json.loads(json.dumps(asked)))
        return status, json.loads(body)

    def differing(self) -> str:
        """Read to the last page, with writes in between."""
        usual, mine, asked = self.request()
        for _ in range(20):
            expected, found = self.answer(usual, self.theirs, asked), self.answer(mine, self.mine, asked)
            if expected != found:
                return f"{json.dumps(asked)[:2000]}\nshould be {str(expected)[:2000]}\nand is {str(found)[:2000]}"
            if "LastEvaluatedKey" not in found[1]:
                break
            asked = {**asked, "ExclusiveStartKey": found[1]["LastEvaluatedKey"]}
            if self._draw.random() < 0.5:
                self.write()
        return self.kept()

    def expire(self) -> str:
        """The emulator's loop deletes once, and is stopped when it would rest again.

        The emulator has a thread in the same loop. It has a clock of its own, and finds nothing between two calls.
        """
        dynamodb._ttl_settings["table"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
        dynamodb._tables["table"] = self.theirs
        sleeps = iter((None,))
        clock = SimpleNamespace(time=time.time, sleep=lambda _: next(sleeps))
        with suppress(StopIteration):
            FunctionType(dynamodb._ttl_reaper.__code__, {**vars(dynamodb), "time": clock})()
        dynamodb._tables["table"] = self.mine
        expiry._delete_expired(time.time())
        del dynamodb._ttl_settings["table"]
        return self.kept()

    def kept(self) -> str:
        """What a snapshot keeps is what there was."""
        dynamodb._tables["table"] = self.mine
        with TemporaryDirectory() as folder:
            written = json.dumps(dynamodb.get_state(), default=files._Large(Path(folder)).instead)
            state = json.loads(written, object_hook=persistence._json_object_hook)
        dynamodb._tables.clear()
        dynamodb.load_persisted_state(state)
        self.mine = dynamodb._tables["table"]
        rows = {pk: dict(of_pk) for pk, of_pk in self.mine["items"].items()}
        return "" if rows == self.theirs["items"] else "a snapshot keeps other rows"


def main(seed: int, rounds: int) -> int:
    rows.STAY_UNPACKED, rows.FEW = 5, 4
    tables.install()
    files.install()
    for each in range(seed, seed + rounds):
        both = Both(Random(each))
        for _ in range(8):
            if differs := both.differing() or both.expire():
                print(f"seed {each}: {differs}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
