"""Two generated clients call every operation on a local stack, and read every answer into their models."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
from generate.samples.example import LEFT_OUT
from tests.clients.conftest import NODE, PYTHON, Run
from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.own_stack import running_stack

pytestmark = pytest.mark.clients
DRIVERS = Path(__file__).parent / "drivers"
BUILT = [each for each in OPERATIONS if each.handler]
Plan = list[dict[str, Any]]
MONEY = {"currency": "QAR", "amount_minor": 4500}
FOLLOWED = {"folded_identify": 200}
"""The client follows the redirect."""
BROWSER = ("--lib", "es2022,dom,dom.iterable")
RAW = {"folded_identify", "show_verification", "verify"}
"""A redirect that is followed has another shape, and pages have none."""


@pytest.fixture(scope="module")
def stack() -> Iterator[dict[str, Any]]:
    with running_stack() as running:
        yield running


@dataclass
class Shop:
    """An enterprise in which every operation has something to do."""

    enterprise: Enterprise

    def id_of(self, name: str) -> str:
        """The customer's id, once the search has found the name."""

        def found() -> Any:
            answer = self.send("POST", "/customers/search", self.office, json={"query": name})
            return answer["customers"]

        customer_id: str = eventually(found)[0]["customer_id"]
        return customer_id

    @property
    def office(self) -> str:
        permissions = [each.permission for each in BUILT if each.permission]
        return self.enterprise.admin(*permissions)

    def send(self, method: str, path: str, token: str, **more: Any) -> dict[str, Any]:
        answer = self.enterprise.send(method, path, token, {"Idempotency-Key": str(uuid.uuid4())}, **more)
        assert answer.ok, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def link(self, phone: str) -> str:
        """The token of the link in the SMS."""
        address = f"{self.enterprise.stack['aws']}/_ministack/sns/sms-messages"

        def told() -> Any:
            answer = requests.get(address, params={"phoneNumber": phone}, timeout=10)
            return answer.json()["sms_messages"].get(phone)

        text: str = eventually(told)[-1]["Message"]
        return text.partition("/verifications/")[2].split()[0]


@pytest.fixture
def plan(stack: dict[str, Any]) -> Plan:
    """What each operation is called with."""
    shop = Shop(Enterprise(stack).open())
    names = ["Aisha", "Badr", "Carim", "Dunya", "Eiman", "Fatma"]
    phones = {name: f"+9743{uuid.uuid4().int % 10**7:07}" for name in names}
    for name, phone in phones.items():
        shop.enterprise.publish("customer.registered", phone, name=name)
    shop.enterprise.publish("purchase.completed", phones["Aisha"], purchase_id="p1", **MONEY)
    ids = {name: shop.id_of(name) for name in names}
    till = shop.enterprise.token()
    other = f"+9743{uuid.uuid4().int % 10**7:07}"
    shop.send("PATCH", f"/customers/{ids['Badr']}", shop.office, json={"phone": other})
    erased = shop.send("DELETE", f"/customers/{ids['Carim']}", shop.office)
    session = shop.send("POST", "/checkout/sessions", till, json={})["session_id"]
    ids_of = {"erase": ids["Dunya"], "erasure": erased["erasure_id"], "correct": ids["Aisha"], "merge": ids["Eiman"]}
    ids_of["unmerge"] = ids["Eiman"]
    values = {"phone": phones["Aisha"], "token": shop.link(other), "from": "2026-11-01", "to": "2026-11-02"}
    bodies = {
        "merge": {"absorbed_customer_id": ids["Fatma"]},
        "unmerge": {"absorbed_customer_id": ids["Fatma"]},
        "not_the_same": {"other_customer_id": ids["Badr"]},
        "correct": {"name": "Aisha Two"},
        "identify": {"phone": phones["Aisha"]},
        "folded_identify": {"phone": phones["Aisha"]},
        "identify_session": {"phone": phones["Aisha"], "events": []},
        "search": {"query": "Aisha"},
    }
    steps = []
    for each in BUILT:
        mine = {**values, "id": ids_of.get(each.name, session if "session" in each.name else ids["Aisha"])}
        if each.name == "activity":
            mine["customer_id"] = ids["Aisha"]
        token = till if "pos-terminal" in each.callers else shop.office
        steps.append(step(each, token, mine, bodies.get(each.name)))
    return steps


def step(operation: Operation[Any], token: str, values: dict[str, Any], body: Any) -> dict[str, Any]:
    arguments = {
        each.name: values.get(each.name, each.example)
        for each in operation.parameters
        if each.name not in LEFT_OUT and each.example is not None and each.name != "dry_run"
    }
    if "Idempotency-Key" in arguments:
        arguments["Idempotency-Key"] = str(uuid.uuid4())
    chosen = body if body is not None else operation.body_example
    if chosen and "occurred_at" in chosen:
        chosen = {**chosen, "occurred_at": "2026-11-02T10:00:00Z"}
    return {
        "name": operation.name,
        "token": token,
        "arguments": arguments,
        "body": chosen if operation.body else None,
        "shape": operation.body.__name__ if operation.body else None,
        "raw": operation.name in RAW,
    }


def expected() -> list[list[Any]]:
    return [[each.name, FOLLOWED.get(each.name, each.status), True] for each in BUILT]


def test_the_client_in_python_calls_every_operation(
    page: Path, run: Run, tmp_path: Path, plan: Plan, stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "made"
    run(PYTHON / "openapi-generator-cli", "generate", "-i", page, "-g", "python", "-o", made)
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    monkeypatch.setenv("API", stack["api"])
    monkeypatch.setenv("PYTHONPATH", str(made))
    printed = run(PYTHON / "python", DRIVERS / "call.py", tmp_path / "plan.json", folder=made)
    assert [json.loads(line) for line in printed.splitlines()] == expected()


def test_the_client_in_typescript_calls_every_operation(
    page: Path, run: Run, tmp_path: Path, plan: Plan, stack: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, built = tmp_path / "made", tmp_path / "built"
    options = ["--additional-properties", "importFileExtension=.js"]
    run(PYTHON / "openapi-generator-cli", "generate", "-i", page, "-g", "typescript-fetch", "-o", made, *options)
    target = ("--target", "es2022", "--module", "es2022", "--moduleResolution", "bundler", *BROWSER)
    run(NODE / "tsc", *target, "--skipLibCheck", "--outDir", built, made / "index.ts")
    (built / "package.json").write_text('{"type": "module"}')
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    monkeypatch.setenv("API", stack["api"])
    printed = run(Path("node"), DRIVERS / "call.mjs", built, tmp_path / "plan.json")
    assert [json.loads(line) for line in printed.splitlines()] == expected()
