"""Repair the derived data of an enterprise: notes, search terms, and the sums."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from tqdm import tqdm

from admin.audit.recount import Recount
from admin.audit.totals import add, lacking
from admin.stack.location import Stack
from admin.stack.store import derived_repair_of, reconciler_of
from customers.domain.enterprise import Settings
from customers.domain.stats.contributions import Contributions
from customers.domain.stats.customer_refs import CustomerRef
from customers.store.stats.derived_totals import DerivedTotals, read_totals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 100
"""Changes that are reconciled together."""


def mend_derived(stack: Stack, enterprise: str, settings: Settings) -> bool:
    """Count anew who is not counted, mend the search terms, then the sums. Says what it has mended.

    False if the sums could not be compared: facts kept coming, or a customer could not be repaired.
    """
    repair = derived_repair_of(stack)
    recount = Recount(stack, enterprise, settings, datetime.now(UTC))
    _reconcile(stack, _uncounted(recount))
    _reconcile(stack, (CustomerRef(enterprise, each) for each in repair.of_nobody(enterprise)))
    if terms := repair.terms(enterprise):
        tqdm.write(f"{terms:,} search terms mended")
    wrong = _wrong_sums(stack, enterprise, recount)
    if wrong:
        repair.sums(enterprise, wrong)
        tqdm.write(f"{len(wrong):,} totals and days mended")
    return wrong is not None


def _uncounted(recount: Recount) -> Iterator[CustomerRef]:
    for recounted in recount.customers():
        if recounted.behind or recounted.uncounted:
            yield recount.reference(recounted.customer_id)
            yield from recounted.uncounted


def _reconcile(stack: Stack, references: Iterator[CustomerRef]) -> None:
    reconciler = reconciler_of(stack)
    while window := list(islice(references, AT_ONCE)):
        for reference, trouble in reconciler.reconcile(window).items():
            tqdm.write(f"{reference.customer_id}: not counted: {type(trouble).__name__}")


def _wrong_sums(stack: Stack, enterprise: str, recount: Recount) -> Contributions | None:
    """What the sums lack, or have too much. None if that cannot be told now."""
    client: DynamoDBClient = stack.client("dynamodb")
    before, figures = read_totals(client, stack.tables["derived"], enterprise), DerivedTotals()
    for recounted in recount.customers():
        if recounted.behind or recounted.wrong:
            # Its figures are not all here.
            return None
        add(figures, recounted.figures)
    after = read_totals(client, stack.tables["derived"], enterprise)
    return lacking(figures, after, recount.first_active) if before == after else None
