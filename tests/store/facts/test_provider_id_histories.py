"""Histories of provider ids that go to and fro: in every order the customers are those of a plain model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.facts.test_provider_ids import tell
from tests.support.books import RECORDS, Town
from tests.support.facts import LAYLA, NOON, OMAR, Told, detail, retellings

pytestmark = pytest.mark.slow

FEW = settings(max_examples=settings().max_examples // 5)
NOUR = "+97455003344"
PHONES = (LAYLA, OMAR, NOUR)
HOUR = timedelta(hours=1)

KINDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "provider_id.linked": st.just({}),
    "provider_id.unlinked": st.just({}),
    "balance.topped_up": st.fixed_dictionaries({"amount_minor": st.sampled_from([1, 10, 100])}),
    "balance.spent": st.fixed_dictionaries({"amount_minor": st.sampled_from([1000, 10000])}),
    "purchase.completed": st.fixed_dictionaries({"purchase_id": st.sampled_from(["p-1", "p-2"])}),
    "customer.registered": st.fixed_dictionaries({"name": st.sampled_from(["Layla", "Omar"])}),
}


@st.composite
def lives(draw: st.DrawFn) -> list[Told]:
    """Two ids, three customers; facts that name an id or a phone. There is a link of each id."""
    facts: list[Told] = []
    for number in range(draw(st.integers(3, 9))):
        kind = draw(st.sampled_from(["provider_id.linked", *KINDS]))
        said = draw(KINDS[kind])
        provider_id = draw(st.sampled_from(["pos-1", "pos-2"]))
        about: Any = draw(st.sampled_from(PHONES))
        if kind.startswith("provider_id."):
            said = {**said, "provider_customer_id": provider_id}
        elif draw(st.integers(0, 2)):
            about = {"provider_customer_id": provider_id}
        at = NOON + draw(st.integers(0, 6)) * HOUR
        facts.append((kind, detail(kind, about=about, at=at, fact_id=f"fact-{number}", **said)))
    for number, provider_id in enumerate(("pos-1", "pos-2")):
        link = detail(
            "provider_id.linked",
            about=PHONES[number],
            at=NOON + 7 * HOUR,
            fact_id=f"last-{number}",
            provider_customer_id=provider_id,
        )
        facts.append(("provider_id.linked", link))
    return facts


def order(said: dict[str, Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(said["occurred_at"]), said["fact_id"]


def links_of(history: Sequence[Told], provider_id: str) -> list[dict[str, Any]]:
    """The links that hold, the first one first: without those that their customer was unlinked from later."""
    about = [(kind, said) for kind, said in history if said.get("provider_customer_id") == provider_id]
    unlinked = [said for kind, said in about if kind == "provider_id.unlinked"]
    links = [said for kind, said in about if kind == "provider_id.linked"]
    void = [
        link
        for link in links
        if any(each["customer"] == link["customer"] and order(each) > order(link) for each in unlinked)
    ]
    return sorted((link for link in links if link not in void), key=order)


def holder(history: Sequence[Told], provider_id: str, at: datetime) -> str:
    """Whose it was at an instant, by phone: the first known holder's from the beginning."""
    links = links_of(history, provider_id)
    held = [link for link in links if order(link)[0] <= at] or links[:1]
    phone: str = held[-1]["customer"]["phone"]
    return phone


def meant(history: Sequence[Told], said: dict[str, Any]) -> str:
    about = said["customer"]
    return about["phone"] if "phone" in about else holder(history, about["provider_customer_id"], order(said)[0])


@FEW
@given(st.data(), lives())
def test_every_fact_is_with_whom_it_meant_in_any_order(town: Town, data: st.DataObject, history: list[Told]) -> None:
    books = town.newcomer()
    tell(books, data.draw(retellings(history)))
    everyone = {phone: books.find(phone) for phone in PHONES}
    for phone, customer in everyone.items():
        mine = [(kind, said) for kind, said in history if meant(history, said) == phone]
        if customer is None:
            assert mine == []
            continue
        held = {said["fact_id"] for _, said in books.ledger_of(customer)}
        assert held == {said["fact_id"] for _, said in mine}
        signs = {"balance.topped_up": 1, "balance.spent": -1}
        assert customer.balance_minor == sum(signs.get(kind, 0) * said.get("amount_minor", 0) for kind, said in mine)
        assert customer.activity.visit_count == len({said["purchase_id"] for _, said in mine if "purchase_id" in said})
        names = [said for kind, said in mine if kind == "customer.registered"]
        assert customer.name == (max(names, key=order)["name"] if names else None)
        owned = [each for each in ("pos-1", "pos-2") if links_of(history, each)[-1]["customer"]["phone"] == phone]
        assert customer.provider_ids == tuple(owned)
        for provider_id in owned:
            assert books.by_provider_id(provider_id) == customer
        compared = books.rebuild.compare(books.enterprise, customer.customer_id, "QAR")
        assert compared.differences == ()
    records = [row for row in books.rows(RECORDS) if row["sk"]["S"] == "receipt"]
    assert len(records) == len(history)
    ids = {customer.customer_id: phone for phone, customer in everyone.items() if customer}
    said_by_id = {said["fact_id"]: said for _, said in history}
    for row in records:
        fact_id = row["pk"]["S"].split("#", 2)[2]
        assert ids[row["customer_id"]["S"]] == meant(history, said_by_id[fact_id])
