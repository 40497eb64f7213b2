"""What a local stack keeps: through a stop and a kill, under any port, and never half read."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local import serving
from local.places import Place
from local.refusal import Refusal
from local.snapshots import kept
from tests.support.programs import ends_with_the_block
from tests.support.stack.machine import Machine, eventually
from tests.support.stack.make_command import make
from tests.support.stack.own_stack import PYTHON, ROOT
from tests.support.thorough import only

# The emulator outlives the object that started it, as it does after `make up`.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. .function Popen.__del__")

# ------------------------------------------------------------------------------------------- a kill

TABLE: Any = {
    "TableName": "rows",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


def test_a_kill_loses_the_last_seconds_and_what_is_left_is_of_one_instant(machine: Machine) -> None:
    """Each number is put into a table, then into a queue, then into a bucket: at no instant is one two ahead."""
    machine.start()
    tables, sqs, s3 = (machine.aws(service) for service in ("dynamodb", "sqs", "s3"))
    tables.create_table(**TABLE)
    queue = sqs.create_queue(QueueName="numbers")["QueueUrl"]
    s3.create_bucket(Bucket="numbers")
    written: list[int] = []

    def write() -> None:
        for number in range(1_000_000):
            try:
                tables.put_item(TableName="rows", Item={"pk": {"S": str(number)}})
                sqs.send_message(QueueUrl=queue, MessageBody=str(number))
                s3.put_object(Bucket="numbers", Key=str(number), Body=b"x")
            except (BotoCoreError, ClientError):
                return
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    eventually(lambda: len(written) > 10)
    machine.snapshot()
    safe = len(written)
    machine.snapshot()
    machine.kill()
    writer.join()

    machine.start()
    assert machine.lines[0] == ""
    assert "ended without saving: starting with its state of" in machine.lines[1]
    tables, sqs, s3 = (machine.aws(service) for service in ("dynamodb", "sqs", "s3"))
    rows = tables.scan(TableName="rows", Select="COUNT")["Count"]
    url = sqs.get_queue_url(QueueName="numbers")["QueueUrl"]
    messages = int(
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["ApproximateNumberOfMessages"]
    )
    objects = sum(
        len(page.get("Contents", [])) for page in s3.get_paginator("list_objects_v2").paginate(Bucket="numbers")
    )
    assert objects >= safe - 1
    assert (rows - objects, messages - objects) in {(0, 0), (1, 0), (1, 1)}
    assert rows <= len(written) + 1


def test_a_clean_stop_loses_nothing_and_says_nothing(machine: Machine) -> None:
    machine.start()
    machine.aws("sqs").create_queue(QueueName="kept")
    machine.stop()
    machine.start()
    assert machine.aws("sqs").get_queue_url(QueueName="kept")["QueueUrl"].endswith("/kept")
    assert machine.lines == ["", ""]


STOP = """
import os, sys
from pathlib import Path
from local.snapshots.keeper import Keeper

state, objects = Path(sys.argv[1]), Path(sys.argv[2])
keeper = Keeper(state, objects)
keeper._writing = keeper._fork({})
if sys.argv[3] == "ended":
    os.waitid(os.P_PID, keeper._writing, os.WEXITED | os.WNOWAIT)
elif sys.argv[3] == "reaped":
    os.waitpid(keeper._writing, 0)
keeper.close({})
"""


@pytest.mark.parametrize("copy", only(["runs", "ended", "reaped"], "ended"))
def test_a_stop_while_a_snapshot_ends_keeps_the_state(tmp_path: Path, copy: str) -> None:
    """The copy that writes may have made its snapshot the current one before the stop looks."""
    state, objects = tmp_path / "state", tmp_path / "objects"
    (state / "0/objects").mkdir(parents=True)
    objects.mkdir()
    (state / "current").symlink_to("0")
    (state / "0/kept.json").write_text("{}")
    command = [str(PYTHON), "-c", STOP, str(state), str(objects), copy]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (state / "current/kept.json").exists()
    assert (state / "current/saved.json").exists()
    assert not (state / "unsaved").exists()
    assert [each.name for each in state.iterdir() if each.name.isdigit()] == [(state / "current").readlink().name]


KILLED = """
import os, signal, sys
from pathlib import Path
from local.snapshots.keeper import Keeper

def slow():
    Path(sys.argv[3]).touch()
    signal.pause()

print(Keeper(Path(sys.argv[1]), Path(sys.argv[2]))._fork({"slow": slow}), flush=True)
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells the copy")
def test_a_copy_that_writes_a_snapshot_ends_with_an_emulator_that_is_killed(tmp_path: Path) -> None:
    """The next emulator writes into a folder of the same number."""
    state, objects = tmp_path / "state", tmp_path / "objects"
    (state / "0/objects").mkdir(parents=True)
    objects.mkdir()
    (state / "current").symlink_to("0")
    writes = tmp_path / "writes"
    command = [str(PYTHON), "-c", KILLED, str(state), str(objects), str(writes)]
    with ends_with_the_block(command, cwd=ROOT, stdout=subprocess.PIPE) as original:
        assert original.stdout is not None
        copy = int(original.stdout.readline())
        eventually(writes.exists)
    eventually(lambda: not Path(f"/proc/{copy}/cmdline").exists(), 10)
    assert (state / "current").readlink().name == "0"


@pytest.mark.thorough
def test_a_stack_at_rest_is_not_saved_over_and_over(machine: Machine) -> None:
    machine.start()
    machine.aws("sqs").create_queue(QueueName="kept")
    machine.snapshot()
    rested = eventually(lambda: _unchanged_for(machine, 4.0))
    assert rested


def _unchanged_for(machine: Machine, seconds: float) -> bool:
    """Whether no snapshot was taken in that time."""
    before = machine.saved_at()
    return not threading.Event().wait(seconds) and machine.saved_at() == before


@pytest.mark.thorough
def test_a_copy_that_writes_does_not_keep_the_port_of_one_that_was_killed(machine: Machine) -> None:
    machine.start()
    machine.aws("sqs").create_queue(QueueName="kept")
    machine.snapshot()
    machine.kill()
    machine.start()
    assert machine.aws("sqs").list_queues()["QueueUrls"]


# ------------------------------------------------------------------------------------------- under another port

FUNCTION = """
import boto3, json
def handler(event, _):
    for record in event["Records"]:
        name = record.get("body") or record["dynamodb"]["Keys"]["pk"]["S"]
        boto3.client("dynamodb").put_item(TableName="seen", Item={"pk": {"S": name}})
    print(len(event["Records"]))
"""


@pytest.mark.thorough
def test_queues_and_streams_find_their_readers_under_another_port_with_what_they_held(machine: Machine) -> None:
    machine.start()
    mappings = _deploy_a_reader(machine)
    tables, sqs, functions = (machine.aws(service) for service in ("dynamodb", "sqs", "lambda"))
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    tables.put_item(TableName="rows", Item={"pk": {"S": "streamed before"}})
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="read")["QueueUrl"], MessageBody="queued before")
    machine.stop()

    machine.start()
    tables, sqs, functions = (machine.aws(service) for service in ("dynamodb", "sqs", "lambda"))
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    tables.put_item(TableName="rows", Item={"pk": {"S": "streamed after"}})
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="read")["QueueUrl"], MessageBody="queued after")
    expected = {f"{how} {when}" for how in ("queued", "streamed") for when in ("before", "after")}
    eventually(lambda: {item["pk"]["S"] for item in tables.scan(TableName="seen")["Items"]} == expected)


def _deploy_a_reader(machine: Machine) -> list[str]:
    """A function behind a queue and a stream. Gives the ids of the mappings."""
    tables, sqs, functions, iam = (machine.aws(service) for service in ("dynamodb", "sqs", "lambda", "iam"))
    stream = tables.create_table(**TABLE)["TableDescription"]["LatestStreamArn"]
    tables.create_table(**(TABLE | {"TableName": "seen"}))
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=_policy(trusted))["Role"]["Arn"]
    everything = _policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName="reader", PolicyName="all", PolicyDocument=everything)
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("reader.py", FUNCTION)
    functions.create_function(
        FunctionName="reader",
        Role=role,
        Runtime="python3.11",
        Handler="reader.handler",
        Code={"ZipFile": code.getvalue()},
    )
    queue = sqs.create_queue(QueueName="read")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return [
        functions.create_event_source_mapping(FunctionName="reader", EventSourceArn=source, **more)["UUID"]
        for source, more in ((arn, {}), (stream, {"StartingPosition": "LATEST"}))
    ]


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


# ------------------------------------------------------------------------------------------- another layout


@pytest.mark.parametrize("part", only(["rows", "tables", "emulator", "snapshots"], "rows"))
def test_a_state_of_another_layout_is_refused_in_a_line(
    tools: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    place = Place(tmp_path)
    assert kept.prepare(place) == ""
    assert kept.prepare(place) == ""
    now = kept.layout()
    monkeypatch.setattr(kept, "layout", lambda: now | {part: "another"})
    with pytest.raises(Refusal) as refused:
        kept.prepare(place)
    (line,) = str(refused.value).splitlines()
    assert f"has another layout ({part}) and cannot be read: make reset DIR={tmp_path} deletes it" in line


def test_a_state_that_says_nothing_of_its_layout_is_refused(tools: None, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.state.mkdir()
    (place.state / "sqs.json").write_text("{}")
    with pytest.raises(Refusal, match="make reset"):
        kept.prepare(place)


def test_the_layout_holds_the_keys_of_every_table(tools: None) -> None:
    tables = kept.layout()["tables"]
    assert len(tables) == 10
    assert all(each["KeySchema"] and each["AttributeDefinitions"] for each in tables.values())


# ------------------------------------------------------------------------------------------- a reset


def _local(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run([PYTHON, "-m", "local", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def _kept(folder: Path) -> Place:
    place = Place(folder)
    place.current.mkdir(parents=True)
    place.objects.mkdir()
    for file in (place.stack_file, place.emulator_log):
        file.touch()
    return place


def test_a_reset_forgets_the_named_stack_and_no_other(tmp_path: Path) -> None:
    named, other = _kept(tmp_path / "named"), _kept(tmp_path / "other")
    assert _local("reset", "--dir", str(named.folder)) == (0, "")
    assert not any(each.exists() for each in (named.state, named.objects, named.stack_file))
    assert all(each.exists() for each in (other.state, other.objects, other.stack_file))
    recipe = make("--no-print-directory", "-n", "reset", "DIR=/other")
    assert recipe.stdout.splitlines()[-1].endswith('-m local reset  --dir "/other"')


def test_a_folder_that_is_no_stacks_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    assert _local("reset", "--dir", str(tmp_path)) == (0, f"There is no stack in {tmp_path}.\n")
    assert (tmp_path / "state").exists()


def test_a_running_stack_of_another_layout_is_refused_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.start()
    refusing: Callable[..., Any] = serving._emulator
    assert refusing(machine.place, None) == machine.running
    now = kept.layout()
    monkeypatch.setattr(kept, "layout", lambda: now | {"rows": now["rows"] + 1})
    with pytest.raises(Refusal, match=r"another layout \(rows\)"):
        refusing(machine.place, None)
