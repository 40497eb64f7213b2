"""Every way into PENDING_PROOF and out of it: the books are kept, unless the customer never had any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.edge.messaging.workflow_task import StepFailed
from tests.operations.conftest import LAYLA, MONEY, NAME, Shop
from tests.operations.identity.test_correct import TYPO, correct
from tests.operations.identity.test_merge import TWIN, merge
from tests.support.books import Books
from tests.support.dynamodb import in_memory
from tests.support.erasure.erasing import derived_sums, erase, later, sums
from tests.support.recording import id_of, stored

BEFORE, AFTER = "2026-11-01T09:00:00Z", "2026-11-01T11:00:00Z"


class Life:
    """One customer's way through the states."""

    def __init__(self, shop: Shop, tables: DynamoDBClient) -> None:
        self.shop, self.tables = shop, tables
        self.phone = LAYLA
        self._number = 0

    @property
    def id(self) -> str:
        return id_of(self.tables, self.shop, self.phone)

    def told(self, kind: str, **said: Any) -> None:
        self.shop.told(kind, self.phone, **said)

    def corrected(self) -> None:
        self._number += 1
        assert correct(self.shop, self.id, f"correct-{self._number}", phone=TYPO).status == 200
        self.phone = TYPO

    def granted(self) -> None:
        self.told("promo.granted", grant_id="g", amount_minor=300, **MONEY)

    def moved(self, *kinds: str) -> None:
        for kind in kinds:
            self.told(kind, amount_minor=5000, **MONEY)

    def bought(self) -> None:
        self.told("purchase.completed", purchase_id="p", amount_minor=5000, **MONEY)

    def refunded(self) -> None:
        self.told("purchase.refunded", refund_id="r", purchase_id="unknown", amount_minor=5000, **MONEY)

    def twin(self, *kinds: str, **said: Any) -> str:
        """The id of another customer, who has these facts."""
        for kind in kinds:
            self.shop.told(kind, TWIN, **said)
        return id_of(self.tables, self.shop, TWIN)

    def absorbs(self, twin: str) -> None:
        assert merge(self.shop, self.id, twin).status == 200


def _wallet(life: Life) -> None:
    life.granted()


def _named(life: Life) -> None:
    life.told("customer.registered", name=NAME)
    life.told("preferences.updated", preferences={"milk": "oat"})
    life.granted()


def _expired(life: Life) -> None:
    life.granted()
    life.told("promo.expired", grant_id="g")


def _wallet_corrected(life: Life) -> None:
    life.granted()
    life.corrected()


def _wallet_absorbs_a_wallet(life: Life) -> None:
    life.granted()
    life.absorbs(life.twin("promo.granted", grant_id="g", amount_minor=1, **MONEY))


def _disabled_and_enabled(life: Life) -> None:
    life.granted()
    life.told("customer.disabled")
    life.told("customer.enabled", occurred_at=AFTER)


DELETED: dict[str, Callable[[Life], None]] = {
    "a grant": _wallet,
    "a grant, a name, preferences": _named,
    "an expired grant": _expired,
    "a grant, under a mistyped phone": _wallet_corrected,
    "two wallets, merged": _wallet_absorbs_a_wallet,
    "disabled and enabled again": _disabled_and_enabled,
}


def _of_the_issue(life: Life) -> None:
    life.told("customer.verified")
    life.bought()
    life.moved("balance.topped_up", "balance.spent")
    life.corrected()


def _verified_once(life: Life) -> None:
    life.told("customer.verified")
    life.corrected()


def _verified_once_and_told_late(life: Life) -> None:
    life.granted()
    life.corrected()
    life.told("customer.verified", occurred_at=BEFORE)


def _verified_once_then_disabled_and_enabled(life: Life) -> None:
    life.told("customer.verified")
    life.corrected()
    life.told("customer.disabled")
    life.told("customer.enabled", occurred_at=AFTER)


def _released(life: Life) -> None:
    life.granted()
    life.told("promo.released", grant_id="g")
    life.told("balance.spent", amount_minor=300, **MONEY)


def _absorbs(*kinds: str, **said: Any) -> Callable[[Life], None]:
    def live(life: Life) -> None:
        life.granted()
        life.absorbs(life.twin(*kinds, **said))

    return live


def _absorbs_one_who_was_verified_once(life: Life) -> None:
    life.granted()
    other = Life(life.shop, life.tables)
    other.phone = TWIN
    other.told("customer.verified")
    twin = other.id
    assert correct(life.shop, twin, "twin", phone=TYPO).status == 200
    life.absorbs(twin)


KEPT: dict[str, Callable[[Life], None]] = {
    "verified, bought, spent, corrected": _of_the_issue,
    "verified, corrected": _verified_once,
    "corrected, and verified before that, which is told late": _verified_once_and_told_late,
    "verified, corrected, disabled, enabled": _verified_once_then_disabled_and_enabled,
    "a purchase": Life.bought,
    "a refund": Life.refunded,
    "a top-up that is spent": lambda life: life.moved("balance.topped_up", "balance.spent"),
    "a top-up that is settled": lambda life: life.moved("balance.topped_up", "balance.settled"),
    "a debt": lambda life: life.moved("balance.spent"),
    "a released grant that is spent": _released,
    "absorbed a purchase": _absorbs("purchase.completed", purchase_id="p", amount_minor=1, **MONEY),
    "absorbed one who was verified once": _absorbs_one_who_was_verified_once,
}


def _verified_after_a_correction(life: Life) -> None:
    life.corrected()
    life.told("customer.verified", occurred_at=later())


OUT: dict[str, Callable[[Life], None]] = {
    "verified": lambda life: life.told("customer.verified"),
    "verified after a correction": _verified_after_a_correction,
    "disabled": lambda life: life.told("customer.disabled"),
}
"""Ways out of PENDING_PROOF, for a wallet."""


@pytest.fixture
def life(shop: Shop, tables: DynamoDBClient) -> Life:
    return Life(shop, tables)


def _history(life: Life, customer_id: str) -> list[dict[str, Any]]:
    """What the books need: purchases, refunds, and the entries about money."""
    rows = stored(life.tables, life.shop.enterprise)["RecordsTable"]
    kinds = ("purchase#", "refund#", "grant#")
    money = ("purchase.", "balance.", "promo.")
    return [
        row
        for row in rows
        if row["pk"]["S"].endswith(customer_id)
        and (row["sk"]["S"].startswith(kinds) or row.get("type", {"S": ""})["S"].startswith(money))
    ]


def _erased(life: Life) -> Any:
    """The customer is erased, and the preview has said so."""
    customer_id = life.id
    preview = erase(life.shop, customer_id, query="dry_run=true")
    assert preview.data["preview"]["blockers"] == []
    done = erase(life.shop, customer_id)
    assert (done.status, done.data["outcome"]) == (200, preview.data["outcome"])
    assert done.data["transactions_retained"] == preview.data["transactions_retained"]
    return done.data


@pytest.mark.parametrize("lived", DELETED)
def test_whoever_never_had_more_than_grants_is_deleted(life: Life, lived: str) -> None:
    DELETED[lived](life)
    data = _erased(life)
    assert (data["outcome"], data["prior_state"]) == ("hard_deleted", "PENDING_PROOF")


@pytest.mark.parametrize("lived", KEPT)
def test_whoever_was_verified_once_or_has_more_than_grants_leaves_the_books(life: Life, lived: str) -> None:
    KEPT[lived](life)
    customer_id, enterprise = life.id, life.shop.enterprise
    history, before = _history(life, customer_id), sums(life.tables, life.shop)
    data = _erased(life)
    assert (data["outcome"], data["prior_state"]) == ("anonymized", "PENDING_PROOF")
    assert data["transactions_retained"] is True
    assert _history(life, customer_id) == history
    assert sums(life.tables, life.shop) == derived_sums(life.tables, life.shop) == before
    assert Books(life.tables, enterprise).rebuild.compare(enterprise, customer_id, "QAR").differences == ()


@pytest.mark.parametrize("left", OUT)
def test_a_wallet_that_has_left_the_state_leaves_the_books(life: Life, left: str) -> None:
    life.granted()
    OUT[left](life)
    assert _erased(life)["outcome"] == "anonymized"


def test_a_purchase_that_comes_between_is_kept(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the ledger was read, and before the transaction."""
    from customers.store.erasure.erasures import Erasures

    life.granted()
    customer_id, read = life.id, Erasures.has_books
    late = iter([life.bought])

    def has_books(erasures: Erasures, *args: Any) -> bool:
        found = read(erasures, *args)
        for act in late:
            act()
        return found

    monkeypatch.setattr(Erasures, "has_books", has_books)
    assert erase(life.shop, customer_id).data["outcome"] == "anonymized"
    assert len(_history(life, customer_id)) == 4


def test_one_who_is_back_after_a_restore_and_buys_leaves_the_books(life: Life) -> None:
    """The second erasure keeps them, and the sweep of the first one does not take them."""
    from gdpr.erase_again import handler
    from gdpr.sweep_history import handler as sweep_history

    life.granted()
    enterprise, customer_id = life.shop.enterprise, life.id
    backup = {table: in_memory.rows_of(table, enterprise) for table in ("CustomersTable", "RecordsTable")}
    given = {"enterprise_id": enterprise, "erasure_id": _erased(life)["erasure_id"]}
    for table, rows in backup.items():
        in_memory.forget(table, enterprise)
        in_memory.lay(table, rows)
    life.bought()
    assert [handler(given, None)["outcome"] for _ in range(2)] == ["erased", "erased"]
    history = _history(life, customer_id)
    assert len(history) == 4
    with pytest.raises(StepFailed):
        sweep_history(given, None)
    assert _history(life, customer_id) == history


def test_one_who_waits_for_the_money_leaves_the_books(life: Life) -> None:
    from gdpr.settle_erasure import handler

    life.shop.settings = replace(life.shop.settings, erasure_policy="escalate")
    life.moved("balance.topped_up")
    customer_id = life.id
    waits = erase(life.shop, customer_id)
    assert waits.status == 202
    life.moved("balance.settled")
    given = {"enterprise_id": life.shop.enterprise, "erasure_id": waits.data["erasure_id"]}
    assert handler(given, None) == {"outcome": "erased"}
    assert len(_history(life, customer_id)) == 2
    (left,) = stored(life.tables, life.shop.enterprise)["CustomersTable"]
    assert left["outcome"] == {"S": "anonymized"}
