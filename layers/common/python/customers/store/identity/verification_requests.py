"""Requests to verify a phone, written together with the change of the phone, and throttled."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.events.published import verification_requested
from customers.domain.identifiers.pseudonym import Secret, pseudonym
from customers.domain.identity.throttle import WITHIN, one_more, require_room
from customers.domain.identity.verification import Verification
from customers.domain.instants import sortable_instant
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import put, update
from customers.store.events.outbox import outbox_row
from customers.store.identity.verifications import verification_row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class VerificationRequests:
    """Rows of the Verifications table that count requests: by phone, by customer, and of an enterprise by day."""

    def __init__(self, client: DynamoDBClient, records: str, links: str, secret: Secret) -> None:
        self._client = client
        self._records = records
        self._links = links
        self._secret = secret

    @classmethod
    def connect(cls) -> VerificationRequests:
        """The tables named by `RECORDS_TABLE` and `VERIFICATIONS_TABLE`, and `PSEUDONYM_KEY`."""
        records, links = os.environ["RECORDS_TABLE"], os.environ["VERIFICATIONS_TABLE"]
        return cls(connect(), records, links, DerivedKeys.of_pseudonyms().key)

    def writes(
        self, enterprise: str, customer_id: str, verification: Verification, now: datetime, most_a_day: int
    ) -> list[Any]:
        """Go into the transaction that changes the phone: the verification, the event that has a link sent, and the
        counts. One request. Raises `Throttled`, `Unavailable`; of two requests at once about one number or customer, or
        for the last SMS of the day, one gets `Conflict`.
        """
        # A pseudonym: reading this table reveals no phone number.
        number = pseudonym(self._secret, enterprise, verification.phone.e164)
        keys = [f"{enterprise}#links#{each}" for each in (number, customer_id)]
        today = _day_key(enterprise, now)
        wanted = [today, *({"pk": {"S": key}} for key in keys)]
        found = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._links, wanted)}
        require_room(int(found.get(today["pk"]["S"], {}).get("sent", {"N": "0"})["N"]), most_a_day, now)
        before = [found.get(key) for key in keys]
        after = one_more(*map(_requested_at, before), now=now)
        event = verification_requested(enterprise, customer_id, verification)
        return [
            put(self._records, verification_row(enterprise, customer_id, verification)),
            put(self._records, outbox_row(enterprise, customer_id, event)),
            *(self._count(key, row, times) for key, row, times in zip(keys, before, after, strict=True)),
            update(
                self._links,
                today,
                "ADD sent :one SET #ttl = :ttl",
                "attribute_not_exists(sent) OR sent < :most",
                {
                    ":one": {"N": "1"},
                    ":most": {"N": str(most_a_day)},
                    ":ttl": _expires(now),
                },
                {"#ttl": "ttl"},
            ),
        ]

    def _count(self, key: str, before: Item | None, times: Sequence[datetime]) -> Any:
        row = {
            "pk": {"S": key},
            "asked": {"L": [{"S": sortable_instant(at)} for at in times]},
            "ttl": _expires(times[-1]),
        }
        if before is None:
            return put(self._links, row, "attribute_not_exists(pk)")
        return put(self._links, row, "asked = :before", {":before": before["asked"]})


def _day_key(enterprise: str, now: datetime) -> Item:
    """No customer's id has a `#`, and no pseudonym."""
    return {"pk": {"S": f"{enterprise}#links#day#{now.astimezone(UTC):%Y-%m-%d}"}}


def _expires(last: datetime) -> Item:
    """No count looks further back from its last request, and no day is longer."""
    return {"N": str(int((last + WITHIN).timestamp()) + 1)}


def _requested_at(row: Item | None) -> list[datetime]:
    return [datetime.fromisoformat(at["S"]).astimezone(UTC) for at in row["asked"]["L"]] if row else []
