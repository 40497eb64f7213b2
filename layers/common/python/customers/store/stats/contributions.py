"""Contributions to the stats and the search index: the difference between what holds now and what is noted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from customers.domain.customers.profile import Profile
from customers.domain.identifiers.phone import Phone
from customers.domain.search.terms import absorbed_phone_terms, search_terms
from customers.domain.stats.active_days import REMEMBERED, first_active_day
from customers.domain.stats.contributions import (
    Contributions,
    Counted,
    Counts,
    contributions_of,
    differences,
    together,
    transaction_contributions,
    with_days_over,
)
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.customers.rows import profile_of
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put, update
from customers.store.records.transaction_rows import transaction_of
from customers.store.stats.badge_reports import badge_now, report_writes
from customers.store.stats.badge_rows import due_writes
from customers.store.stats.derived_rows import (
    Note,
    counted_of,
    counted_text,
    note_of,
    note_row,
    term_key,
    term_row,
)
from customers.store.stats.sum_rows import rows_of, shared_place

MOST_TERMS = 80
"""Search terms of a customer that one transaction writes and removes."""
MOST_WRITES = 85
"""Those and the sums that change; DynamoDB takes a hundred items. The note is one, and a badge needs a few: what time
changed, at most two, and a fact, other thresholds, and two days to be looked at."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """The writes that bring one customer or transaction up to date, and what they add to the sums."""

    change: CustomerRef
    writes: Sequence[Any]
    adds: Contributions


def customer_contribution(
    table: str,
    records_table: str,
    change: CustomerRef,
    noted: Item | None,
    row: Item | None,
    rules: CountingRules,
    absorbed: Phone | None,
    now: datetime,
) -> Contribution | None:
    """A customer without a row no longer contributes anything, but is found by the phone that a merge has absorbed.

    None if nothing has changed. Of many search terms only some are written: then the note says so, and the next reading
    finds the rest.
    """
    profile = profile_of(row) if row else None
    first = first_active_day(now, rules.time_zone)
    before = note_of(noted).since(first - REMEMBERED)
    after = absorbed_note(absorbed) if absorbed else _note(profile, rules, now, before, first)
    badge, changes = badge_now(before.badge, before.figures, profile, rules, now)
    if after.holds(before) and (badge is None or badge.holds(before.badge)):
        return None
    after = replace(one_step(before, after), revision=before.revision + 1, badge=badge)
    writes = [
        *_note_writes(table, change, before, after, is_new=noted is None),
        *due_writes(table, change.enterprise, change.customer_id, before.badge, badge),
        *report_writes(records_table, change, changes, now),
    ]
    return Contribution(change, writes, differences(before.figures, after.figures))


def _note(profile: Profile | None, rules: CountingRules, now: datetime, before: Note, first: date) -> Note:
    """Active days before `first` stay as they were noted: the row no longer has all visits of them."""
    if profile is None:
        return Note()
    note = note_about(profile, rules, now)
    return replace(note, figures=with_days_over(note.figures, before.figures, first))


def note_about(profile: Profile, rules: CountingRules, now: datetime) -> Note:
    """The note that a customer should have, with the active days that are read `now`."""
    figures = contributions_of(profile, rules, now)
    return Note(figures=figures, terms=search_terms(profile), phone=profile.phone.e164 or None)


def absorbed_note(phone: Phone) -> Note:
    """The note that an absorbed customer should have: the phone, which leads to the survivor."""
    return Note(terms=absorbed_phone_terms(phone), phone=phone.e164)


def one_step(before: Note, after: Note) -> Note:
    """The note after one transaction, which can write a limited number of search terms and sums."""
    step = _terms_step(before, after)
    kept = before.terms if before.phone == step.phone else ()
    left = MOST_WRITES - len({*step.terms} - {*kept}) - len({*before.terms} - {*step.terms})
    moved = sorted({shared_place(place) for place in differences(before.figures, after.figures)})
    later = set(moved[left:])
    figures = {place: counts for place, counts in after.figures.items() if shared_place(place) not in later}
    figures |= {place: counts for place, counts in before.figures.items() if shared_place(place) in later}
    return replace(step, figures=figures)


def _terms_step(before: Note, after: Note) -> Note:
    stale = before.terms if before.phone != after.phone else ()
    fresh = [term for term in after.terms if term in stale or term not in before.terms]
    gone = [term for term in before.terms if term not in after.terms]
    if len(fresh) + len(gone) <= MOST_TERMS:
        return after
    if stale:
        # Every row of a term has the phone, and a note has one phone. So the old rows are deleted first.
        return replace(
            after, terms=before.terms[MOST_TERMS:], phone=before.phone if before.terms[MOST_TERMS:] else None
        )
    going = set(gone[:MOST_TERMS])
    kept = tuple(term for term in before.terms if term not in going)
    return replace(after, terms=(*kept, *fresh[: MOST_TERMS - len(going)]))


def _note_writes(table: str, change: CustomerRef, before: Note, after: Note, *, is_new: bool) -> Iterator[Any]:
    enterprise, customer_id = change.enterprise, change.customer_id
    row = note_row(enterprise, customer_id, after)
    if is_new:
        yield put(table, row, "attribute_not_exists(pk)")
    else:
        yield put(table, row, "revision = :revision", {":revision": {"N": str(before.revision)}})
    # Every term's row holds the phone: with the phone all of them change.
    kept = before.terms if before.phone == after.phone else ()
    for term in after.terms:
        if term not in kept:
            assert after.phone  # noqa: S101 - a customer with search terms has one
            yield put(table, term_row(enterprise, term, customer_id, after.phone))
    for term in before.terms:
        if term not in after.terms:
            yield delete(table, term_key(enterprise, term, customer_id))


def transaction_contribution(table: str, change: CustomerRef, row: Item, zone: str) -> Contribution | None:
    """A purchase or refund as its row is now. None if the stats have counted it so already."""
    transaction = transaction_of(row)
    text = row["counted"]["S"] if "counted" in row else None
    counted = Counted.of(transaction, zone)
    if "uncounted" not in row and text == counted_text(counted):
        return None
    before, after = (
        transaction_contributions(transaction.kind, counted_of(text)),
        transaction_contributions(transaction.kind, counted),
    )
    values = {":new": {"S": counted_text(counted)}, ":stamp": row["stamp"]}
    as_read = "attribute_not_exists(counted)"
    if text is not None:
        as_read, values[":counted"] = "counted = :counted", {"S": text}
    key = {"pk": row["pk"], "sk": row["sk"]}
    counting = update(table, key, "SET counted = :new REMOVE uncounted", f"stamp = :stamp AND {as_read}", values)
    return Contribution(change, [counting], differences(before, after))


def transaction_writes(table: str, batch: Sequence[Contribution], shard: int) -> list[Any]:
    """The writes for some contributions of one enterprise, with one addition to each sum."""
    enterprise = batch[0].change.enterprise
    adds = add_to_sums(table, enterprise, together(each.adds for each in batch), shard)
    return [*(write for each in batch for write in each.writes), *adds]


def add_to_sums(table: str, enterprise: str, added: Contributions, shard: int) -> list[Any]:
    """Add to one row of each sum."""
    return [addition(table, key, counters) for key, counters in rows_of(enterprise, added, shard)]


def addition(table: str, key: Item, added: Counts) -> Any:
    """Add to one row of a sum."""
    numbered = list(enumerate(added.items()))
    return update(
        table,
        key,
        "ADD " + ", ".join(f"#{n} :{n}" for n, _ in numbered),
        names={f"#{n}": name for n, (name, _) in numbered},
        values={f":{n}": {"N": str(value)} for n, (_, value) in numbered},
    )
