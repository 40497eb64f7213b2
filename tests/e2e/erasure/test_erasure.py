"""Erasure on the local stack: over HTTP, the bus and the workflow to the receipt; and nothing is left anywhere."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest

from admin.erasure import verify_receipt
from tests.e2e.conftest import Admin, Enterprise, Log, eventually, few_at_work
from tests.support.erasure.sweeping import Planted
from tests.support.stack.everywhere import executions, messages

PATIENCE = 180.0
"""Seconds until an erasure has been swept: a dozen functions start for it, and it waits once."""

Money = Callable[[], dict[str, int]]
Traces = Callable[[], dict[str, set[str]]]
SWEEPING = (
    "SweepHistoryFunction",
    "SweepCopiesFunction",
    "SweepFilesFunction",
    "SweepRefusedFactsFunction",
    "SealErasureFunction",
)


@pytest.fixture
def person() -> Planted:
    """Somebody whom no other test has planted."""
    number = f"{uuid.uuid4().int % 10**6:06}"
    return Planted(
        phone=f"+97455{number}",
        twin_phone=f"+97466{number}",
        name=f"Zubaida{number} Quillfeather{number}",
        provider_ids=(f"pos-zq-{number}",),
        note=f"blue orchid allergy {number}",
    )


@pytest.fixture
def known(enterprise: Enterprise, person: Planted, aws: Callable[[str], Any]) -> Enterprise:
    """A verified customer of everything, with nothing to spend."""
    tell(enterprise, person, "customer.registered", name=person.name)
    tell(enterprise, person, "customer.verified")
    tell(enterprise, person, "provider_id.linked", provider_customer_id=person.provider_ids[0])
    tell(enterprise, person, "preferences.updated", preferences={"note": person.note})
    tell(enterprise, person, "balance.topped_up", amount_minor=5000, currency="QAR")
    tell(enterprise, person, "balance.spent", amount_minor=5000, currency="QAR")
    for number in range(3):
        bought = {"amount_minor": 1000 + number, "currency": "QAR", "branch_id": enterprise.branch}
        tell(enterprise, person, "purchase.completed", purchase_id=f"p-{number}", **bought)
    enterprise.wait_until_applied()
    event = {"event_type": "feedback", "attributes": {"text": person.note}}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    path = f"/customers/{person.phone.replace('+', '%2B')}/events"
    assert enterprise.send("POST", path, headers=headers, json=event).status_code == 201
    return enterprise


def tell(enterprise: Enterprise, person: Planted, kind: str, **said: Any) -> None:
    enterprise.publish(kind, person.phone, **said)


def found(enterprise: Enterprise, person: Planted) -> dict[str, Any]:
    answer = enterprise.get(f"/customers/lookup?phone={person.phone.replace('+', '%2B')}")
    data: dict[str, Any] = answer.json()["data"]
    return data


def id_of(enterprise: Enterprise, person: Planted) -> str:
    told = enterprise.send("POST", "/identify", json={"phone": person.phone}).json()["data"]
    return str(told["customer_id"])


def balance(enterprise: Enterprise, person: Planted) -> int | None:
    customer = found(enterprise, person)["customer"]
    return int(customer["balance"]["spendable_minor"]) if customer else None


def erase(enterprise: Enterprise, customer_id: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return enterprise.send("DELETE", f"/customers/{customer_id}", enterprise.admin("customer:DELETE"), headers)


class Ledger:
    """The erasures of an enterprise."""

    def __init__(self, client: Any, stack: Mapping[str, Any], enterprise: Enterprise) -> None:
        self._client = client
        self._table = stack["tables"]["erasures"]
        self._enterprise = enterprise

    def row(self, erasure_id: str) -> dict[str, Any]:
        key = {"pk": {"S": self._enterprise.id}, "sk": {"S": erasure_id}}
        row: dict[str, Any] = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)["Item"]
        return row

    def done(self, erasure_id: str) -> str:
        """The receipt, once it is there."""
        eventually(lambda: "receipt" in self.row(erasure_id), PATIENCE)
        row = self.row(erasure_id)
        assert row["status"] == {"S": "done"}
        return str(row["receipt"]["S"])


@pytest.fixture
def ledger(aws: Callable[[str], Any], stack: dict[str, Any], enterprise: Enterprise) -> Ledger:
    return Ledger(aws("dynamodb"), stack, enterprise)


def everything(aws: Callable[[str], Any], stack: Mapping[str, Any], log: Log) -> Iterator[tuple[str, str]]:
    """All that the stack holds, as text, and where."""
    yield from rows(aws("dynamodb"), stack)
    listed = aws("s3").list_object_versions(Bucket=stack["exports_bucket"])
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        yield "file", each["Key"]
    yield from messages(aws("sqs"))
    for line in log.lines():
        yield "log", line
    yield from executions(aws("stepfunctions"))


def rows(client: Any, stack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for role, table in stack["tables"].items():
        for page in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            for row in page["Items"]:
                yield f"table {role}", json.dumps(row, ensure_ascii=False, default=repr)


@pytest.fixture
def money(aws: Callable[[str], Any], stack: Mapping[str, Any], enterprise: Enterprise) -> Money:
    """The enterprise's sums of money and visits."""

    def told() -> dict[str, int]:
        sums: dict[str, int] = {}
        for row in rows_of(aws("dynamodb"), stack["tables"]["derived"], enterprise.id):
            if row["pk"]["S"].split("#")[1] in ("totals", "days"):
                for name in ("balance_minor", "spend_minor", "visits", "locked_minor"):
                    sums[name] = sums.get(name, 0) + int(row.get(name, {"N": "0"})["N"])
        return sums

    return told


@pytest.fixture
def traces(aws: Callable[[str], Any], stack: Mapping[str, Any], log: Log, person: Planted) -> Traces:
    """Where there is something of the person."""

    def told() -> dict[str, set[str]]:
        seen: dict[str, set[str]] = {}
        for where, text in everything(aws, stack, log):
            if found_there := person.found_in(text):
                seen.setdefault(where, set()).update(found_there)
        return seen

    return told


def test_after_the_workflow_nothing_of_the_person_is_left_and_the_receipt_proves_it(
    known: Enterprise,
    person: Planted,
    ledger: Ledger,
    money: Money,
    traces: Traces,
    admin: Admin,
    tmp_path: Path,
) -> None:
    customer_id = id_of(known, person)
    exported = known.get(f"/customers/{customer_id}/export", known.admin("customer:EXPORT"))
    assert exported.status_code == 200
    # A fact that is refused lies in the enterprise's list, with name and phone.
    tell(known, person, "balance.topped_up", amount_minor=1, currency="XXX", name=person.name)
    eventually(lambda: money().get("visits") == 2 * 3, PATIENCE)
    eventually(lambda: any("table refused_facts" in where for where in traces()), PATIENCE)
    (refused,) = of_api(known, "/refused-facts", "facts:READ")["refused_facts"]
    assert (refused["type"], refused["source"]) == ("balance.topped_up", "partner.tests")
    assert refused["reason"].startswith("currency:")
    assert person.found_in(json.dumps(refused)) == set()
    before = money()
    key = str(uuid.uuid4())
    answer = erase(known, customer_id, key)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["outcome"], data["prior_state"], data["customer_id"]) == ("anonymized", "VERIFIED", customer_id)
    assert found(known, person)["status"] == "not_found"
    signed = ledger.done(data["erasure_id"])
    # Messages that were looked at are there for others again.
    eventually(lambda: not traces(), 60)
    assert money() == before
    again = erase(known, customer_id, key).json()
    assert again["data"] == data
    assert again["meta"]["idempotency_replayed"]

    capabilities = known.get("/capabilities").json()
    (public,) = capabilities["data"]["erasure_receipt_keys"]
    told = jwt.decode(signed, jwt.PyJWK(public), algorithms=["ES256"])
    assert (told["erasure_id"], told["outcome"]) == (data["erasure_id"], "anonymized")
    assert told["stores"]["refused_facts"]["rewritten"]["count"] == 1
    assert told["stores"]["purchase"]["kept"]["count"] == 3
    code, printed = admin("receipt", "--enterprise", known.id, "--erasure", data["erasure_id"])
    assert code == 0, printed
    assert person.found_in(printed) == set()
    held = json.loads(printed)
    assert held["signed"] == signed
    (tmp_path / "receipt.json").write_text(printed)
    (tmp_path / "capabilities.json").write_text(json.dumps(capabilities))
    verify_offline(tmp_path)
    # The enterprise's officer has the same receipt over HTTP, and verifies what came.
    (listed,) = of_api(known, "/erasures", "erasure:READ")["erasures"]
    shown = known.get(f"/erasures/{data['erasure_id']}", known.admin("erasure:READ")).json()
    assert shown["data"]["erasure"] == listed
    assert (listed["status"], listed["blockers"], listed["customer_id"]) == ("done", [], customer_id)
    assert (shown["data"]["signed"], shown["data"]["receipt"]) == (signed, told)
    (tmp_path / "receipt.json").write_text(json.dumps(shown))
    assert verify_receipt.main([str(tmp_path / "receipt.json"), "--keys", str(tmp_path / "capabilities.json")]) == 0
    # Of the money that is kept by id the list still tells.
    (left,) = of_api(known, "/refused-facts", "facts:READ")["refused_facts"]
    assert (left["refused_fact_id"], left["reason"]) == (refused["refused_fact_id"], refused["reason"])
    stranger = Enterprise(known.stack).open()
    assert of_api(stranger, "/erasures", "erasure:READ")["erasures"] == []
    assert of_api(stranger, "/refused-facts", "facts:READ")["refused_facts"] == []
    theirs = stranger.get(f"/erasures/{data['erasure_id']}", stranger.admin("erasure:READ"))
    assert theirs.status_code == 404
    assert known.get("/erasures", known.admin("facts:READ")).status_code == 403


def test_of_who_never_verified_nothing_is_left_but_money(
    enterprise: Enterprise,
    person: Planted,
    ledger: Ledger,
    aws: Callable[[str], Any],
    stack: dict[str, Any],
    money: Money,
    traces: Traces,
    admin: Admin,
) -> None:
    tell(enterprise, person, "promo.granted", grant_id="welcome", amount_minor=700, currency="QAR")
    tell(enterprise, person, "customer.registered", name=person.name)
    tell(enterprise, person, "provider_id.linked", provider_customer_id=person.provider_ids[0])
    enterprise.wait_until_applied()
    customer_id = id_of(enterprise, person)
    eventually(lambda: money()["locked_minor"] == 700, PATIENCE)
    data = erase(enterprise, customer_id).json()["data"]
    assert (data["outcome"], data["prior_state"]) == ("hard_deleted", "PENDING_PROOF")
    assert (data["transactions_retained"], data["pii_scrubbed"]) == (False, True)
    ledger.done(data["erasure_id"])
    eventually(lambda: not traces(), 60)
    assert money()["locked_minor"] == 0
    left = [row["sk"]["S"] for row in rows_of(aws("dynamodb"), stack["tables"]["records"], enterprise.id)]
    assert [each for each in left if each.startswith(("ledger#", "purchase#", "grant#"))] == []
    code, printed = admin("audit", "--enterprise", enterprise.id)
    assert code == 0, printed
    assert "0 locked and 700 forfeited" in printed


def of_api(enterprise: Enterprise, path: str, permission: str) -> dict[str, Any]:
    """The data that an officer with this permission is answered with."""
    data: dict[str, Any] = enterprise.get(path, enterprise.admin(permission)).json()["data"]
    return data


def verify_offline(folder: Path) -> None:
    main = verify_receipt.main
    file, keys = str(folder / "receipt.json"), str(folder / "capabilities.json")
    assert main([file]) == 0
    assert main([file, "--keys", keys]) == 0
    held = json.loads((folder / "receipt.json").read_text())
    held["receipt"]["stores"]["purchase"]["kept"]["count"] = 4
    (folder / "forged.json").write_text(json.dumps(held))
    assert main([str(folder / "forged.json"), "--keys", keys]) == 1


@pytest.mark.thorough
def test_one_that_escalates_waits_for_the_money_and_then_the_person_is_gone(
    known: Enterprise, person: Planted, ledger: Ledger
) -> None:
    settings = {"name": "Test", "currency": "QAR", "home_region": "QA", "erasure_policy": "escalate"}
    known.publish("enterprise.configured", occurred_at="2026-11-02T10:00:00Z", **settings)
    tell(known, person, "balance.topped_up", amount_minor=1, currency="QAR")
    eventually(lambda: balance(known, person) == 1, PATIENCE)
    customer_id = id_of(known, person)
    # The authorizer's answer holds the settings for a minute.
    answer = eventually(lambda: (reply := erase(known, customer_id)).status_code == 202 and reply, 90)
    erasure_id = answer.json()["data"]["erasure_id"]
    assert answer.json()["data"]["outcome"] == "escalated"
    time.sleep(5)
    assert found(known, person)["status"] == "registered"
    assert ledger.row(erasure_id)["status"] == {"S": "escalated"}
    tell(known, person, "balance.settled", amount_minor=1, currency="QAR")
    ledger.done(erasure_id)
    assert found(known, person)["status"] == "not_found"


@pytest.mark.thorough
def test_a_workflow_that_is_stopped_in_each_of_its_states_is_resumed_to_its_end(
    known: Enterprise, person: Planted, ledger: Ledger, aws: Callable[[str], Any], stack: dict[str, Any], admin: Admin
) -> None:
    customer_id, workflows, seen = id_of(known, person), aws("stepfunctions"), set[str]()

    def begun() -> list[str]:
        """Those that have not been seen yet."""
        listed = workflows.list_executions(stateMachineArn=stack["erasure_workflow"])["executions"]
        arns = [each["executionArn"] for each in listed if each["executionArn"] not in seen]
        return [arn for arn in arns if customer_id in workflows.describe_execution(executionArn=arn)["input"]]

    def has_entered(arn: str, state: str) -> bool:
        events = workflows.get_execution_history(executionArn=arn)["events"]
        return any(event.get("stateEnteredEventDetails", {}).get("name") == state for event in events)

    def stopped_in(state: str) -> None:
        (arn,) = eventually(begun, PATIENCE)
        seen.add(arn)
        eventually(partial(has_entered, arn, state), PATIENCE)
        workflows.stop_execution(executionArn=arn)
        assert workflows.describe_execution(executionArn=arn)["status"] == "ABORTED"

    def resume() -> None:
        code, printed = admin("resume-erasures")
        assert code == 0, printed

    with ThreadPoolExecutor(1) as pool:
        # Nothing is sealed meanwhile: the workflow is never quicker than this test.
        with few_at_work(aws, 0, "seal_erasure"):
            answer = pool.submit(erase, known, customer_id)
            stopped_in("SweepHistory")
            for state in ("SweepCopies", "SweepFiles", "LetOthersEnd", "SweepRefusedFacts", "Seal"):
                resume()
                stopped_in(state)
        resume()
        erasure_id = answer.result().json()["data"]["erasure_id"]
    ledger.done(erasure_id)
    assert found(known, person)["status"] == "not_found"


class Killer:
    """Kills the processes of functions at work: of each the first as it starts, the second at a moment of chance."""

    def __init__(self, stack: Mapping[str, Any], functions: Iterable[str]) -> None:
        self._beginnings = {name: f"ministack-lambda-{stack['stack']}-{name}" for name in functions}
        self._killed: Counter[str] = Counter()
        # Those that idle are out of the way.
        for process, _ in self._processes():
            os.kill(process, signal.SIGKILL)

    def has_killed_each(self) -> bool:
        for process, name in self._processes():
            if self._killed[name] < 2:
                time.sleep(random.uniform(0, 0.5) * self._killed[name])
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                self._killed[name] += 1
        return len(self._killed) == len(self._beginnings)

    def _processes(self) -> Iterator[tuple[int, str]]:
        listed = subprocess.run(["ps", "-ewwo", "pid=,command="], capture_output=True, text=True, check=True)
        for line in listed.stdout.splitlines():
            process, command = line.split(maxsplit=1)
            for name, beginning in self._beginnings.items():
                if beginning in command:
                    yield int(process), name


@pytest.mark.thorough
def test_whatever_function_dies_is_run_again_and_nothing_is_left(
    known: Enterprise, person: Planted, ledger: Ledger, stack: dict[str, Any], money: Money, traces: Traces
) -> None:
    customer_id = id_of(known, person)
    before = money()
    killer = Killer(stack, SWEEPING)
    with ThreadPoolExecutor(1) as pool:
        # It is answered some seconds after the event that starts the workflow.
        answer = pool.submit(erase, known, customer_id)
        eventually(killer.has_killed_each, PATIENCE)
        erasure_id = answer.result().json()["data"]["erasure_id"]
    ledger.done(erasure_id)
    eventually(lambda: not traces(), 60)
    assert money() == before


@pytest.mark.thorough
def test_who_is_back_after_a_restore_is_erased_again(
    known: Enterprise, person: Planted, ledger: Ledger, aws: Callable[[str], Any], stack: dict[str, Any], admin: Admin
) -> None:
    client = aws("dynamodb")
    kept = {role: rows_of(client, stack["tables"][role], known.id) for role in ("customers", "records", "derived")}
    erasure_id = erase(known, id_of(known, person)).json()["data"]["erasure_id"]
    receipt = ledger.done(erasure_id)
    # As a backup of before has it, tables and all.
    for role, rows in kept.items():
        table = stack["tables"][role]
        for row in rows_of(client, table, known.id):
            client.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk") if name in row})
        for row in rows:
            client.put_item(TableName=table, Item=row)
    assert found(known, person)["status"] == "registered"
    code, printed = admin("replay-erasures")
    assert code == 0, printed
    eventually(lambda: found(known, person)["status"] == "not_found", PATIENCE)

    def left() -> set[str]:
        rows = (row for role in kept for row in rows_of(client, stack["tables"][role], known.id))
        return {trace for row in rows for trace in person.found_in(json.dumps(row, ensure_ascii=False, default=repr))}

    eventually(lambda: not left(), PATIENCE)
    assert ledger.row(erasure_id)["receipt"] == {"S": receipt}


def rows_of(client: Any, table: str, enterprise: str) -> list[Any]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [row for page in pages for row in page["Items"] if row["pk"]["S"].split("#")[0] == enterprise]
