"""The checksum of a ledger: how many entries it has, and the sum of their keyed hashes.

A sum does not depend on the order of the entries, and what moves is taken from one sum and added to another. The keyed
hash of an entry is made where its row is (`store/records/entry_hashes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from customers.domain.facts.account import Account

_COUNT, _SUM = 4, 16
NO_ENTRIES = b""
"""The checksum of an empty ledger."""


def checksum(entries: int, total: int) -> bytes:
    """Twenty bytes: a number of entries, and the sum of their hashes, by modulus of 2 to the power of 32 and of 128."""
    entries, total = entries % 2 ** (8 * _COUNT), total % 2 ** (8 * _SUM)
    return entries.to_bytes(_COUNT, "big") + total.to_bytes(_SUM, "big") if entries or total else NO_ENTRIES


def entries_in(of: bytes) -> int:
    """How many entries a checksum counts."""
    return int.from_bytes(of[:_COUNT], "big")


def together(one: bytes, other: bytes) -> bytes:
    """The checksum of two ledgers as one."""
    return checksum(entries_in(one) + entries_in(other), _total(one) + _total(other))


def without(whole: bytes, taken: bytes) -> bytes:
    """The checksum of what is left when some entries are taken out."""
    return checksum(entries_in(whole) - entries_in(taken), _total(whole) - _total(taken))


def entered(account: Account, entries: Mapping[str, bytes]) -> Account:
    """The account with more entries: their checksums, by the part in whose ledger they are."""
    return _changed(account, entries, together)


def departed(account: Account, entries: Mapping[str, bytes]) -> Account:
    """The account without some of its entries."""
    return _changed(account, entries, without)


def _changed(account: Account, entries: Mapping[str, bytes], change: Callable[[bytes, bytes], bytes]) -> Account:
    for part_id, of_part in entries.items():
        account = account.with_profile(checksum=change(account.profile.checksum, of_part))
        if account.parts:
            part = account.parts.parts[part_id]
            sums = replace(part.sums, checksum=change(part.sums.checksum, of_part))
            known = {**account.parts.parts, part_id: replace(part, sums=sums)}
            account = replace(account, parts=replace(account.parts, parts=known))
    return account


def _total(of: bytes) -> int:
    return int.from_bytes(of[_COUNT:], "big")
