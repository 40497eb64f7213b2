"""Rebuild customers from their ledgers and repair what differs. Facts may continue to arrive meanwhile."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import suppress

from tqdm import tqdm

from admin.audit.derived import mend_derived
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from admin.stack.store import lost_entries_of, rebuild_of, registry_of, strays_of
from commands.arguments import ENTERPRISE, prefixed, unknown
from customers.domain.enterprise import Settings
from customers.domain.refusals import Conflict, ValidationError
from customers.store.audit.rebuild import Rebuild
from customers.store.audit.strays import Strays


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--customer", type=prefixed("usr", "the id of a customer"), metavar="ID", help="one customer, usr_…"
    )
    parser.add_argument(
        "--enterprise", type=ENTERPRISE, metavar="ID", help="all customers of an enterprise, or where to look for one"
    )
    parser.add_argument(
        "--accept-ledger",
        action="store_true",
        help="make the customer follow a ledger that has lost entries, or has others than were written",
    )


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    if not chosen.customer and not chosen.enterprise:
        raise Refusal("Which customer? make rebuild CUSTOMER=usr_…, or ENTERPRISE=… for all of its customers")
    if chosen.accept_ledger and not chosen.customer:
        raise Refusal("ACCEPT_LEDGER is for one customer: CUSTOMER=usr_…")
    enterprises = dict(registry_of(stack).enterprises())
    if chosen.enterprise and chosen.enterprise not in enterprises:
        raise Refusal(f"ENTERPRISE: {unknown(chosen.enterprise, enterprises)}")
    rebuild = rebuild_of(stack)
    if chosen.customer:
        wanted = [chosen.enterprise] if chosen.enterprise else list(enterprises)
        return _one(stack, rebuild, {each: enterprises[each] for each in wanted}, chosen.customer, chosen.accept_ledger)
    return _all(stack, rebuild, chosen.enterprise, enterprises[chosen.enterprise])


def _one(
    stack: Stack, rebuild: Rebuild, enterprises: dict[str, Settings], customer_id: str, accept_ledger: bool
) -> int:
    for enterprise, settings in enterprises.items():
        if rebuild.knows(enterprise, customer_id):
            # A customer is not made to follow a ledger that has lost something.
            lost_entries = lost_entries_of(stack)
            if accept_ledger:
                lost_entries.accept(enterprise, customer_id)
            elif lost := lost_entries.by_customer(enterprise).get(customer_id):
                raise Refusal(f"{customer_id}: {lost}")
            mended = rebuild.mend(
                enterprise, customer_id, settings.currency, settings.time_zone, accept_ledger=accept_ledger
            )
            print(f"{customer_id}: {_told(mended)}")
            return 0
    raise Refusal(f"There is no customer {customer_id} here")


def _all(stack: Stack, rebuild: Rebuild, enterprise: str, settings: Settings) -> int:
    mended, left = 0, 0
    lost = lost_entries_of(stack).by_customer(enterprise)
    for customer_id in _shown(rebuild.customer_ids(enterprise)):
        if customer_id in lost:
            left += 1
            tqdm.write(f"{customer_id}: not changed: {lost[customer_id]}")
            continue
        try:
            differences = rebuild.mend(enterprise, customer_id, settings.currency, settings.time_zone)
        except (Conflict, ValidationError) as trouble:
            left += 1
            tqdm.write(f"{customer_id}: not changed: {trouble or 'facts kept arriving; try again'}")
        else:
            if differences:
                mended += 1
                tqdm.write(f"{customer_id}: {_told(differences)}")
    removed = _without_strays(strays_of(stack), enterprise)
    compared = mend_derived(stack, enterprise, settings)
    print(f"{mended} customers repaired, {left} not changed." + (f" {removed} rows removed." if removed else ""))
    if not compared:
        print("Totals and days were not compared: mend what was not changed, or run it again when no facts arrive.")
    return 1 if left else 0


def _without_strays(strays: Strays, enterprise: str) -> int:
    """Removes them, after the customers have been rebuilt: their own rows tell what is a stray. How many there were."""
    removed = 0
    for stray in strays.find(enterprise):
        with suppress(Conflict):
            strays.remove(stray)
            removed += 1
            tqdm.write(f"{stray.customer_id}: removed: {stray.what}")
    return removed


def _shown(customer_ids: Iterator[str]) -> Iterator[str]:
    yield from tqdm(customer_ids, desc="Rebuilding", unit=" customers", mininterval=0.5)


def _told(differences: tuple[str, ...]) -> str:
    return f"repaired: {', '.join(differences)}" if differences else "matches its ledger"
