"""Recount customers, totals, days, badges and search terms from the ledger, and compare. Changes nothing."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tqdm import tqdm

from admin.audit.recount import Recount, Recounted
from admin.audit.totals import add, badge_differences, differences
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from admin.stack.store import lost_entries_of, registry_of, strays_of
from commands.arguments import ENTERPRISE, unknown
from customers.domain.customers.badge import Badge
from customers.domain.enterprise import Settings
from customers.domain.time_zones import local_date
from customers.store.stats.derived_totals import DerivedTotals, read_totals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PATIENCE = 30.0
"""Seconds within which late derived data must catch up."""
POLL = 0.5
MOST_TOLD = 20
"""The most wrong customers that are printed in detail."""
DIFFERENT, IN_MOTION = 1, 2


@dataclass
class Found:
    """What the recount of an enterprise has found so far."""

    customers: int = 0
    entries: int = 0
    balance_minor: int = 0
    locked_minor: int = 0
    forfeited_minor: int = 0
    wrong: int = 0
    refused: int = 0
    behind: list[str] = field(default_factory=list)
    badges: Counter[Badge] = field(default_factory=Counter)
    figures: DerivedTotals = field(default_factory=DerivedTotals)

    def add(self, recounted: Recounted) -> None:
        self.customers += 1
        self.entries += recounted.entries
        self.balance_minor += recounted.balance_minor
        self.locked_minor += recounted.locked_minor
        self.forfeited_minor += recounted.forfeited_minor
        add(self.figures, recounted.figures)
        if recounted.badge:
            self.badges[recounted.badge] += 1
        self.refused += recounted.refused
        if recounted.behind:
            self.behind.append(recounted.customer_id)
        if recounted.wrong:
            self.add_wrong(recounted.customer_id, recounted.wrong)

    def add_wrong(self, customer_id: str, what: Sequence[str]) -> None:
        self.wrong += 1
        if self.wrong <= MOST_TOLD:
            tqdm.write(f"  {customer_id}: {'; '.join(what)}")


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", type=ENTERPRISE, metavar="ID", help="one enterprise (default: all)")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0: no difference. 1: there are some. 2: facts kept coming, so the figures could not be compared."""
    enterprises = dict(registry_of(stack).enterprises())
    if chosen.enterprise:
        if chosen.enterprise not in enterprises:
            raise Refusal(f"ENTERPRISE: {unknown(chosen.enterprise, enterprises)}")
        enterprises = {chosen.enterprise: enterprises[chosen.enterprise]}
    verdicts = [_audit(stack, enterprise, settings) for enterprise, settings in enterprises.items()]
    told = {DIFFERENT: "There are differences.", IN_MOTION: "Facts kept arriving: run it again at a quieter time."}
    # A difference outweighs an enterprise that could not be compared.
    verdict = DIFFERENT if DIFFERENT in verdicts else max(verdicts, default=0)
    print(told.get(verdict, "No difference."))
    return verdict


def _audit(stack: Stack, enterprise: str, settings: Settings) -> int:
    print(f"Enterprise {enterprise}", flush=True)
    client: DynamoDBClient = stack.client("dynamodb")
    now = datetime.now(UTC)
    recount = Recount(stack, enterprise, settings, now)
    before = read_totals(client, stack.tables["derived"], enterprise)
    found = Found()
    for recounted in tqdm(recount.customers(), desc="  recounting", unit=" customers", mininterval=0.5):
        found.add(recounted)
    for customer_id, what in lost_entries_of(stack).by_customer(enterprise).items():
        found.add_wrong(customer_id, [what])
    for stray in strays_of(stack).find(enterprise):
        found.add_wrong(stray.customer_id, [f"has {stray.what}"])
    still_behind = _still_behind(recount, found.behind)
    after = read_totals(client, stack.tables["derived"], enterprise)
    _print_figures(found, settings.currency)
    if found.wrong:
        print(f"  {found.wrong:,} customers or rows are wrong: make rebuild ENTERPRISE={enterprise}")
    if found.behind or before != after:
        # Some shares were counted before they moved and some after: the sums cannot be compared.
        if still_behind:
            late = f"{len(still_behind):,} customers, for example {still_behind[0]}"
            print(f"  derived data is late for {late}: make rebuild ENTERPRISE={enterprise}")
        return DIFFERENT if found.wrong or still_behind else IN_MOTION
    wrong = (
        []
        if found.refused
        else [
            *differences(found.figures, after, recount.first_active),
            *badge_differences(found.badges, after, local_date(now, settings.time_zone)),
        ]
    )
    for line in wrong:
        print(f"  {line}")
    if wrong and not found.wrong:
        print(f"  totals, days or search terms are wrong: make rebuild ENTERPRISE={enterprise}")
    return DIFFERENT if found.wrong or wrong else 0


def _print_figures(found: Found, currency: str) -> None:
    held = (
        f"{found.balance_minor:,} in balances, {found.locked_minor:,} locked and {found.forfeited_minor:,} forfeited, "
        f"in minor units of {currency}"
    )
    print(f"  {found.customers - found.refused:,} customers, {found.entries:,} ledger entries; {held}")
    if found.refused:
        print(
            f"  {found.refused:,} more customers whose ledger cannot be followed are not in these figures, so totals, "
            "days and search terms are not compared"
        )


def _still_behind(recount: Recount, behind: list[str]) -> list[str]:
    """The customers whose derived data has not caught up in time."""
    deadline = time.monotonic() + PATIENCE
    while behind := [customer_id for customer_id in behind if recount.customer(customer_id).behind]:
        if time.monotonic() > deadline:
            return behind
        time.sleep(POLL)
    return []
