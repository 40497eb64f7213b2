"""What everybody sees of a few people: tills, offices, listeners, and facts that are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from customers.domain.identifiers.address import ProviderId
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.verification import still_asked, token_hash
from customers.domain.instants import parse_instant
from customers.domain.refusals import Conflict, NotYet, ValidationError
from customers.store.customers.customers_by_id import CustomersById
from customers.store.customers.snapshot_invalidation import departed_key
from customers.store.dynamodb.reads import get_all
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.identifier_holders import HoldersByIdentifier
from tests.operations.concurrency.world import BEFORE, FORMER, FREE, OMAR, TOKEN, TWIN, World
from tests.operations.conftest import LAYLA
from tests.support.books import CUSTOMERS, RECORDS, SECRET
from tests.support.dynamodb.worlds import NOW
from tests.support.erasure.erasing import held
from tests.support.identity.verifying import verifications

ADDRESSES = {"her phone": LAYLA, "the twin's phone": TWIN, "Omar's phone": OMAR, "the former phone": FORMER}
ADDRESSES |= {"the free phone": FREE, **{each: each for each in ("pos-l1", "pos-l2", "pos-t", "pos-new")}}


AFTERWARDS = Path(__file__).with_name("seen_after.txt")


def seen(w: World) -> Counter[str]:
    """A line for each thing that is seen."""
    rows = held(w.books.client, w.shop)
    lines: Counter[str] = Counter()
    for name, told in (*_at_tills(w), *_by_id(w, rows), *_told(w, rows), *_promised(w, rows)):
        lines.update(f"{name}: {each}" for each in (told if isinstance(told, list) else [told]))
    return lines


def change(before: Counter[str], after: Counter[str]) -> list[str]:
    """What is seen that was not, and what is seen no more and in place of which there is nothing."""
    more = sorted((after - before).elements())
    replaced = {line.partition(":")[0] for line in more}
    return [
        *more,
        *(f"no more {line}" for line in sorted((before - after).elements()) if line.partition(":")[0] not in replaced),
    ]


def expected() -> dict[str, list[str]]:
    """By what was done, as the file beside this one has it."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in AFTERWARDS.read_text().splitlines():
        if not line.startswith(" "):
            lines = found.setdefault(line, [])
        else:
            lines.append(line.strip())
    return found


def _at_tills(w: World) -> Iterator[tuple[str, Any]]:
    till = replace(w.shop.till, expires_at=NOW + timedelta(days=99))
    for name, address in ADDRESSES.items():
        kind = "phone" if address.startswith("+") else "provider_customer_id"
        data = w.shop.lookup(f"{kind}={address.removeprefix('+974')}", till).data
        customer = data["customer"] or {"name": None, "balance": {"spendable_minor": 0, "locked_promo_minor": 0}}
        balance = customer["balance"]
        money = f"{balance['spendable_minor']} to spend, {balance['locked_promo_minor']} locked"
        if customer["name"]:
            money += f", {customer['activity']['lifetime_spend_minor']} spent"
        yield name, f"{data['status']} {customer['name']}, {money}"
    for name, session in (("the session", w.session), ("her session", w.identified)):
        data = w.send("GET", f"/checkout/sessions/{session}")[1]
        yield name, data and (data["context"] or data)["status"]


def _by_id(w: World, rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    holders = HoldersByIdentifier(w.books.client, RECORDS, SECRET)
    finder = CustomerFinder(w.books.client, CUSTOMERS, RECORDS, holders)
    customers_by_id = CustomersById(w.books.client, CUSTOMERS, RECORDS)
    there = [row["customer_id"]["S"] for row in rows["CustomersTable"] if "customer_id" in row]
    for customer_id in dict.fromkeys([w.layla, w.twin, w.omar, *there]):
        profile = customers_by_id.find(w.shop.enterprise, customer_id)
        yield f"the id {_who(w, customer_id)}", profile and _who(w, profile.customer_id)
        history = customers_by_id.history(w.shop.enterprise, [customer_id], 50, None).entries
        yield f"the history of {_who(w, customer_id)}", [entry.type for entry in history]
        with suppress(Conflict, ValidationError):
            wrong = w.books.rebuild.compare(w.shop.enterprise, customer_id, "QAR").differences
            yield f"what the ledger says else of {_who(w, customer_id)}", [*wrong]
    for name, address in ADDRESSES.items():
        at = parse_instant(BEFORE, "at")
        about = Phone(address) if address.startswith("+") else ProviderId(address)
        with suppress(NotYet):
            found = finder.find(w.shop.enterprise, about, at).profile
            yield f"{name}, before", found and _who(w, found.customer_id)


def _told(w: World, rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    outbox = [row for row in rows["RecordsTable"] if row["sk"]["S"].startswith("outbox#")]
    yield "to be published", [f"{row['type']['S']} of {_who(w, row['pk']['S'].split('#')[1])}" for row in outbox]
    marks = get_all(w.books.client, RECORDS, [departed_key(w.shop.enterprise)])
    yield "the last departure", "another" if any(row["mark"] != w.departed for row in marks) else "as before"
    erasures = [row for row in rows["ErasuresTable"] if "status" in row]
    yield "erasures", [f"{row['status']['S']} of {_who(w, row['customer_id']['S'])}" for row in erasures]
    waiting = [row["sk"]["S"].partition("#")[2] for row in rows["ErasuresTable"] if "status" not in row]
    yield "waiting to be erased", [_who(w, each) for each in waiting]
    left = [row for row in rows["CustomersTable"] if "erased_at" in row]
    yield "left of", [f"{_who(w, row['customer_id']['S'])}, {row['balance']['N']} to spend" for row in left]
    late = [row for row in rows["RecordsTable"] if "late" in row]
    yield "told late, and not noted", [f"{row['late']['N']} of {_who(w, row['pk']['S'].split('#')[1])}" for row in late]
    for kind in ("days", "gone", "totals"):
        sums: Counter[str] = Counter()
        for row in rows["DerivedTable"]:
            if row["pk"]["S"].split("#")[1] == kind:
                sums.update({name: int(value["N"]) for name, value in row.items() if "N" in value})
        yield f"the {kind}", [f"{name} {sums[name]}" for name in sums if sums[name]]


def _promised(w: World, rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    links = verifications(w.books.client)
    link = links.link(token_hash(TOKEN), NOW)
    yield "the button", bool(link and still_asked(link, *links.awaited(link)))
    asked = [row for row in rows["RecordsTable"] if row["sk"]["S"] == "verification"]
    yield "asked to verify", [_who(w, row["pk"]["S"].split("#")[1]) for row in asked]
    counts = [row for row in rows["VerificationsTable"] if "asked" in row]
    numbers = [row["pk"]["S"].split("#")[2] for row in counts]
    known = (w.layla, w.twin, w.omar)
    yield (
        "links counted",
        [
            f"{len(row['asked']['L'])} of {_who(w, each) if each in known else 'a phone'}"
            for row, each in zip(counts, numbers, strict=True)
        ],
    )


def _who(w: World, customer_id: str) -> str:
    return {w.layla: "layla", w.twin: "twin", w.omar: "omar", w.wallet: "wallet"}.get(customer_id, "somebody new")
