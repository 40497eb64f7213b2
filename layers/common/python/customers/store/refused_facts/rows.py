"""The rows of the RefusedFacts table.

- `{enterprise}`, `{instant}#{id}`: a refused fact in the enterprise's list. `#operator#{digit}`: one in the operator's.
- `{enterprise}#named#{pseudonym}`, `{instant}#{id}`: leads to a refused fact that names this address.
- `{enterprise}#named#{pseudonym}`, `erased`: the mark of those who had this address and are erased.
- `{enterprise}#quota`, `{day}`: how many refused facts the list took on that day, in all and by source.

No enterprise's id has a `#`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from customers.domain.facts.refused_facts import KEPT, DeadLetter, ListedFact, RefusedFact
from customers.domain.instants import sortable_instant
from customers.store.dynamodb.items import Item, instant_of
from customers.store.dynamodb.transactions import delete, put, require

OPERATOR = "#operator"
ERASED = "erased"
MOST_A_DAY = 10_000
"""Refused facts that an enterprise's list takes in a day. Further ones go to the operator's list."""
MOST_OF_SOURCE_A_DAY = 2_000
"""Those of one source of events. So one producer does not fill the list for the others."""
_LINGERS = timedelta(days=7)
"""A row that leads to another outlives it, because DynamoDB removes expired rows in any order."""


def list_key(pk: str, letter: DeadLetter) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": f"{sortable_instant(letter.refused_at)}#{letter.id}"}}


def operators(letter: DeadLetter) -> str:
    """The partition of the operator's list. There are sixteen, so that no flood is too much for one."""
    return f"{OPERATOR}#{hashlib.sha256(letter.id.encode()).hexdigest()[0]}"


def expires(letter: DeadLetter, more: timedelta = timedelta()) -> Item:
    return {"N": str(int((letter.refused_at + KEPT + more).timestamp()))}


def common_row(pk: str, letter: DeadLetter) -> Item:
    """What every refused fact has."""
    return {
        **list_key(pk, letter),
        "refused_at": {"S": sortable_instant(letter.refused_at)},
        "reason": {"S": letter.reason},
        "unread": {"BOOL": letter.unread},
        "ttl": expires(letter),
    }


def fact_row(pk: str, letter: DeadLetter, fact: RefusedFact, names: Sequence[str]) -> Item:
    """A refused fact that can be read. `names` are the pseudonyms of its addresses."""
    row = {
        **common_row(pk, letter),
        "body": {"S": letter.body},
        "enterprise": {"S": fact.enterprise},
        "names": {"L": [{"S": each} for each in names]},
        **{name: {"S": value} for name, value in fact.shown.items()},
    }
    if fact.at:
        row["occurred_at"] = {"S": sortable_instant(fact.at)}
    return row


def named_key(enterprise: str, name: str, sk: str) -> Item:
    return {"pk": {"S": f"{enterprise}#named#{name}"}, "sk": {"S": sk}}


def lead_row(enterprise: str, name: str, row: Item) -> Item:
    """Leads from an address to a refused fact."""
    ttl = {"N": str(int(row["ttl"]["N"]) + int(_LINGERS.total_seconds()))}
    return {**named_key(enterprise, name, row["sk"]["S"]), "held": row["pk"], "ttl": ttl}


def listed_fact_of(row: Item) -> ListedFact:
    """What the list shows of a row."""
    refused_at = instant_of(row, "refused_at")
    assert refused_at  # noqa: S101 - every row has it
    return ListedFact(
        row["sk"]["S"].partition("#")[2],
        row["reason"]["S"],
        refused_at,
        datetime.fromtimestamp(int(row["ttl"]["N"]), UTC),
        instant_of(row, "occurred_at"),
        {name: row[name]["S"] for name in ("type", "source", "fact_id") if name in row},
    )


def names_of(row: Item) -> list[str]:
    return [each["S"] for each in row.get("names", {}).get("L", [])]


def removal(table: str, row: Item) -> list[Any]:
    """The writes that remove a refused fact with everything that leads to it. They fail if it is gone already."""
    key = {"pk": row["pk"], "sk": row["sk"]}
    leads = [named_key(row["enterprise"]["S"], name, row["sk"]["S"]) for name in names_of(row)]
    return [delete(table, key, "attribute_exists(pk)"), *(delete(table, each) for each in leads)]


def quota_key(enterprise: str, at: datetime) -> Item:
    return {"pk": {"S": f"{enterprise}#quota"}, "sk": {"S": f"{at:%Y-%m-%d}"}}


@dataclass(frozen=True, slots=True)
class Mark:
    """The erased customers who had an address: by the id that keeps their books, their ids, or whether books stay."""

    enterprise: str
    name: str
    revision: int = 0
    erased: Mapping[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)

    @property
    def key(self) -> Item:
        return named_key(self.enterprise, self.name, ERASED)

    def unchanged(self, table: str) -> Any:
        """Goes into a transaction that rests on this mark."""
        return require(table, self.key, *self._as_read())

    def put(self, table: str, customer_id: str, ids: Sequence[str], *, keeps_books: bool) -> Any:
        """The write that adds an erased customer."""
        erased = {**self.erased, customer_id: (tuple(ids), keeps_books)}
        row = {
            **self.key,
            "revision": {"N": str(self.revision + 1)},
            "customers": {
                "M": {
                    each: {"M": {"ids": {"L": [{"S": one} for one in ids]}, "keeps_books": {"BOOL": keeps}}}
                    for each, (ids, keeps) in erased.items()
                }
            },
        }
        return put(table, row, *self._as_read())

    def _as_read(self) -> tuple[str] | tuple[str, Item]:
        if not self.revision:
            return ("attribute_not_exists(pk)",)
        return "revision = :revision", {":revision": {"N": str(self.revision)}}


def mark_of(enterprise: str, name: str, row: Item | None) -> Mark:
    if row is None:
        return Mark(enterprise, name)
    erased = {
        customer_id: (tuple(one["S"] for one in each["M"]["ids"]["L"]), bool(each["M"]["keeps_books"]["BOOL"]))
        for customer_id, each in row["customers"]["M"].items()
    }
    return Mark(enterprise, name, int(row["revision"]["N"]), erased)
