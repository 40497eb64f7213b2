"""List the refused facts, and write each to a file for the operator to fix."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta

from admin.facts.refused_list import listed, on_their_way
from admin.stack.location import Stack
from commands.arguments import ENTERPRISE

TYPE_WIDTH = 21
AGES = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"), (timedelta(seconds=1), "s"))


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", type=ENTERPRISE, help="only those that name this enterprise (default: all)")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """Always 0: refused facts are a valid answer."""
    now, count = datetime.now(UTC), 0
    for fact in listed(stack, enterprise=chosen.enterprise):
        if not count:
            print(_row("id", "type", "age", "reason"))
        fact.write(stack.refused)
        print(_row(fact.id, fact.type, age(now - fact.refused_at), fact.reason))
        count += 1
    if count:
        print(f"\nListed: {count:,}. {stack.refused}/<id>.json has the whole body of each")
        print("Fix it there, then: make redrive ID=<id>. Bodies contain phones and names: do not share them")
    else:
        print("There are no refused facts")
    if waiting := on_their_way(stack):
        print(f"About {waiting:,} more are on their way into the lists: run the same command again")
    return 0


def age(since: timedelta) -> str:
    """In the largest unit that fits, rounded down."""
    for unit, name in AGES:
        if since >= unit:
            return f"{since // unit} {name}"
    return "0 s"


def _row(*cells: str) -> str:
    """The sender of a fact chooses its type, so the type must not move the cursor or fill the screen."""
    identity, kind, how_old, reason = ("".join(char if char.isprintable() else "?" for char in cell) for cell in cells)
    return f"{identity:36}  {kind[:TYPE_WIDTH]:{TYPE_WIDTH}}  {how_old:>7}  {reason}"
