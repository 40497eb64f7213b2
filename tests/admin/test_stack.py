"""The commands find their location, and say in one line why they cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from admin import __main__
from admin.stack import location
from admin.stack.refusal import Refusal
from local import places

TOLD = {
    "id": "arn:aws:cloudformation:us-east-1:000000000000:stack/customers-local/1",
    "stack": "customers-local",
    "aws": "http://127.0.0.1:1",
    "bus": "b",
    "queues": {
        "facts": "http://127.0.0.1:1/0/facts",
        "bulk_facts": "http://127.0.0.1:1/0/bulk",
        "dead_facts": "http://127.0.0.1:1/0/dead",
    },
    "tables": {"customers": "c", "records": "r", "refused_facts": "f"},
    "refused_facts_key": "k",
}
NAMED = (location.BUS, *location.QUEUES.values(), *location.TABLES.values(), *location.OTHERS.values())
OUTPUTS = {output: f"{output}-1" for output in NAMED}


class Account:
    """A session in an account that holds these outputs."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self.outputs = outputs

    def client(self, service: str, **_: Any) -> Account:
        assert service == "cloudformation"
        return self

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        if StackName != "customers-staging":
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        told = [{"OutputKey": name, "OutputValue": value} for name, value in self.outputs.items()]
        return {"Stacks": [{"StackName": StackName, "StackId": "stack-2", "Outputs": told}]}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "location.json"
    path.write_text(json.dumps(TOLD))
    monkeypatch.setenv("STACK_FILE", str(path))
    return path


def account(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> None:
    monkeypatch.setattr(location, "boto3", type("Boto3", (), {"Session": lambda *_: Account(outputs)}))


def test_the_local_stack_is_the_one_in_its_file(file: Path) -> None:
    found = location.find(None)
    assert (found.id, found.name, found.queues) == (TOLD["id"], "customers-local", TOLD["queues"])
    assert (found.tables, found.may_lose_state) == (TOLD["tables"], True)
    assert found.refused == file.parent / "refused"
    assert found.client("sqs").meta.endpoint_url == TOLD["aws"]


def test_the_local_stack_is_never_reached_with_real_credentials(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = location.find(None).client("sqs")
    key = client._request_signer._credentials.get_frozen_credentials()
    assert (key.access_key, key.secret_key, key.token, client.meta.region_name) == ("test", "test", None, "us-east-1")


def test_a_deployed_stack_is_the_one_in_its_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    account(monkeypatch, OUTPUTS)
    found = location.find("customers-staging")
    assert found.queues == {
        "facts": "FactsQueue-1",
        "bulk_facts": "BulkFactsQueue-1",
        "dead_facts": "DeadFactsQueue-1",
        "changes": "ChangesQueue-1",
        "outbox": "OutboxQueue-1",
    }
    assert found.tables["enterprises"] == "EnterprisesTable-1"
    assert found.bus == "FactsBus-1"
    assert found.refused == location.LOCAL / "refused" / "customers-staging"
    assert (found.id, found.endpoint, found.may_lose_state) == ("stack-2", None, False)


def test_operator_and_local_stack_keep_their_files_in_one_folder() -> None:
    assert location.LOCAL == places.LOCAL


def test_every_output_that_is_read_is_one_of_the_template() -> None:
    from tests.support.tables import template

    assert set(OUTPUTS) <= set(template()["Outputs"])


def test_a_stack_of_something_else_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    account(monkeypatch, {"FactsBus": "b", "FactsQueue": "q"})
    with pytest.raises(
        Refusal, match="has no output BulkFactsQueue, DeadFactsQueue, ChangesQueue, OutboxQueue, CustomersTable"
    ):
        location.find("customers-staging")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["refused"], "AWS: Could not connect to the endpoint URL"),
    ],
)
def test_what_a_person_can_mend_is_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], line: str
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")

    monkeypatch.setattr("botocore.endpoint.Endpoint.make_request", refused)
    assert __main__.main(arguments) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told.startswith(line)


def test_without_a_local_stack_it_says_how_to_start_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.unlink()
    assert __main__.main(["refused"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told == f"There is no {file}: make up starts the local stack; STACK=… names a deployed one"


def test_a_file_that_an_older_version_wrote_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(json.dumps({name: value for name, value in TOLD.items() if name != "id"}))
    assert __main__.main(["refused"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert told == f"{file} is of an older version: make up writes a new one"


def test_a_stack_that_does_not_exist_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account(monkeypatch, OUTPUTS)
    assert __main__.main(["redrive", "--stack", "customers-stagin"]) == 1
    (told,) = capsys.readouterr().err.splitlines()
    assert "does not exist" in told


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_an_impossible_bound_is_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["load", f"--most-waiting={number}", "facts.jsonl"])
    assert "must be a number, 1 or more" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["load", "nowhere.jsonl"])
    assert capsys.readouterr().err == "FILE: There is no file nowhere.jsonl\n"
