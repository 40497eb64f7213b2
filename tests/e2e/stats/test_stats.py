"""Facts on the bus, and stats over HTTP a moment later: right, and as the audit recounts them."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from customers.store.stats.sum_rows import BLOCK, first_of_block
from tests.e2e.conftest import Enterprise, eventually
from tests.support.stack.own_stack import ROOT

LAYLA, OMAR = "+97433001122", "+97466005566"
MONEY = {"currency": "QAR"}
DAY = timedelta(days=1)
CUSTOMERS, FACTS = 40, 600


def stats(shop: Enterprise, query: str = "") -> dict[str, Any]:
    answer = shop.get(f"/customers/stats{query}", shop.admin("customer:STATS"))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def ago(days: float) -> str:
    return (datetime.now(UTC) - days * DAY).isoformat()


def audit(stack: dict[str, Any], enterprise: str, folder: Path) -> tuple[int, str]:
    """The exit code, and what it printed."""
    return admin(stack, enterprise, folder, "audit")


def admin(stack: dict[str, Any], enterprise: str, folder: Path, command: str) -> tuple[int, str]:
    """The same of any command of an operator about one enterprise."""
    file = folder / "stack.json"
    file.write_text(json.dumps(stack))
    ended = subprocess.run(
        [sys.executable, "-m", "admin", command, "--enterprise", enterprise],
        cwd=ROOT,
        env={"STACK_FILE": str(file), "PYTHONPATH": str(ROOT / "layers/common/python")},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_what_happened_is_soon_in_the_figures(enterprise: Enterprise, stack: dict[str, Any], tmp_path: Path) -> None:
    today = datetime.now(UTC).date().isoformat()
    enterprise.publish("customer.registered", LAYLA, name="Layla", occurred_at=ago(0))
    for number in range(3):
        enterprise.publish(
            "purchase.completed",
            LAYLA,
            purchase_id=f"p-{number}",
            amount_minor=700,
            branch_id=enterprise.branch,
            occurred_at=ago(0),
            **MONEY,
        )
    enterprise.publish("purchase.completed", OMAR, purchase_id="p", amount_minor=1, occurred_at=ago(100), **MONEY)
    enterprise.publish("balance.topped_up", OMAR, amount_minor=500, **MONEY)
    enterprise.publish("promo.granted", OMAR, grant_id="g", amount_minor=70, **MONEY)
    badges = {"new": 0, "regular": 1, "vip": 0, "lapsed": 1}
    eventually(lambda: stats(enterprise)["badges"] == badges and stats(enterprise)["spendable_minor"] == 500)
    eventually(lambda: stats(enterprise)["unclaimed_cashback_minor"] == 70)
    whole = {"visits": 3, "spend_minor": 2100, "refunds": 0, "refunded_minor": 0, "new_customers": 1}
    eventually(lambda: stats(enterprise)["days"][-1] == {"date": today, **whole, "active_customers": 1})
    data = stats(enterprise, f"?from={today}&to={today}")
    assert data["period"] == {**whole, "average_basket_minor": 700}
    assert data["customers"] == {"registered": 0, "pending_proof": 2, "disabled": 0}
    assert (data["active_customers"], data["repeat_rate"]) == (1, 0.5)
    assert data["as_of"] >= data["badges_as_of"] == f"{today}T00:00:00Z"
    branch = stats(enterprise, f"?branch_id={enterprise.branch}")
    assert (branch["period"]["visits"], branch["customers"]) == (3, None)
    assert eventually(lambda: audit(stack, enterprise.id, tmp_path)[0] == 0)

    # The enterprise moves its thresholds: nobody's row is written, and all are counted by them.
    enterprise.publish(
        "enterprise.configured",
        name="Test",
        occurred_at="2026-11-02T10:00:00Z",
        badge={"vip_lifetime_spend_minor": 2000},
        **MONEY,
    )
    eventually(lambda: stats(enterprise)["badges"] == {"new": 0, "regular": 0, "vip": 1, "lapsed": 1})
    assert eventually(lambda: audit(stack, enterprise.id, tmp_path)[0] == 0)


@pytest.fixture(scope="module")
def base(stack: dict[str, Any]) -> Enterprise:
    """A made-up base on the bus, shuffled, every tenth fact twice."""
    shop = Enterprise(stack).open()
    shop.publish_sample(CUSTOMERS, FACTS)
    return shop


@pytest.mark.thorough
def test_a_whole_base_is_counted_as_the_audit_counts_it(
    base: Enterprise, stack: dict[str, Any], tmp_path: Path, aws: Callable[[str], Any]
) -> None:
    eventually(lambda: audit(stack, base.id, tmp_path)[0] == 0, patience=120)
    before = stats(base)
    assert sum(before["badges"].values()) == before["customers"]["registered"] + before["customers"]["pending_proof"]
    assert sum(before["customers"].values()) == CUSTOMERS
    # Thresholds that make everybody vip who has not lapsed.
    base.publish(
        "enterprise.configured",
        name="Test",
        occurred_at="2026-11-02T10:00:00Z",
        badge={"vip_visits_90d": 1, "regular_visits": 1},
        **MONEY,
    )
    eventually(lambda: stats(base)["badges"]["vip"] == before["active_customers"])
    after = stats(base)
    assert after["badges"]["lapsed"] == before["badges"]["lapsed"]
    assert after["badges"]["regular"] == 0
    assert {**after, "as_of": "", "badges": ""} == {**before, "as_of": "", "badges": ""}
    eventually(lambda: audit(stack, base.id, tmp_path)[0] == 0, patience=60)

    # A count of badges that is wrong is found, by the sums and by what stats make of them.
    key = {"pk": {"S": f"{base.id}#badges"}, "sk": {"S": "2098-12-20#00"}}
    row: dict[str, Any] = {"TableName": stack["tables"]["derived"], "Key": key}
    added = {":n": {"N": "1"}}
    aws("dynamodb").update_item(
        **row, UpdateExpression="ADD #n :n", ExpressionAttributeNames={"#n": "cv"}, ExpressionAttributeValues=added
    )
    code, told = audit(stack, base.id, tmp_path)
    assert code == 1
    assert "badges that change on 2099-01-01: vip is 1 and should be 0" in told
    assert "vip is" in told.partition("badges on ")[2]
    aws("dynamodb").delete_item(**row)
    assert audit(stack, base.id, tmp_path)[0] == 0

    # So is one of active customers, which the next rebuild mends.
    day = datetime.fromisoformat(stats(base)["to"]).date()
    shared, number = first_of_block(day + 91 * DAY), (day + 91 * DAY).toordinal() % BLOCK
    row["Key"] = {"pk": {"S": f"{base.id}#badges"}, "sk": {"S": f"{shared}#00"}}
    wrong = {"#n": f"{string.digits}{string.ascii_letters}"[number] + "d"}
    before = stats(base)["days"]
    aws("dynamodb").update_item(
        **row, UpdateExpression="ADD #n :n", ExpressionAttributeNames=wrong, ExpressionAttributeValues=added
    )
    code, told = audit(stack, base.id, tmp_path)
    assert (code, f"active customers of {day}: active_customers is" in told) == (1, True)
    assert stats(base)["days"][-1]["active_customers"] == before[-1]["active_customers"] + 1
    assert admin(stack, base.id, tmp_path, "rebuild")[0] == 0
    assert stats(base)["days"] == before
    assert audit(stack, base.id, tmp_path)[0] == 0


def test_a_till_may_not_ask(enterprise: Enterprise) -> None:
    answer = enterprise.get("/customers/stats")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_API_KEY")
    answer = enterprise.get("/customers/stats", enterprise.admin("customer:SEARCH"))
    assert answer.status_code == 403
    assert "customer:STATS" in answer.json()["error"]["message"]
