"""Keeps refused facts: in the list of their enterprise, or in the operator's."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from customers.domain.facts.refused_facts import DeadLetter, RefusedFact
from customers.domain.identifiers.address import CustomerId
from customers.domain.identifiers.pseudonym import Secret, named
from customers.retries import retry_on_conflict
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, put, update
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.refused_facts.marks import Marks
from customers.store.refused_facts.rows import (
    MOST_A_DAY,
    MOST_OF_SOURCE_A_DAY,
    common_row,
    expires,
    fact_row,
    lead_row,
    list_key,
    operators,
    quota_key,
)
from customers.store.refused_facts.sealed import SealingKey
from customers.store.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ATTEMPTS = 5
MOST_BYTES = 300_000
"""Of a body; a row holds at most 400 KB. No fact is larger; of what is, only the beginning is kept."""
Kept = Literal["listed", "set_aside", "sealed", "forgotten"]
EnterpriseIn = Callable[[str], str | None]
Read = Callable[[str, str | None], RefusedFact | None]
Rewrite = Callable[[str, str], str | None]
MaySpeak = Callable[[str | None, str], bool]
"""Whether an event's source may tell facts of an enterprise."""


class RefusedFacts:
    """Writes to the RefusedFacts table.

    `codec` reads the enterprise of a message, reads its fact, and rewrites it without the person. A fact whose source
    may not speak for its enterprise is in the operator's list: so no producer fills the list of another's enterprise.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        tables: tuple[str, str, str],
        secret: Secret,
        key: SealingKey,
        codec: tuple[EnterpriseIn, Read, Rewrite],
        may_speak: MaySpeak,
    ) -> None:
        """`tables` are those for refused facts, records and enterprises."""
        self._client = client
        self._table, records, enterprises = tables
        self._registry = Registry(client, enterprises)
        self._marks = Marks(client, self._table, HoldersByIdentifier(client, records, secret))
        self._secret = secret
        self._key = key
        self._enterprise_in, self._read, self._rewrite = codec
        self._may_speak = may_speak

    @classmethod
    def connect(cls, codec: tuple[EnterpriseIn, Read, Rewrite], may_speak: MaySpeak) -> RefusedFacts:
        """The tables named by `REFUSED_FACTS_TABLE`, `RECORDS_TABLE` and `ENTERPRISES_TABLE`, the key by
        `REFUSED_FACTS_KEY`, and `PSEUDONYM_KEY`.
        """
        tables = (os.environ["REFUSED_FACTS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["ENTERPRISES_TABLE"])
        return cls(connect(), tables, DerivedKeys.of_pseudonyms().key, SealingKey.connect(), codec, may_speak)

    def keep(self, letter: DeadLetter) -> Kept:
        """Keep a message once. It may be called again for the same message.

        `set_aside`: readable, but in the operator's list: the enterprise's is full for the day, or the source may not
        speak for the enterprise.
        `forgotten`: it is about an erased person, and nothing of it may stay. Raises `Unavailable`, `Conflict`.
        """
        region, is_known = self._region(letter.body)
        fact = self._read(letter.body, region) if is_known and len(letter.body.encode()) <= MOST_BYTES else None
        if fact is None:
            return self._seal(letter)
        return retry_on_conflict(lambda: self._keep(letter, fact, region), ATTEMPTS)

    def _region(self, body: str) -> tuple[str | None, bool]:
        """The home region of the enterprise that a message names, and whether we know this enterprise."""
        enterprise = self._enterprise_in(body)
        settings = self._registry.settings(enterprise) if enterprise else None
        return (settings.home_region, True) if settings else (None, False)

    def _seal(self, letter: DeadLetter) -> Kept:
        body = letter.body.encode(errors="surrogatepass")[:MOST_BYTES].decode(errors="ignore")
        row = {**common_row(operators(letter), letter), **self._key.seal(body)}
        transactions.commit_once(self._client, [put(self._table, row, "attribute_not_exists(pk)")])
        return "sealed"

    def _keep(self, letter: DeadLetter, fact: RefusedFact, region: str | None) -> Kept:
        """The fact and the rows that lead to it, if nobody whom it names has been erased since the marks were read."""
        if self._is_kept(letter, fact):
            return "listed"
        names = self._names(fact)
        marks = self._marks.of(fact.enterprise, names)
        if erased := self._marks.erased(fact, marks, letter.refused_at):
            customer_id, keeps_books = erased
            left = self._rewrite(letter.body, customer_id) if keeps_books else None
            rewritten = self._read(left, region) if left else None
            if left is None or rewritten is None:
                return "forgotten"
            letter = replace(letter, body=left)
            fact = replace(rewritten, about=(CustomerId(customer_id),), source=fact.source)
            names = self._names(fact)
            marks = self._marks.of(fact.enterprise, names)
        has_room = self._may_speak(fact.source, fact.enterprise) and self._has_room(letter, fact)
        row = fact_row(fact.enterprise if has_room else operators(letter), letter, fact, names)
        leads = [put(self._table, lead_row(fact.enterprise, name, row), "attribute_not_exists(pk)") for name in names]
        checks = [mark.unchanged(self._table) for mark in marks]
        transactions.commit_once(self._client, [put(self._table, row, "attribute_not_exists(pk)"), *leads, *checks])
        return "listed" if has_room else "set_aside"

    def _is_kept(self, letter: DeadLetter, fact: RefusedFact) -> bool:
        """Whether a message that comes again is in one of the two lists."""
        keys = [list_key(pk, letter) for pk in (fact.enterprise, operators(letter))]
        return bool(reads.get_all(self._client, self._table, keys))

    def _names(self, fact: RefusedFact) -> list[str]:
        return [*dict.fromkeys(named(self._secret, fact.enterprise, each) for each in fact.about)]

    def _has_room(self, letter: DeadLetter, fact: RefusedFact) -> bool:
        """Takes a place in the list of the day, if there is one. A message that comes twice may take two."""
        source = f"of_{fact.shown.get('source', 'others')}"
        values: Item = {":one": {"N": "1"}, ":all": {"N": str(MOST_A_DAY)}, ":own": {"N": str(MOST_OF_SOURCE_A_DAY)}}
        taken = update(
            self._table,
            quota_key(fact.enterprise, letter.refused_at),
            "ADD #all :one, #source :one SET #ttl = :ttl",
            "(attribute_not_exists(#all) OR #all < :all) AND (attribute_not_exists(#source) OR #source < :own)",
            {**values, ":ttl": expires(letter)},
            {"#all": "all", "#source": source, "#ttl": "ttl"},
        )
        try:
            transactions.write_one(self._client, taken)
        except ConditionFailed:
            return False
        return True
