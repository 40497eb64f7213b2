"""The keyed hash of a ledger entry, for the checksum of its ledger (`domain/facts/parts/checksums.py`).

The hash covers all of the row but the customer's id, so that an entry can move. A row that has been scrubbed keeps what
its hash differs by, so that the scrub changes no checksum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from customers.domain.canonical_json import canonical_json
from customers.domain.facts.history import EVENT_ENTRY
from customers.domain.facts.parts.checksums import checksum, together
from customers.domain.identifiers.pseudonym import Secret, pseudonym
from customers.store.dynamodb.items import Item
from customers.store.records.ledger_rows import LEDGER

OFFSET = "hash_offset"
"""What the hash of a scrubbed entry lacks: 32 hexadecimal digits."""
_MODULUS = 2**128


def checksums_of(secret: Secret, enterprise: str, rows: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The checksums of the entries among some rows, by the part in whose ledger they are. Events count in none."""
    checksums: dict[str, bytes] = {}
    for row in rows:
        if is_entry(row):
            hashed, part_id = _hash(secret, enterprise, row), row["pk"]["S"].partition("#")[2]
            checksums[part_id] = together(checksums.get(part_id, b""), checksum(1, hashed))
    return checksums


def is_entry(row: Mapping[str, Any]) -> bool:
    """Whether a row is an entry of the ledger, scrubbed or not, and no recorded event."""
    return row["sk"]["S"].startswith(LEDGER) and not row["type"]["S"].startswith(EVENT_ENTRY)


def with_offset(secret: Secret, enterprise: str, scrubbed: Item, before: Mapping[str, Any]) -> Item:
    """A row that has been scrubbed, with what its hash differs by from the one that it had."""
    if not is_entry(scrubbed):
        return scrubbed
    left = {name: value for name, value in scrubbed.items() if name != OFFSET}
    offset = (_hash(secret, enterprise, before) - _hash(secret, enterprise, left)) % _MODULUS
    return {**left, OFFSET: {"S": f"{offset:032x}"}}


def _hash(secret: Secret, enterprise: str, row: Mapping[str, Any]) -> int:
    covered = {name: value for name, value in row.items() if name not in ("pk", OFFSET)}
    hashed = int(pseudonym(secret, enterprise, f"entry#{canonical_json(covered)}"), 16)
    return hashed + (int(row[OFFSET]["S"], 16) if OFFSET in row else 0)
