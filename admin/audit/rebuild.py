"""Rebuild customers from their ledgers and repair what differs. Facts may continue to arrive meanwhile."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tqdm import tqdm

from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from admin.stack.store import rebuild_of, registry_of
from commands.arguments import ENTERPRISE, prefixed, unknown
from customers.domain.enterprise import Settings
from customers.domain.refusals import Conflict, ValidationError
from customers.store.audit.rebuild import Rebuild


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--customer", type=prefixed("usr", "the id of a customer"), metavar="ID", help="one customer, usr_…"
    )
    parser.add_argument(
        "--enterprise", type=ENTERPRISE, metavar="ID", help="all customers of an enterprise, or where to look for one"
    )


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    if not chosen.customer and not chosen.enterprise:
        raise Refusal("Which customer? make rebuild CUSTOMER=usr_…, or ENTERPRISE=… for all of its customers")
    enterprises = dict(registry_of(stack).enterprises())
    if chosen.enterprise and chosen.enterprise not in enterprises:
        raise Refusal(f"ENTERPRISE: {unknown(chosen.enterprise, enterprises)}")
    rebuild = rebuild_of(stack)
    if chosen.customer:
        wanted = [chosen.enterprise] if chosen.enterprise else list(enterprises)
        return _one(rebuild, {each: enterprises[each] for each in wanted}, chosen.customer)
    return _all(rebuild, chosen.enterprise, enterprises[chosen.enterprise].currency)


def _one(rebuild: Rebuild, enterprises: dict[str, Settings], customer_id: str) -> int:
    for enterprise, settings in enterprises.items():
        if rebuild.knows(enterprise, customer_id):
            mended = rebuild.mend(enterprise, customer_id, settings.currency)
            print(f"{customer_id}: {_told(mended)}")
            return 0
    raise Refusal(f"There is no customer {customer_id} here")


def _all(rebuild: Rebuild, enterprise: str, currency: str) -> int:
    mended, left = 0, 0
    for customer_id in _shown(rebuild.customer_ids(enterprise)):
        try:
            differences = rebuild.mend(enterprise, customer_id, currency)
        except (Conflict, ValidationError) as trouble:
            left += 1
            tqdm.write(f"{customer_id}: not changed: {trouble or 'facts kept arriving; try again'}")
        else:
            if differences:
                mended += 1
                tqdm.write(f"{customer_id}: {_told(differences)}")
    print(f"{mended} customers repaired, {left} not changed.")
    return 1 if left else 0


def _shown(customer_ids: Iterator[str]) -> Iterator[str]:
    yield from tqdm(customer_ids, desc="Rebuilding", unit=" customers", mininterval=0.5)


def _told(differences: tuple[str, ...]) -> str:
    return f"repaired: {', '.join(differences)}" if differences else "matches its ledger"
