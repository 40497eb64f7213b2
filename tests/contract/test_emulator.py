"""The local stack's quicker emulator answers what the emulator answers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.stack.own_stack import PYTHON, ROOT

AGREE = """
import itertools
from local.emulator.conditions import _evaluate, _slowly

TEXTS = ["a", "a#1", "a#10", "aa", "b", "ab~", "é", "ي"]
ON_SORT = ["", " AND begins_with(sk, :a)", " AND sk BETWEEN :a AND :b", " AND sk > :a"]
asked = 0
for more, pk, sk, low, high in itertools.product(ON_SORT, "pq", TEXTS, TEXTS, TEXTS):
    if low > high:
        continue
    condition, row = f"pk = :pk{more}", {"pk": {"S": pk}, "sk": {"S": sk}}
    values = {":pk": {"S": "p"}, ":a": {"S": low}, ":b": {"S": high}}
    answers = [judge(condition, row, values, {}, slot="KeyConditionExpression") for judge in (_evaluate, _slowly)]
    assert answers[0] == answers[1], (condition, row, values)
    asked += 1
print(asked)
"""

UNPACK = """
import io, os, sys, tempfile
from pathlib import Path
from local.emulator.quicker_ministack import UnpackedOnce

def archive(**files):
    file = io.BytesIO()
    with UnpackedOnce(file, "w") as made:
        for name, text in files.items():
            made.writestr(f"pkg/{name}.py", text)
    return file

def unpacked(file):
    folder = Path(tempfile.mkdtemp()) / "code"
    folder.mkdir()
    with UnpackedOnce(file) as opened:
        opened.extractall(folder)
    return folder, {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*.py")}

first, again, other = unpacked(archive(a="1", b="2")), unpacked(archive(a="1", b="2")), unpacked(archive(a="1", b="3"))
assert first[1] == again[1] == {"pkg/a.py": "1", "pkg/b.py": "2"}
assert other[1] == {"pkg/a.py": "1", "pkg/b.py": "3"}
assert first[0].resolve() == again[0].resolve() != other[0].resolve()
"""


PARSE = """
import json
from local.emulator.quicker_ministack import LastBody

parse, body, other = LastBody(), b'{"a": [1]}', b'{"b": 2}'
assert parse(body) is parse(body) and parse(body) == {"a": [1]}
assert parse(other) == {"b": 2} and parse(body) == {"a": [1]}
for wrong in (b"{", b"\\xff", None):
    for _ in range(2):
        try:
            parse(wrong)
        except (ValueError, TypeError):
            continue
        raise AssertionError(wrong)
assert parse(body) == {"a": [1]}
"""

FORGET = """
from local.emulator import pollers, streams
from local.snapshots import files
from ministack.services import dynamodb, lambda_svc

streams.STAY_UNPACKED, pollers.FORGETS = 2, 2
streams.install()
assert dynamodb._create_table({
    "TableName": "rows", "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
})[0] == 200
for number in range(6):
    assert dynamodb._put_item({"TableName": "rows", "Item": {"pk": {"S": str(number)}}})[0] == 200
def left():
    return [each["dynamodb"]["Keys"]["pk"]["S"] for each in dynamodb._stream_records["rows"]]
def read(position):
    return [each["dynamodb"]["Keys"]["pk"]["S"] for each in pollers._records("rows", position, 10)]
assert [type(each) for each in list.__iter__(dynamodb._stream_records["rows"])] == [bytes] * 4 + [dict] * 2
pollers._forget_read()
assert left() == list("012345"), "a stream that nobody reads"
for uuid, position in (("fast", 6), ("slow", 1)):
    lambda_svc._esms[uuid] = {"UUID": uuid, "EventSourceArn": dynamodb._tables["rows"]["LatestStreamArn"]}
    lambda_svc._dynamodb_stream_positions[uuid] = position
pollers._forget_read()
assert left() == list("012345"), "too few to begin"
lambda_svc._dynamodb_stream_positions["slow"] = 4
pollers._forget_read()
assert left() == list("45") == read(4)
assert read(5) == ["5"] and read(6) == []
lambda_svc._dynamodb_stream_positions["slow"] = lambda_svc._dynamodb_stream_positions["fast"] = 4
for number in range(6, 9):
    assert dynamodb._put_item({"TableName": "rows", "Item": {"pk": {"S": str(number)}}})[0] == 200
kept = files._unread()["records"]
streams.install()
dynamodb._stream_records.update(kept)
assert [type(each) for each in kept["rows"]] == [dict] * 5 and left() == list("45678") == read(4)
assert dynamodb.stream_end_position("rows") == 9 and dynamodb.stream_start_position("rows") == 4
"""


@pytest.mark.slow
def test_records_of_a_stream_are_forgotten_once_all_its_readers_have_read_them(tmp_path: Path) -> None:
    _run(FORGET, tmp_path)


@pytest.mark.slow
def test_a_body_is_parsed_once_for_all_who_ask(tmp_path: Path) -> None:
    _run(PARSE, tmp_path)


@pytest.mark.slow
def test_conditions_on_keys_hold_for_the_same_rows(tmp_path: Path) -> None:
    assert int(_run(AGREE, tmp_path).split()[-1]) > 2000


@pytest.mark.slow
def test_an_archive_is_unpacked_once_and_whole(tmp_path: Path) -> None:
    _run(UNPACK, tmp_path)


def _run(script: str, folder: Path) -> str:
    """What it prints, in the stack's own environment."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    ended = subprocess.run(
        [PYTHON, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
