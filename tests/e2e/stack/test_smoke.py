"""The smoke test: green on a fresh stack, and red with the fault named where one is planted."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from admin.account import smoke_key
from admin.smoke import deployed, tokens
from admin.smoke.caller import Caller, Check, Failed
from admin.smoke.ending import Ending
from admin.smoke.expected import Expected
from admin.smoke.life import KNOWN, Life
from admin.smoke.smoke import carried_out
from admin.stack import location
from admin.stack.location import Stack
from customers.edge.auth.smoke_key import LIVES
from tests.e2e.conftest import Admin, Enterprise, eventually
from tests.support.stack import faults
from tests.support.stack.faults import planted
from tests.support.thorough import first

Aws = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("no_dead_letters")


@pytest.fixture(scope="module")
def found(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Stack:
    file = tmp_path_factory.mktemp("smoke") / "stack.json"
    file.write_text(json.dumps(stack))
    return location._local(file)


@pytest.fixture(scope="module")
def expected(found: Stack) -> Expected:
    return Expected.of(found)


@pytest.fixture(scope="module")
def shop(stack: dict[str, Any]) -> Enterprise:
    return Enterprise(stack, id=f"smoke-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def smoke(shop: Enterprise, admin: Admin) -> Callable[[], tuple[int, list[str]]]:
    """`make smoke` with tokens of the enterprise: how it ends, and the lines of its table."""

    def run() -> tuple[int, list[str]]:
        given = {"SMOKE_TILL": shop.token(), "SMOKE_ADMIN": shop.admin(*tokens.PERMISSIONS)}
        code, told = admin("smoke", **given)
        return code, told.splitlines()

    return run


def test_a_fresh_stack_is_as_it_must_be(smoke: Callable[[], tuple[int, list[str]]]) -> None:
    code, lines = smoke()
    assert code == 0, "\n".join(lines)
    *table, last = lines
    verdicts = [line.split()[0] for line in table]
    # Alarms are not evaluated there.
    assert (verdicts.count("absent"), set(verdicts)) == (1, {"ok", "absent"})
    assert len(table) >= 50
    assert last.startswith("All good, in ")


@pytest.mark.thorough
def test_it_is_red_where_something_is_wrong_also_in_an_enterprise_that_it_has_erased(
    smoke: Callable[[], tuple[int, list[str]]], expected: Expected, aws: Aws
) -> None:
    with planted(faults.second_stage, expected, aws), planted(faults.permission_removed, expected, aws):
        code, lines = smoke()
    assert code == 1
    failed = [line.split(" s  ", 1)[1] for line in lines if line.startswith("FAILED")]
    # What a role lacks is seen twice: in the role, and by those who need it.
    assert failed == [
        "customers/stats: stats: 500 INTERNAL_ERROR, not 200",
        "one stage: v1: stages: Stage, v1",
        f"{faults.ROLES}: StatsFunctionRole lacks Allow dynamodb:Query",
    ]
    assert lines[-1].startswith("3 failed, in ")


def outcomes(checks: Sequence[Check]) -> dict[str, str]:
    """What failed, and what was seen, by the check."""
    carried = {name: carried_out(check) for name, check in checks}
    return {name: seen for name, (verdict, seen, _) in carried.items() if verdict == "FAILED"}


@pytest.mark.parametrize("fault", first(2, faults.FAULTS))
def test_a_planted_fault_is_named(found: Stack, expected: Expected, aws: Aws, fault: str) -> None:
    plant, told = faults.FAULTS[fault]
    checks = [(each, partial(check, found, expected)) for each, check in deployed.NAMED.items()]
    with planted(plant, expected, aws):
        assert outcomes(checks) == told
    assert outcomes([(each, check) for each, check in checks if each in told]) == {}


def test_every_check_has_seen_a_fault() -> None:
    seen = {name for _, told in faults.FAULTS.values() for name in told}
    # The emulator evaluates no alarm.
    assert set(deployed.NAMED) - seen == {"no alarm rings"}
    assert len(faults.FAULTS) >= 10


@pytest.mark.thorough
def test_what_people_would_feel_is_seen_too(found: Stack, expected: Expected, aws: Aws, enterprise: Enterprise) -> None:
    caller = Caller(found.api, enterprise.token(), enterprise.admin(*tokens.PERMISSIONS))
    caller.learn()
    life = Life(found, caller)
    ending = Ending(life)
    life.publish("customer.registered", KNOWN, name="Smoke Test")
    life.status(KNOWN, "pending_proof")
    ending.export()
    with planted(faults.bucket_closed, expected, aws), pytest.raises(Failed, match="the link answers 403"):
        ending.export()
    ending.keys()
    with (
        planted(faults.another_receipts_key, expected, aws),
        pytest.raises(Failed, match="is not among those of GET /capab"),
    ):
        ending.keys()
    ending.clean_up()
    life.status(KNOWN, "not_found")


@pytest.mark.thorough
def test_a_smoke_key_opens_its_own_enterprise_for_an_hour(
    stack: dict[str, Any], found: Stack, expected: Expected, aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the parameter `SmokeKey` gives it to the authorizer."""
    monkeypatch.setattr(smoke_key, "FOLDER", tmp_path)
    assert smoke_key.held(found.name) is None
    parameter = smoke_key.parameter(found.name)
    held = smoke_key.held(found.name)
    assert held
    shop = Enterprise(stack, held.enterprise, "smoke", "smoke")
    shop.publish("enterprise.configured", name="Smoke", currency="QAR", home_region="QA")
    shop.publish("branch.registered", merchant_id="smoke", branch_id="smoke")

    def status(enterprise: str) -> int:
        """Of a lookup with a fresh token."""
        caller = Caller(found.api, *tokens.made(smoke_key.ISSUER, held.kid, held.pem, enterprise))
        return caller.send("GET", "/customers/lookup?phone=%2B97411000001", caller.till).status

    def with_key(value: str) -> faults.Fault:
        return lambda there, aws: faults.environment(aws, there["AuthorizerFunction"].id, SMOKE_KEY=value)

    assert status(held.enterprise) == 401
    with planted(with_key(parameter), expected, aws):
        eventually(lambda: status(held.enterprise) == 200)
        assert status(f"smoke-{'0' * 12}") == 401
    for begins in (-LIVES, LIVES):
        another = _beginning(parameter, int(time.time()) + begins)
        with planted(with_key(another), expected, aws):
            assert status(held.enterprise) == 401


def _beginning(parameter: str, at: int) -> str:
    """The same key with another hour."""
    said = json.loads(base64.urlsafe_b64decode(parameter + "=" * (-len(parameter) % 4)))
    return base64.urlsafe_b64encode(json.dumps({**said, "from": at}).encode()).rstrip(b"=").decode()
