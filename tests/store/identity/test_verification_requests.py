"""What a correction puts beside the move of a phone: not too often, and nothing that a number could be read from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.domain.identity.throttle import MOST_LINKS
from customers.domain.refusals import Conflict, Throttled
from customers.store.dynamodb import transactions
from customers.store.identity.verification_requests import VerificationRequests
from tests.support.books import RECORDS, calls
from tests.support.identity.verifying import LINKS, MOST_A_DAY, SECRET, ask, asked

LAYLA, OMAR = "+97433001122", "+97466005566"
NOW = datetime(2026, 6, 5, 9, 10, tzinfo=UTC)


def rows(client: DynamoDBClient, table: str, enterprise: str) -> list[dict[str, Any]]:
    return [row for row in client.scan(TableName=table)["Items"] if row["pk"]["S"].startswith(f"{enterprise}#")]


def test_the_request_and_its_event_are_put_and_both_are_counted(tables: DynamoDBClient, enterprise: str) -> None:
    verification = asked(LAYLA, NOW)
    with calls(tables) as requests:
        ask(tables, enterprise, "usr_1", verification)
    assert requests == ["BatchGetItem", "TransactWriteItems"]
    event, request = rows(tables, RECORDS, enterprise)
    assert request == {
        "pk": {"S": f"{enterprise}#usr_1"},
        "sk": {"S": "verification"},
        "verification_id": {"S": verification.id},
        "phone": {"S": LAYLA},
        "requested_at": {"S": "2026-06-05T09:10:00.000000Z"},
    }
    assert event["type"] == {"S": "customer.verification_requested"}
    assert json.loads(event["detail"]["S"]) == {
        "event_id": verification.id.replace("ver_", "evt_"),
        "version": 1,
        "enterprise_id": enterprise,
        "customer_id": "usr_1",
        "verification_id": verification.id,
        "requested_at": "2026-06-05T09:10:00Z",
    }
    assert len(rows(tables, LINKS, enterprise)) == 3


def test_of_a_number_nothing_can_be_read_in_the_table_of_links(tables: DynamoDBClient, enterprise: str) -> None:
    ask(tables, enterprise, "usr_1", asked(LAYLA, NOW))
    ask(tables, enterprise, "usr_1", asked(LAYLA, NOW))
    counted = rows(tables, LINKS, enterprise)
    assert "33001122" not in str(counted)
    assert {row["ttl"]["N"] for row in counted} == {str(int(NOW.timestamp()) + 86401)}


def _constant(key: bytes, _purpose: str) -> bytes:
    return key


def test_another_secret_gives_the_number_another_name(tables: DynamoDBClient, enterprise: str) -> None:
    for key in (b"one", b"other"):
        requests = VerificationRequests(tables, RECORDS, LINKS, partial(_constant, key))
        transactions.commit(tables, requests.writes(enterprise, "usr_1", asked(LAYLA, NOW), NOW, MOST_A_DAY))
    assert len(rows(tables, LINKS, enterprise)) == 4


def test_a_customer_gets_so_many_links_whatever_the_number(tables: DynamoDBClient, enterprise: str) -> None:
    for number in range(MOST_LINKS):
        ask(tables, enterprise, "usr_1", asked(f"+9743300112{number}", NOW))
    before = rows(tables, RECORDS, enterprise)
    with pytest.raises(Throttled) as refusal:
        ask(tables, enterprise, "usr_1", asked(LAYLA, NOW + timedelta(hours=23)))
    assert refusal.value.seconds == 3600
    assert rows(tables, RECORDS, enterprise) == before
    ask(tables, enterprise, "usr_1", asked(LAYLA, NOW + timedelta(hours=24)))


def test_a_number_gets_so_many_links_for_all_customers_together(tables: DynamoDBClient, enterprise: str) -> None:
    for number in range(MOST_LINKS):
        ask(tables, enterprise, f"usr_{number}", asked(LAYLA, NOW))
    with pytest.raises(Throttled):
        ask(tables, enterprise, "usr_9", asked(LAYLA, NOW))
    ask(tables, enterprise, "usr_9", asked(OMAR, NOW))
    ask(tables, f"{enterprise}-other", "usr_9", asked(LAYLA, NOW))


def test_an_enterprise_sends_so_many_a_day_and_again_on_the_next(tables: DynamoDBClient, enterprise: str) -> None:
    def ask_of(number: int, at: datetime, of: str = enterprise) -> None:
        writes = requests.writes(of, f"usr_{number}", asked(f"+97433{number:06}", at), at, 3)
        transactions.commit(tables, writes)

    requests = VerificationRequests(tables, RECORDS, LINKS, SECRET)
    for number in range(3):
        ask_of(number, NOW)
    with pytest.raises(Throttled) as refusal:
        ask_of(3, NOW)
    assert (refusal.value.field, refusal.value.seconds) == ("sms_per_day", (14 * 60 + 50) * 60)
    ask_of(3, NOW, f"{enterprise}-other")
    ask_of(3, NOW + timedelta(seconds=refusal.value.seconds))


def test_of_many_at_once_no_more_than_the_last_sms_of_the_day_goes_out(tables: DynamoDBClient, enterprise: str) -> None:
    requests = VerificationRequests(tables, RECORDS, LINKS, SECRET)
    prepared = [requests.writes(enterprise, f"usr_{each}", asked(f"+97433{each:06}", NOW), NOW, 2) for each in range(4)]
    for writes in prepared[:2]:
        transactions.commit(tables, writes)
    for writes in prepared[2:]:
        with pytest.raises(Conflict):
            transactions.commit(tables, writes)


def test_what_is_not_committed_is_not_counted(tables: DynamoDBClient, enterprise: str) -> None:
    requests = VerificationRequests(tables, RECORDS, LINKS, SECRET)
    for _ in range(MOST_LINKS * 2):
        assert requests.writes(enterprise, "usr_1", asked(LAYLA, NOW), NOW, MOST_A_DAY)


@pytest.mark.parametrize("earlier", [0, 1])
def test_of_two_who_ask_at_once_one_does_it_again(tables: DynamoDBClient, enterprise: str, earlier: int) -> None:
    for _ in range(earlier):
        ask(tables, enterprise, "usr_0", asked(LAYLA, NOW))
    requests = VerificationRequests(tables, RECORDS, LINKS, SECRET)
    one, other = (requests.writes(enterprise, f"usr_{each}", asked(LAYLA, NOW), NOW, MOST_A_DAY) for each in (1, 2))
    transactions.commit(tables, one)
    with pytest.raises(Conflict):
        transactions.commit(tables, other)


def test_a_later_request_takes_the_place_of_an_earlier(tables: DynamoDBClient, enterprise: str) -> None:
    ask(tables, enterprise, "usr_1", asked(LAYLA, NOW))
    later = asked(OMAR, NOW + timedelta(minutes=1))
    ask(tables, enterprise, "usr_1", later)
    (request,) = [row for row in rows(tables, RECORDS, enterprise) if row["sk"] == {"S": "verification"}]
    assert request["verification_id"] == {"S": later.id}
