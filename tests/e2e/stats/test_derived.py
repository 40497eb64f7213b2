"""Facts on the bus, and what is derived from them a moment later: by real streams, in real transactions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.domain.stats.customer_refs import CustomerRef
from customers.store.aws.messages import message_of
from customers.store.stats.reconciler import Reconciler
from tests.e2e.conftest import Enterprise, Log, eventually, wait_until_empty
from tests.support.stats.recount_derived import Holdings, first_active, held, recount

LAYLA = "+97433001122"
OMAR = "+97466005566"
MONEY = {"currency": "QAR"}


class Tables:
    """One enterprise's rows on the running stack."""

    def __init__(self, stack: dict[str, Any], client: Any, enterprise: str) -> None:
        self._client = client
        self._enterprise = enterprise
        self.names = stack["tables"]

    def rows(self, table: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("scan").paginate(
            TableName=self.names[table],
            FilterExpression="begins_with(pk, :enterprise)",
            ExpressionAttributeValues={":enterprise": {"S": f"{self._enterprise}#"}},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]

    def held(self) -> Holdings:
        return held(self.rows("derived"), first_active(datetime.now(UTC), "UTC"))

    def recount(self) -> Holdings:
        return recount(self.rows("customers"), self.rows("records"), datetime.now(UTC))

    def terms(self) -> set[str]:
        return {term for term, _, _ in self.held().terms}

    def changes(self) -> list[CustomerRef]:
        """Every customer, and every purchase and refund."""
        customers = [CustomerRef(self._enterprise, row["customer_id"]["S"]) for row in self.rows("customers")]
        return customers + [
            CustomerRef(self._enterprise, row["pk"]["S"].split("#")[1], row["sk"]["S"])
            for row in self.rows("records")
            if row["sk"]["S"].startswith(("purchase#", "refund#"))
        ]


@pytest.fixture
def tables(stack: dict[str, Any], aws: Callable[[str], Any], enterprise: Enterprise) -> Tables:
    return Tables(stack, aws("dynamodb"), enterprise.id)


def test_what_is_said_of_a_customer_is_found_and_counted(enterprise: Enterprise, tables: Tables) -> None:
    enterprise.publish("customer.registered", LAYLA, name="Layla Hassan")
    # A stack that has just been deployed starts its functions first.
    eventually(lambda: "word#layla" in tables.terms())
    enterprise.publish("customer.verified", LAYLA)
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=500, **MONEY)
    enterprise.publish(
        "purchase.completed", LAYLA, purchase_id="p-1", amount_minor=70, branch_id=enterprise.branch, **MONEY
    )
    totals = {"customers_verified": 1, "balance_minor": 500, "spendable_minor": 500, "visited": 1}
    eventually(lambda: tables.held().totals == totals)
    share = {"visits": 1, "spend_minor": 70}
    days = {("2026-11-01", ""): {**share, "new_customers": 1}, ("2026-11-01", enterprise.branch): share}
    eventually(lambda: tables.held().days == days)
    assert tables.terms() == {"word#layla", "word#hassan", "last4#1122", f"phone#{LAYLA}"}

    later = "2026-11-01T11:00:00Z"
    enterprise.publish("customer.registered", LAYLA, occurred_at=later, name="Leila Hassan")
    eventually(lambda: {"word#leila", "word#hassan"} < tables.terms() and "word#layla" not in tables.terms())
    enterprise.publish("customer.disabled", LAYLA, occurred_at=later)
    apart = {f"disabled_{term}" for term in ("word#leila", "word#hassan", "last4#1122", f"phone#{LAYLA}")}
    eventually(lambda: tables.terms() == apart)
    assert tables.held().totals == {"customers_disabled": 1, "balance_minor": 500, "spendable_minor": 500}
    assert tables.held() == tables.recount()


def _history(enterprise: Enterprise) -> list[tuple[str, dict[str, Any]]]:
    """Two hundred facts of twenty customers, some of them about purchases that had been told otherwise."""
    dice = random.Random(7)
    start = datetime(2026, 10, 1, tzinfo=UTC)
    told: list[tuple[str, dict[str, Any]]] = []
    for number in range(200):
        fields: dict[str, Any] = {"amount_minor": dice.randint(1, 9000), **MONEY}
        kind = dice.choice(
            ["purchase.completed"] * 4
            + ["balance.topped_up", "balance.spent", "purchase.refunded", "customer.registered", "promo.granted"]
        )
        about = dice.randrange(20)
        match kind:
            case "purchase.completed":
                fields |= {"purchase_id": f"p-{about}-{dice.randrange(9)}"}
                fields |= dice.choice([{}, {"branch_id": enterprise.branch}])
            case "purchase.refunded":
                fields |= {"purchase_id": "p", "refund_id": f"r-{about}-{dice.randrange(3)}"}
            case "promo.granted":
                fields |= {"grant_id": f"g-{number}"}
            case "customer.registered":
                fields = {"name": dice.choice(["Layla Hassan", "ليلى حسن", "Zoë Ångström"])}
        told.append(
            (
                kind,
                {
                    "fact_id": f"fact-{number:03}",
                    "occurred_at": (start + timedelta(hours=dice.randrange(400))).isoformat(),
                    "customer": {"phone": f"+974330011{about:02}"},
                    **fields,
                },
            )
        )
    return told


def test_many_facts_at_once_and_again_are_counted_once(
    enterprise: Enterprise, tables: Tables, stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    told = _history(enterprise)
    enterprise.publish_all(told + told[:50])

    def all_counted() -> bool:
        entries = [row for row in tables.rows("records") if row["sk"]["S"].startswith("ledger#")]
        return len(entries) == len(told) and tables.held() == tables.recount()

    eventually(all_counted)
    assert not [row for row in tables.rows("records") if "uncounted" in row]
    figures = tables.held()
    assert len(figures.days) > 20
    assert sum(counts.get("visits", 0) for (_, branch), counts in figures.days.items() if not branch) == len(
        {said["purchase_id"] for kind, said in told if kind == "purchase.completed"}
    )

    # What the queue is sent is settled too; what is right stays as it is.
    before = sorted(map(str, tables.rows("derived")))
    aws("sqs").send_message(QueueUrl=stack["queues"]["changes"], MessageBody=message_of(tables.changes()[0]))
    wait_until_empty(aws("sqs"), stack["queues"]["changes"])
    assert sorted(map(str, tables.rows("derived"))) == before


@pytest.mark.thorough
def test_derivers_side_by_side_count_once(
    enterprise: Enterprise, tables: Tables, stack: dict[str, Any], aws: Callable[[str], Any]
) -> None:
    """Eight of them, and the streams' own, at the same customers while facts go on arriving."""
    told = _history(enterprise)
    enterprise.publish_all(told[:100])
    eventually(lambda: len(tables.rows("customers")) >= 15)

    def reconcile(_: int) -> int:
        derived = Reconciler(
            aws("dynamodb"), *(tables.names[role] for role in ("derived", "customers", "records", "enterprises"))
        )
        return len(derived.reconcile(random.sample(changes, len(changes))))

    changes = tables.changes()
    with ThreadPoolExecutor(8) as crew:
        enterprise.publish_all(told[100:])
        list(crew.map(reconcile, range(24)))
    eventually(lambda: not [row for row in tables.rows("records") if "uncounted" in row])
    eventually(lambda: tables.held() == tables.recount())


@pytest.fixture
def impatient(stack: dict[str, Any], aws: Callable[[str], Any]) -> Iterator[None]:
    """A stack on which a minute is a second."""
    functions = aws("lambda")
    before = {}
    for logical in ("DeriveFunction", "WatchBalancesFunction"):
        found = aws("cloudformation").describe_stack_resource(StackName=stack["stack"], LogicalResourceId=logical)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        before[name] = functions.get_function_configuration(FunctionName=name)["Environment"]
        hasty = {"Variables": {**before[name]["Variables"], "OVERDRAWN_SECONDS": "1"}}
        functions.update_function_configuration(FunctionName=name, Environment=hasty)
    yield
    for name, environment in before.items():
        functions.update_function_configuration(FunctionName=name, Environment=environment)


@pytest.mark.thorough
def test_who_stays_below_zero_is_told_of_again_and_again(
    enterprise: Enterprise, tables: Tables, log: Log, impatient: None
) -> None:
    enterprise.publish("balance.spent", LAYLA, amount_minor=300, **MONEY)
    enterprise.publish("balance.topped_up", OMAR, amount_minor=300, **MONEY)
    eventually(lambda: len(tables.rows("customers")) == 2)
    ids = {row["phone"]["S"]: row["customer_id"]["S"] for row in tables.rows("customers")}
    eventually(lambda: len(_told_of(log, ids[LAYLA])) > 2)
    assert not _told_of(log, ids[OMAR])
    enterprise.publish("balance.topped_up", LAYLA, amount_minor=300, **MONEY)
    eventually(lambda: tables.held().totals.get("spendable_minor") == 300)


def _told_of(log: Log, customer_id: str) -> list[str]:
    """The lines in which the watch speaks of a customer."""
    return [line for line in log.lines() if '"below_zero"' in line and customer_id in line]
