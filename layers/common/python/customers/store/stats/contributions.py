"""From what holds now and what had been noted to what is written: the difference, and the note in place of the old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.enterprise import Thresholds
from customers.domain.search.terms import search_terms
from customers.domain.stats.contributions import Counted, Counts, Figures, differences, figures, tally, together
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.rows import Item, profile_of
from customers.store.dynamodb.transactions import put
from customers.store.records import transaction_of
from customers.store.stats.derived_rows import (
    Note,
    counted_of,
    counted_text,
    note_of,
    note_row,
    sum_key,
    term_key,
    term_row,
)


@dataclass(frozen=True, slots=True)
class Share:
    """What settles one change: its own rows, and what it adds to sums."""

    change: CustomerRef
    writes: Sequence[Any]
    adds: Figures


def customer_share(
    table: str, change: CustomerRef, noted: Item | None, row: Item | None, thresholds: Thresholds
) -> Share | None:
    """A customer who has no row contributes nothing any more. None if all is as it should be."""
    before, after = note_of(noted), _note(row, thresholds)
    if after.holds(before):
        return None
    after = replace(after, revision=before.revision + 1)
    writes = _note_writes(table, change, before, after, is_new=noted is None)
    return Share(change, [*writes], differences(before.figures, after.figures))


def _note(row: Item | None, thresholds: Thresholds) -> Note:
    return note_about(profile_of(row), thresholds) if row else Note()


def note_about(profile: Profile, thresholds: Thresholds) -> Note:
    """What is to be noted of a customer."""
    return Note(figures=tally(profile, thresholds), terms=search_terms(profile), phone=profile.phone.e164 or None)


def _note_writes(table: str, change: CustomerRef, before: Note, after: Note, *, is_new: bool) -> Iterator[Any]:
    enterprise, customer_id = change.enterprise, change.customer_id
    row = note_row(enterprise, customer_id, after)
    if is_new:
        yield put(table, row, "attribute_not_exists(pk)")
    else:
        yield put(table, row, "revision = :revision", {":revision": {"N": str(before.revision)}})
    # Every term says the phone, so with the phone all of them change.
    kept = before.terms if before.phone == after.phone else ()
    for term in after.terms:
        if term not in kept:
            assert after.phone  # noqa: S101 - who is found has one
            yield put(table, term_row(enterprise, term, customer_id, after.phone))
    for term in before.terms:
        if term not in after.terms:
            yield {"Delete": {"TableName": table, "Key": term_key(enterprise, term, customer_id)}}


def transaction_share(table: str, change: CustomerRef, row: Item) -> Share | None:
    """A purchase or refund as its row has it now. None if the figures hold it so already."""
    if "uncounted" not in row:
        return None
    transaction = transaction_of(row)
    text = row["counted"]["S"] if "counted" in row else None
    counted = Counted.of(transaction)
    before, after = figures(transaction.kind, counted_of(text)), figures(transaction.kind, counted)
    values = {":new": {"S": counted_text(counted)}, ":stamp": row["stamp"]}
    as_read = "attribute_not_exists(counted)"
    if text is not None:
        as_read, values[":counted"] = "counted = :counted", {"S": text}
    update = {
        "TableName": table,
        "Key": {"pk": row["pk"], "sk": row["sk"]},
        "UpdateExpression": "SET counted = :new REMOVE uncounted",
        "ConditionExpression": f"stamp = :stamp AND {as_read}",
        "ExpressionAttributeValues": values,
    }
    return Share(change, [{"Update": update}], differences(before, after))


def transaction_writes(table: str, pack: Sequence[Share], shard: int) -> list[Any]:
    """All that settles some changes of one enterprise, with one addition to each sum."""
    enterprise = pack[0].change.enterprise
    adds = add_to_sums(table, enterprise, together(share.adds for share in pack), shard)
    return [*(write for share in pack for write in share.writes), *adds]


def add_to_sums(table: str, enterprise: str, added: Figures, shard: int) -> list[Any]:
    """To one row of each sum."""
    return [addition(table, sum_key(enterprise, place, shard), counts) for place, counts in added.items()]


def addition(table: str, key: Item, added: Counts) -> Any:
    """To one of the rows of a sum."""
    numbered = list(enumerate(added.items()))
    update = {
        "TableName": table,
        "Key": key,
        "UpdateExpression": "ADD " + ", ".join(f"#{n} :{n}" for n, _ in numbered),
        "ExpressionAttributeNames": {f"#{n}": name for n, (name, _) in numbered},
        "ExpressionAttributeValues": {f":{n}": {"N": str(value)} for n, (_, value) in numbered},
    }
    return {"Update": update}
