"""The checksums of a customer's ledger as they are stored: a customer who is folded again must not follow a ledger that
has lost something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from customers.domain.facts.account import Account
from customers.store.customers.part_rows import parts_in
from customers.store.dynamodb import reads
from customers.store.records.keys import PART, record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def with_stored_checksums(
    client: DynamoDBClient, records_table: str, enterprise: str, before: Account, folded: Account
) -> Account:
    """The folded account with the checksums of the stored one; for a merged customer one request for a hundred parts.

    Strongly consistent. Raises `Unavailable`.
    """
    account = folded.with_profile(checksum=before.profile.checksum)
    if folded.parts is None:
        return account
    keys = [record_key(enterprise, each, PART) for each in folded.parts.parts]
    stored = parts_in(reads.get_all(client, records_table, keys))
    known = {each: part.sums.checksum for each, part in stored.parts.items()} if stored else {}
    return with_checksums(account, known)


def with_checksums(account: Account, by_part: Mapping[str, bytes]) -> Account:
    """The account with these checksums of its parts."""
    if account.parts is None:
        return account
    parts = {
        each: replace(part, sums=replace(part.sums, checksum=by_part.get(each, b"")))
        for each, part in account.parts.parts.items()
    }
    return replace(account, parts=replace(account.parts, parts=parts))
