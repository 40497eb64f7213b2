"""POST /verifications/{token}: once, within a day, for the phone that the customer has; else all refusals are alike."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from botocore.exceptions import ReadTimeoutError
from mypy_boto3_dynamodb import DynamoDBClient

from customers.catalogue.identity import VERIFY
from customers.domain.identity.verification import LINK_LIVES, Link, token_hash
from customers.edge.http.pages import with_pages
from customers.edge.http.serve_public import serve_public
from customers.store.audit.rebuild import Rebuild
from customers.store.facts.own_entries import OwnEntries
from customers.wire.identity.verification_pages import (
    FAILED_PAGE,
    PAGE_HEADERS,
    REFUSED_PAGE,
    VERIFIED_PAGE,
    verification_page,
)
from tests.operations.conftest import LAYLA, NAME, Clock, Shop
from tests.support.books import CUSTOMERS, RECORDS, interrupting
from tests.support.crashes import AROUND_THE_WRITE, WRITE, Crash, crash
from tests.support.http.gateway import Reply, call
from tests.support.http.page import conforms
from tests.support.http.traces import traced
from tests.support.identity.verifying import SECRET, ask, asked, leads, verifications
from tests.support.recording import id_of, outbox, stored

pytestmark = pytest.mark.slow

OMAR = "+97466005566"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TOKEN = "mzxw6ytboi4dsnjwmfzgcylcmfzgcylc"


def press(token: str, accept: str = "*/*") -> Reply:
    reply = call("POST", f"/verifications/{token}", headers={"Accept": accept})
    conforms(VERIFY, reply)
    return reply


@dataclass
class Asked:
    """A customer whose phone is to be verified, and who has a link to it."""

    tables: DynamoDBClient
    shop: Shop
    customer_id: str
    verification_id: str
    token: str

    @property
    def link(self) -> Link:
        return Link(self.shop.enterprise, self.customer_id, self.verification_id)

    def another(self, token: str) -> str:
        """One more link to the same verification, as a sender that was stopped leaves behind."""
        until = _now() + LINK_LIVES
        verifications(self.tables).add_link(token_hash(token), self.link, until)
        return token

    @property
    def status(self) -> str:
        status: str = self.shop.lookup("phone=33001122").data["status"]
        return status


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def layla(shop: Shop, tables: DynamoDBClient) -> Asked:
    """Registered, and never verified; with money that waits for it."""
    shop.told("customer.registered", LAYLA, name=NAME)
    shop.told("promo.granted", LAYLA, grant_id="g", amount_minor=2500, currency="QAR")
    customer_id = id_of(tables, shop)
    verification = asked(LAYLA)
    ask(tables, shop.enterprise, customer_id, verification)
    token = f"{TOKEN[:-8]}{shop.enterprise[:8]}"
    made = Asked(tables, shop, customer_id, verification.id, token)
    made.another(token)
    return made


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long would have been waited."""
    taken: list[float] = []
    monkeypatch.setattr("customers.retries.time", SimpleNamespace(sleep=taken.append))
    return taken


@contextmanager
def behind(moment: str, act: Callable[[], None]) -> Iterator[None]:
    """Meanwhile requests are served by way of a client that does `act` at each such moment."""
    from identity.verify import verify

    client = interrupting(moment, act)
    statements = OwnEntries(client, CUSTOMERS, RECORDS, SECRET)
    handle = partial(verify, verifications=verifications(client), own_entries=statements)
    handler = with_pages(serve_public(VERIFY, handle), verification_page, PAGE_HEADERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("identity.verify.handler", handler)
        yield


# ------------------------------------------------------------------------------------------ what is verified


def test_the_button_verifies_and_the_money_that_waited_is_there(layla: Asked) -> None:
    assert layla.status == "pending_proof"
    reply = press(layla.token)
    assert (reply.status, reply.data) == (200, {"status": "verified"})
    assert reply.body["meta"]["data_completeness_score"] is None
    assert reply.headers["Cache-Control"] == "no-store"
    customer = layla.shop.lookup("phone=33001122").data["customer"]
    assert (customer["state"], customer["balance"]["locked_promo_minor"]) == ("VERIFIED", 2500)


def test_an_operator_finds_what_it_wrote_by_the_request_id(layla: Asked, tables: DynamoDBClient) -> None:
    wrote = traced(tables, layla.shop, press(layla.token))
    assert [each.type for each in wrote if "#outbox#" in each.key] == ["customer.verified"]
    assert ("verifications", "delete", "…") in {(each.table, each.action, each.key) for each in wrote}
    assert LAYLA not in "".join(map(str, wrote))


def test_others_are_told_who_and_not_which_phone(layla: Asked) -> None:
    press(layla.token)
    events = [row for row in outbox(layla.tables, layla.shop) if row["type"]["S"] == "customer.verified"]
    (told,) = [json.loads(row["detail"]["S"]) for row in events]
    assert set(told) == {"event_id", "version", "enterprise_id", "customer_id", "verified_at"}
    assert (told["enterprise_id"], told["customer_id"]) == (layla.shop.enterprise, layla.customer_id)


def test_nothing_is_left_that_could_be_used(layla: Asked) -> None:
    other = layla.another("another")
    press(layla.token)
    rows = stored(layla.tables, layla.shop.enterprise)[RECORDS]
    assert [row for row in rows if row["sk"]["S"] == "verification"] == []
    assert leads(layla.tables, layla.token) is None
    # A link beside it leads to what is not asked any more.
    assert press(other).status == 404


def test_the_history_has_it_once_and_gives_the_row_again(layla: Asked) -> None:
    press(layla.token)
    rows = stored(layla.tables, layla.shop.enterprise)[RECORDS]
    said = [row for row in rows if row.get("type") == {"S": "customer.verified"} and "ledger#" in row["sk"]["S"]]
    assert [row["sk"]["S"].rpartition("#")[2] for row in said] == [layla.verification_id]
    rebuild = Rebuild(layla.tables, CUSTOMERS, RECORDS, "DerivedTable", SECRET)
    assert rebuild.compare(layla.shop.enterprise, layla.customer_id, "QAR").differences == ()


def test_it_takes_as_many_requests_as_the_catalogue_says(layla: Asked, requests: list[str]) -> None:
    requests.clear()
    press(layla.token)
    assert len(requests) == VERIFY.budget


# ------------------------------------------------------------------------------------------ what is refused


def used(layla: Asked) -> str:
    press(layla.token)
    return layla.token


def forged(layla: Asked) -> str:
    return layla.token[:-1] + ("3" if layla.token.endswith("2") else "2")


def expired(layla: Asked) -> str:
    verifications(layla.tables).add_link(token_hash("old"), layla.link, _now())
    return "old"


def superseded(layla: Asked) -> str:
    ask(layla.tables, layla.shop.enterprise, layla.customer_id, asked(LAYLA))
    return layla.token


def verified_by_another_link(layla: Asked) -> str:
    press(layla.another("another"))
    return layla.token


def of_another_enterprise(layla: Asked) -> str:
    """The ids are right, the enterprise is another, where the same number is a customer too."""
    elsewhere = Shop(f"{layla.shop.enterprise}-other")
    elsewhere.told("enterprise.configured", name="Other", currency="QAR", home_region="QA")
    elsewhere.told("customer.registered", LAYLA, name=NAME)
    names = {"customer_id": layla.customer_id, "verification_id": layla.verification_id}
    row = {"pk": token_hash("theirs"), "enterprise": elsewhere.enterprise, **names}
    # No sender keeps such a link: the other enterprise has no such request.
    layla.tables.put_item(
        TableName="VerificationsTable",
        Item={
            **{name: {"S": value} for name, value in row.items()},
            "ttl": {"N": str(int((_now() + LINK_LIVES).timestamp()))},
        },
    )
    return "theirs"


def of_who_was_shut_off(layla: Asked) -> str:
    layla.shop.disabled_layla()
    return layla.token


def of_a_phone_that_is_the_customers_no_more(layla: Asked) -> str:
    ask(layla.tables, layla.shop.enterprise, layla.customer_id, later := asked(OMAR))
    link = Link(layla.shop.enterprise, layla.customer_id, later.id)
    verifications(layla.tables).add_link(token_hash("moved"), link, _now() + LINK_LIVES)
    return "moved"


REFUSED = [
    used,
    forged,
    expired,
    superseded,
    verified_by_another_link,
    of_another_enterprise,
    of_who_was_shut_off,
    of_a_phone_that_is_the_customers_no_more,
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.__name__)
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_what_verifies_nobody_is_refused_alike(
    layla: Asked, case: Callable[[Asked], str], accept: str, requests: list[str]
) -> None:
    token = case(layla)
    before = stored(layla.tables, layla.shop.enterprise, f"{layla.shop.enterprise}-other")
    requests.clear()
    reply = press(token, accept)
    asked_of_tables = list(requests)
    nobodys = press("never-was", accept)
    assert (reply.status, reply.text, reply.headers) == (404, nobodys.text, nobodys.headers)
    assert asked_of_tables == ["GetItem", "BatchGetItem", "GetItem"]
    assert reply.text == REFUSED_PAGE if accept == BROWSER else reply.body["error"]["code"] == "NOT_FOUND"
    assert stored(layla.tables, layla.shop.enterprise, f"{layla.shop.enterprise}-other") == before


def test_a_link_is_good_for_a_day_and_no_longer(layla: Asked, clock: Clock) -> None:
    clock.forward(hours=23, minutes=59)
    other = layla.another("another")
    clock.forward(minutes=2)
    assert press(layla.token).status == 404
    assert press(other).status == 404
    clock.forward(hours=-1)
    assert press(layla.token).status == 200


def test_a_token_of_one_enterprise_verifies_nobody_of_another(layla: Asked, enterprise: str) -> None:
    elsewhere = Shop(f"{enterprise}-other")
    elsewhere.told("enterprise.configured", name="Other", currency="QAR", home_region="QA")
    elsewhere.told("customer.registered", LAYLA, name=NAME)
    press(layla.token)
    assert (layla.status, elsewhere.lookup("phone=33001122").data["status"]) == ("registered", "pending_proof")


@pytest.mark.parametrize("token", ["", "x", "%00", "%2e%2e", "%D9%85", "a" * 9000, "%ED%A0%80", "' OR 1=1"])
def test_whatever_is_no_token_is_refused_alike(shop: Shop, token: str) -> None:
    if token:
        reply = press(token)
        assert (reply.status, reply.text) == (404, press("never-was").text)


# ------------------------------------------------------------------------------------------ how it is shown


def test_a_browser_is_shown_a_page(layla: Asked) -> None:
    reply = press(layla.token, BROWSER)
    assert (reply.status, reply.text) == (200, VERIFIED_PAGE)
    assert PAGE_HEADERS.items() <= reply.headers.items()
    again = press(layla.token, BROWSER)
    assert (again.status, again.text) == (404, REFUSED_PAGE)
    assert PAGE_HEADERS.items() <= again.headers.items()


def test_a_browser_is_shown_a_page_when_it_fails_too(layla: Asked) -> None:
    def go_silent() -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    with behind("before-call.dynamodb", go_silent):
        page, envelope = press(layla.token, BROWSER), press(layla.token)
    assert (page.status, page.text, page.headers["Retry-After"]) == (503, FAILED_PAGE, "1")
    assert envelope.body["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert press(layla.token).status == 200


# ------------------------------------------------------------------------------------------ crashes and races


@AROUND_THE_WRITE
def test_a_stopped_request_has_verified_or_can_be_repeated(layla: Asked, moment: str) -> None:
    with behind(moment, crash), pytest.raises(Crash):
        press(layla.token)
    committed = moment.startswith("after")
    assert layla.status == ("registered" if committed else "pending_proof")
    assert press(layla.token).status == (404 if committed else 200)
    assert layla.status == "registered"
    events = [row for row in outbox(layla.tables, layla.shop) if row["type"]["S"] == "customer.verified"]
    assert len(events) == 1


def test_a_fact_about_the_customer_meanwhile_causes_a_retry(layla: Asked, naps: list[float]) -> None:
    interruptions = iter([lambda: layla.shop.told("balance.topped_up", LAYLA, amount_minor=5, currency="QAR")])

    def interrupt() -> None:
        next(interruptions, lambda: None)()

    with behind(WRITE, interrupt):
        assert press(layla.token).status == 200
    assert len(naps) == 1
    customer = layla.shop.lookup("phone=33001122").data["customer"]
    assert (customer["state"], customer["balance"]["spendable_minor"]) == ("VERIFIED", 5)


@pytest.mark.parametrize("overtake", [superseded, of_who_was_shut_off, verified_by_another_link])
@pytest.mark.parametrize("moment", [2, 3, 4, 5, 6, 7])
def test_a_change_that_ends_the_link_meanwhile_causes_a_refusal(
    layla: Asked, overtake: Callable[[Asked], str], moment: int
) -> None:
    calls: list[None] = []

    def interrupt() -> None:
        calls.append(None)
        if len(calls) == moment:
            overtake(layla)

    with behind("before-call.dynamodb", interrupt):
        reply = press(layla.token)
    assert (reply.status, reply.text) == (404, press("never-was").text)
    said = [row for row in outbox(layla.tables, layla.shop) if row["type"]["S"] == "customer.verified"]
    assert len(said) == (overtake is verified_by_another_link)


def test_who_is_always_overtaken_is_asked_to_come_again(layla: Asked) -> None:
    def interrupt() -> None:
        layla.shop.told("balance.topped_up", LAYLA, amount_minor=5, currency="QAR")

    with behind(WRITE, interrupt):
        reply = press(layla.token)
    assert (reply.status, reply.body["error"]["code"]) == (503, "UPSTREAM_UNAVAILABLE")
    assert press(layla.token).status == 200


def test_a_later_statement_counts_whatever_the_clocks_say(layla: Asked) -> None:
    """Facts may be dated ahead; the button is pressed after all of them all the same."""
    ahead = (_now() + timedelta(hours=20)).isoformat()
    layla.shop.told("preferences.updated", LAYLA, preferences={"milk": "oat"}, occurred_at=ahead)
    assert press(layla.token).status == 200
    assert layla.status == "registered"


# ------------------------------------------------------------------------------------------ silence


def test_nothing_that_is_logged_holds_the_token_or_the_person(
    layla: Asked, log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "customers")
    for token in (layla.token, layla.token, "never-was"):
        press(token)
        press(token, BROWSER)
    with behind("before-call.dynamodb", lambda: (_ for _ in ()).throw(ValueError(f"{layla.token} {LAYLA} {NAME}"))):
        assert press(layla.token).status == 500
    said = log.getvalue()
    assert said.count('"operation":"verify"') == 7
    assert all(word not in said for word in (layla.token, token_hash(layla.token), "33001122", "Layla", "never-was"))
