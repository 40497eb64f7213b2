"""Finds the customers who may be the same person: a query of the index of last digits, and a batch of rows.

One request more for a merged customer, one where a phone has been absorbed, and up to three where a provider id has
moved or somebody was said to be another person.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.search.duplicates import Reached, Suspects, differing, phones_near
from customers.domain.search.terms import phone_terms
from customers.store.customers.keys import customer_key, survivor_key
from customers.store.customers.pointers import home_key, pointer_key, whose_is
from customers.store.customers.rows import profile_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.facts.provider_holdings import HoldingsByProviderId
from customers.store.records.absorbed_rows import part_ids
from customers.store.records.not_the_same import not_the_same_ids, not_the_same_key
from customers.store.stats.derived_rows import terms_beginning

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEYS = 100
"""The most rows of a batch. What is left beside the near phones goes to those with the same last digits."""

Leads = Mapping[str, Item]
"""Pointers by the id that leads to them; an absorbed id leads to its survivor's."""


class DuplicateFinder:
    """Strongly consistent reads, but for the index. They raise `Unavailable`."""

    def __init__(self, client: DynamoDBClient, customers: str, records_table: str, derived: str) -> None:
        self._client = client
        self._customers, self._records, self._derived = customers, records_table, derived
        # Erased customers are nobody's duplicate, so their pseudonyms are not needed.
        self._holdings = HoldingsByProviderId(client, records_table, None)

    @classmethod
    def connect(cls) -> DuplicateFinder:
        """The tables named by `CUSTOMERS_TABLE`, `RECORDS_TABLE` and `DERIVED_TABLE`."""
        return cls(connect(), *(os.environ[f"{role}_TABLE"] for role in ("CUSTOMERS", "RECORDS", "DERIVED")))

    def find(self, enterprise: str, subject: Profile) -> Suspects:
        """All who come into question. It is not complete where more phones end in the same digits than one batch holds.

        Then those are read whose phones differ in the fewest digits.
        """
        listed, more = self._listed(enterprise, subject.phone)
        near = phones_near(subject.phone)
        parts = part_ids(self._client, self._records, enterprise, subject.customer_id, subject.absorbed)
        own = [not_the_same_key(enterprise, each) for each in parts]
        own += self._holdings.keys(enterprise, subject.provider_ids)
        alike = sorted(listed - {subject.phone.e164}, key=lambda each: (differing(subject.phone, Phone(each)), each))
        room = max(_KEYS - len(near) - len(own), len(near))
        phones = [*near, *map(Phone, alike[:room])]
        rows = reads.get_from(
            self._client,
            {self._customers: [customer_key(enterprise, each) for each in phones], self._records: own},
        )
        said = {each for row in rows[self._records] for each in not_the_same_ids(row)}
        moved = self._moved(enterprise, subject, rows[self._records])
        leads = self._leads(enterprise, {*said, *moved})
        reached = [
            *self._by_phone(enterprise, rows[self._customers]),
            *self._by_provider_id(enterprise, moved, leads),
        ]
        others = frozenset(whose_is(leads[each]) for each in said if each in leads)
        return Suspects(tuple(reached), others, complete=not more and len(alike) <= room)

    def _listed(self, enterprise: str, phone: Phone) -> tuple[set[str], bool]:
        """The phones with the same last digits, as many as one page has, and whether there are more."""
        partition, _ = terms_beginning(enterprise, phone_terms(phone)[0])
        page = reads.query_page(
            self._client, TableName=self._derived, **reads.key_is("pk", partition), ProjectionExpression="phone"
        )
        return {row["phone"]["S"] for row in page["Items"]}, "LastEvaluatedKey" in page

    def _moved(self, enterprise: str, subject: Profile, rows: Sequence[Item]) -> dict[str, str]:
        """The provider ids of the customer that were somebody else's before, by that customer's id."""
        stored = self._holdings.stored(enterprise, subject.provider_ids, rows)
        return {
            each.customer_id: holdings.provider_id
            for holdings in stored
            for each in holdings.holdings.statements
            # A link that was wrong is evidence of nothing.
            if each.kind == "linked" and not each.void_from and each.customer_id != subject.customer_id
        }

    def _leads(self, enterprise: str, ids: Iterable[str]) -> Leads:
        """The pointers of the customers to whom the ids lead now. Nobody who is erased is among them."""
        found, wanted = dict[str, Item](), {each: each for each in ids}
        while wanted:
            keys = [pointer_key(enterprise, each) for each in sorted(set(wanted.values()))]
            pointers = {whose_is(row): row for row in reads.get_all(self._client, self._records, keys)}
            reached = {each: pointers[owner] for each, owner in wanted.items() if owner in pointers}
            reached = {each: row for each, row in reached.items() if "erased_at" not in row}
            found |= {each: row for each, row in reached.items() if "merged_into" not in row}
            wanted = {each: row["merged_into"]["S"] for each, row in reached.items() if "merged_into" in row}
        return found

    def _by_provider_id(self, enterprise: str, moved: Mapping[str, str], leads: Leads) -> Iterator[Reached]:
        homes = {
            key["pk"]["S"]: (whose_is(leads[each]), provider_id)
            for each, provider_id in moved.items()
            if each in leads and (key := home_key(enterprise, whose_is(leads[each]), leads[each]))
        }
        for row in reads.get_all(self._client, self._customers, [{"pk": {"S": pk}} for pk in homes]):
            owner, provider_id = homes[row["pk"]["S"]]
            if row.get("customer_id") == {"S": owner}:
                yield Reached(profile_of(row), provider_id=provider_id)

    def _by_phone(self, enterprise: str, rows: Sequence[Item]) -> Iterator[Reached]:
        """An absorbed phone reaches the survivor: one request more, and another while a survivor is being absorbed."""
        yield from (Reached(each, each.phone) for row in rows if "leads_to" not in row for each in [profile_of(row)])
        leads = {row["pk"]["S"].partition("#")[2]: row["leads_to"]["S"] for row in rows if "leads_to" in row}
        while leads:
            keys = [survivor_key(enterprise, each) for each in sorted(set(leads.values()))]
            found = {row["pk"]["S"]: row for row in reads.get_all(self._client, self._customers, keys)}
            led: dict[str, Any] = {
                phone: found.get(survivor_key(enterprise, each)["pk"]["S"]) for phone, each in leads.items()
            }
            yield from (
                Reached(profile_of(row), Phone(phone)) for phone, row in led.items() if row and "leads_to" not in row
            )
            leads = {phone: row["leads_to"]["S"] for phone, row in led.items() if row and "leads_to" in row}
