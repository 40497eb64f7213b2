"""What an enterprise says of itself: settled by time, once, and only its own."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.domain.enterprise import Settings, Thresholds
from customers.domain.refusals import CannotApply, Conflict, Unavailable
from customers.domain.token_scope import Scope
from customers.store.registry import Registry
from customers.store.registry_facts import Posted
from tests.support.books import ENTERPRISES, Books, Town, calls, interrupting
from tests.support.crashes import WRITE
from tests.support.facts import NOON, enterprise_fact
from tests.support.tables import dynamodb

DAY = timedelta(days=1)
ACME = Settings("Acme", "QAR", "QA")


def post(books: Books, kind: str, day: int = 0, **said: Any) -> Posted:
    return books.registry.post(enterprise_fact(kind, books.enterprise, at=NOON + day * DAY, **said))


def scope(books: Books, merchant: str | None = "north", branch: str | None = "north-1") -> Scope | None:
    return books.registry.scope(books.enterprise, merchant, branch)


# ----------------------------------------------------------------------------------------------- settings


def test_an_enterprise_that_was_never_configured_is_not_known(books: Books) -> None:
    assert books.registry.settings(books.enterprise) is None
    assert scope(books) is None
    post(books, "branch.registered")
    assert scope(books) is None


def test_settings_are_kept_whole(books: Books) -> None:
    badge = {"vip_visits_90d": 5, "vip_lifetime_spend_minor": 50_000, "regular_visits": 2}
    assert post(books, "enterprise.configured", badge=badge, erasure_policy="escalate", home_region=None) == "applied"
    expected = Settings("Acme", "QAR", None, Thresholds(5, 50_000, 2), "escalate")
    assert books.registry.settings(books.enterprise) == expected
    found = scope(books, None, None)
    assert found
    assert found.settings == expected


def test_an_operator_finds_every_enterprise_that_is_configured(books: Books, town: Town) -> None:
    other, unknown = town.newcomer(), town.newcomer()
    for each in (books, unknown):
        post(each, "branch.registered")
    post(books, "enterprise.configured")
    post(other, "enterprise.configured", name="Other")
    found = dict(books.registry.enterprises())
    assert (found[books.enterprise], found[other.enterprise].name) == (ACME, "Other")
    assert unknown.enterprise not in found


def test_all_that_an_enterprise_says_is_under_its_own_id(books: Books) -> None:
    """So two of them never meet, whatever they are called."""
    for kind in ("enterprise.configured", "branch.registered", "access.revoked"):
        post(books, kind)
    kinds = {row["sk"]["S"].partition("#")[0] for row in books.rows(ENTERPRISES)}
    assert kinds == {"settings", "books", "merchant", "branch", "revocations", "revoked", "fact"}


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
def test_the_latest_settings_hold_whatever_the_order(books: Books, order: tuple[int, ...]) -> None:
    for day in order:
        assert post(books, "enterprise.configured", day, name=f"Acme {day}") == "applied"
    assert books.registry.settings(books.enterprise) == Settings("Acme 2", "QAR", "QA")


def test_settings_of_one_instant_settle_by_fact_id(books: Books) -> None:
    post(books, "enterprise.configured", fact_id="b", name="Acme b")
    post(books, "enterprise.configured", fact_id="a", name="Acme a")
    assert books.registry.settings(books.enterprise) == Settings("Acme b", "QAR", "QA")


def test_a_fact_that_comes_twice_is_a_duplicate_even_when_outdated(books: Books) -> None:
    for fact_id, day in (("new", 1), ("old", 0)):
        assert post(books, "enterprise.configured", day, fact_id=fact_id) == "applied"
        assert post(books, "enterprise.configured", day, fact_id=fact_id) == "duplicate"


@pytest.mark.parametrize("day", [-1, 1])
def test_the_currency_cannot_change(books: Books, day: int) -> None:
    post(books, "enterprise.configured")
    with pytest.raises(CannotApply, match=r"^currency: cannot change"):
        post(books, "enterprise.configured", day, currency="EUR", fact_id="euro")
    assert books.registry.settings(books.enterprise) == ACME
    # Mended and sent again under its own id, it is taken.
    assert post(books, "enterprise.configured", 2, name="Acme 2", fact_id="euro") == "applied"


def test_of_two_first_settings_in_two_currencies_one_is_refused(books: Books) -> None:
    others = [enterprise_fact("enterprise.configured", books.enterprise, currency="EUR")]

    def write_in_between() -> None:
        if others:
            assert books.registry.post(others.pop()) == "applied"

    slow = Registry(interrupting(WRITE, write_in_between), ENTERPRISES)
    with pytest.raises(CannotApply, match=r"^currency"):
        slow.post(enterprise_fact("enterprise.configured", books.enterprise, at=NOON + DAY))
    found = books.registry.settings(books.enterprise)
    assert found
    assert found.currency == "EUR"


# ----------------------------------------------------------------------------------------------- branches


@pytest.fixture
def configured(books: Books) -> Books:
    post(books, "enterprise.configured")
    return books


def test_a_registered_branch_may_act(configured: Books) -> None:
    post(configured, "branch.registered")
    assert scope(configured) == Scope(ACME, merchant_registered=True, branch_active=True)


def test_a_branch_that_nobody_registered_may_not(configured: Books) -> None:
    assert scope(configured) == Scope(ACME, merchant_registered=False, branch_active=False)
    post(configured, "branch.registered")
    assert scope(configured, "north", "north-2") == Scope(ACME, merchant_registered=True, branch_active=False)


def test_a_branch_of_another_merchant_may_not(configured: Books) -> None:
    post(configured, "branch.registered")
    post(configured, "branch.registered", merchant_id="south", branch_id="south-1")
    assert scope(configured, "south", "north-1") == Scope(ACME, merchant_registered=True, branch_active=False)


def test_a_branch_without_its_merchant_may_not(configured: Books) -> None:
    post(configured, "branch.registered")
    assert scope(configured, None, "north-1") == Scope(ACME, merchant_registered=False, branch_active=False)


def test_a_merchant_alone_is_asked_for_alone(configured: Books) -> None:
    post(configured, "branch.registered")
    assert scope(configured, "north", None) == Scope(ACME, merchant_registered=True, branch_active=False)
    assert scope(configured, None, None) == Scope(ACME, merchant_registered=False, branch_active=False)


def test_a_branch_of_another_enterprise_is_as_one_that_nobody_registered(configured: Books, town: Town) -> None:
    elsewhere = town.newcomer()
    post(elsewhere, "enterprise.configured")
    post(elsewhere, "branch.registered")
    assert scope(configured) == Scope(ACME, merchant_registered=False, branch_active=False)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_disabled_branch_may_not_whatever_the_order(configured: Books, order: tuple[int, int]) -> None:
    for day in order:
        post(configured, ["branch.registered", "branch.disabled"][day], day)
    assert scope(configured) == Scope(ACME, merchant_registered=True, branch_active=False)
    post(configured, "branch.registered", 2)
    assert scope(configured) == Scope(ACME, merchant_registered=True, branch_active=True)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_branch_that_changed_hands_leaves_its_old_merchant_registered(
    configured: Books, order: tuple[int, int]
) -> None:
    for day in order:
        post(configured, "branch.registered", day, merchant_id=["north", "south"][day])
    assert scope(configured, "north") == Scope(ACME, merchant_registered=True, branch_active=False)
    assert scope(configured, "south") == Scope(ACME, merchant_registered=True, branch_active=True)


NEWS = st.lists(
    st.tuples(
        st.sampled_from(["branch.registered", "branch.disabled"]),
        st.integers(0, 3),
        st.sampled_from(["north", "south"]),
        st.sampled_from(["b-1", "b-2"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=settings().max_examples // 4)
@given(st.data(), NEWS)
def test_any_order_and_any_duplicates_register_the_same(town: Town, data: st.DataObject, payload: list[Any]) -> None:
    """All rows are equal, receipts too."""
    found = []
    numbered = list(enumerate(payload))
    for order in (numbered, data.draw(st.permutations([*numbered, numbered[0]]))):
        books = town.newcomer()
        for number, (kind, day, merchant, branch) in order:
            post(books, kind, day, fact_id=f"f-{number}", merchant_id=merchant, branch_id=branch)
        found.append(str(books.rows(ENTERPRISES)).replace(books.enterprise, "acme"))
    assert found[0] == found[1]


# ------------------------------------------------------------------------------------------------ requests


def test_a_tokens_claims_are_checked_in_one_request(configured: Books) -> None:
    post(configured, "branch.registered")
    for merchant, branch in (("north", "north-1"), ("north", None), (None, None), ("nobody", "nowhere")):
        with calls(configured.client) as asked:
            scope(configured, merchant, branch)
        assert asked == ["BatchGetItem"]


def test_every_read_is_of_what_has_been_written_last(books: Books) -> None:
    asked: list[str] = []
    client = dynamodb()
    client.meta.events.register("provide-client-params.dynamodb", lambda params, **_: asked.append(str(params)))
    registry = Registry(client, ENTERPRISES)
    registry.settings(books.enterprise)
    registry.scope(books.enterprise, "north", "north-1")
    assert ["'ConsistentRead': True" in each for each in asked] == [True, True]


def test_an_answer_in_part_is_no_answer(configured: Books) -> None:
    client = dynamodb()

    def leave_out(parsed: dict[str, Any], **_: Any) -> None:
        parsed["UnprocessedKeys"] = {ENTERPRISES: {"Keys": [{}]}}

    client.meta.events.register("after-call.dynamodb.BatchGetItem", leave_out)
    with pytest.raises(Unavailable):
        Registry(client, ENTERPRISES).scope(configured.enterprise, "north", "north-1")


def test_a_conflict_goes_back_to_the_queue(books: Books) -> None:
    def turn_down() -> None:
        raise client.exceptions.TransactionCanceledException(
            {
                "Error": {"Code": "TransactionCanceledException", "Message": ""},
                "CancellationReasons": [{"Code": "None"}, {"Code": "None"}, {"Code": "TransactionConflict"}],
            },
            "TransactWriteItems",
        )

    client = interrupting(WRITE, turn_down)
    with pytest.raises(Conflict):
        Registry(client, ENTERPRISES).post(enterprise_fact("branch.registered", books.enterprise))
    assert books.rows(ENTERPRISES) == []


# -------------------------------------------------------------------------------------------- revocations

TOKEN = ("https://people.test", "officer-7", "token-1")


def revoked(books: Books, token: tuple[str, str, str] = TOKEN) -> object:
    found = books.registry.scope(books.enterprise, None, None, token)
    assert found
    return found.revoked_before


def test_nobody_is_revoked_until_it_is_said(configured: Books) -> None:
    assert revoked(configured) is None
    assert post(configured, "access.revoked") == "applied"
    assert revoked(configured) == NOON
    assert revoked(configured, ("https://tills.test", "officer-7", "token-1")) is None
    assert revoked(configured, ("https://people.test", "officer-8", "token-1")) is None


def test_a_token_and_its_holder_are_looked_for_at_once(configured: Books) -> None:
    post(configured, "access.revoked", subject=None, jti="token-1", before="2024-06-03T12:00:00Z")
    assert revoked(configured) == NOON + 2 * DAY
    assert revoked(configured, ("https://people.test", "officer-7", "token-2")) is None
    post(configured, "access.revoked", before="2024-06-05T12:00:00Z")
    assert revoked(configured) == NOON + 4 * DAY


@pytest.mark.parametrize("order", list(permutations([0, 1, 2])))
def test_of_revocations_the_latest_holds_whatever_the_order(configured: Books, order: tuple[int, ...]) -> None:
    """So that one whose clock was wrong can be taken back."""
    befores = ("2024-06-02T12:00:00Z", "2999-01-01T00:00:00Z", "2024-06-04T12:00:00Z")
    for day in order:
        assert post(configured, "access.revoked", day, before=befores[day], fact_id=f"f-{day}") == "applied"
        assert post(configured, "access.revoked", day, before=befores[day], fact_id=f"f-{day}") == "duplicate"
    assert revoked(configured) == NOON + 3 * DAY
