"""What is left of an entry says nothing of the person, and all that the books need."""

from __future__ import annotations

from typing import Any

import pytest

from customers.domain.erasure.scrub import is_of_books, scrubbed
from customers.wire.facts.types import FACTS, CustomerDetail

PERSONAL = {
    "customer.registered": {"name": "Layla"},
    "provider_id.linked": {"provider_customer_id": "pos-1"},
    "preferences.updated": {"preferences": {"milk": "oat"}},
    "consent.updated": {"consent": {"marketing": True}},
    "customer.corrected": {"name": "Layla", "phone": "+97433001122"},
    "event.feedback": {"attributes": {"text": "my secret"}},
}


@pytest.mark.parametrize(("kind", "said"), PERSONAL.items())
def test_what_is_said_of_a_person_goes(kind: str, said: dict[str, Any]) -> None:
    assert scrubbed(kind, said) == {}
    assert not is_of_books(kind)


def test_since_when_and_where_stays() -> None:
    assert scrubbed("customer.registered", {"name": "Layla", "member_since": "2026-01-01T00:00:00Z"}) == {
        "member_since": "2026-01-01T00:00:00Z"
    }
    assert scrubbed("event.check_in", {"attributes": {"note": "x"}, "branch_id": "b", "recorded_at": "t"}) == {
        "branch_id": "b",
        "recorded_at": "t",
    }


def test_every_fact_of_money_stays_whole_and_no_other_is_of_the_books() -> None:
    for kind, model in FACTS.items():
        if not issubclass(model, CustomerDetail):
            continue
        fields = set(model.model_fields) - set(CustomerDetail.model_fields)
        said = dict.fromkeys(fields, "1")
        if kind.startswith(("purchase.", "balance.", "promo.")):
            assert is_of_books(kind), kind
            assert scrubbed(kind, said) == said
        elif kind == "customer.imported":
            assert is_of_books(kind)
            personal = {"name", "verified", "member_since", "preferences", "consent", "provider_customer_ids"}
            assert set(scrubbed(kind, said)) == fields - personal
        else:
            assert not is_of_books(kind), kind


def test_what_nobody_has_thought_of_goes() -> None:
    assert scrubbed("customer.photographed", {"photo": "…"}) == {}
    assert scrubbed("purchase.completed", {"purchase_id": "p", "note": "for Layla"}) == {"purchase_id": "p"}


def test_of_an_imported_grant_only_what_the_books_need_stays() -> None:
    grants = [{"grant_id": "g-1", "amount_minor": 5, "note": "for Layla"}]
    assert scrubbed("customer.imported", {"grants": grants}) == {"grants": [{"grant_id": "g-1", "amount_minor": 5}]}
