"""Pointers: find a customer's row by id. They are in the Records table.

The pointer of an absorbed customer names the survivor. `find_pointer` is the one walk along those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Erased, Profile
from customers.domain.facts.account import FieldVersions
from customers.domain.identifiers.merged_ids import MergedIds, MergedInto
from customers.domain.identifiers.phone import Phone
from customers.domain.identity.merge import Absorbed
from customers.domain.instants import sortable_instant
from customers.domain.refusals import Conflict
from customers.store.customers.keys import customer_key, erased_key
from customers.store.customers.rows import erased_attributes, erased_of
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import update
from customers.store.records.keys import POINTER, record_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def pointer_key(enterprise: str, customer_id: str) -> Item:
    return record_key(enterprise, customer_id, POINTER)


def pointer_row(enterprise: str, profile: Profile, field_versions: FieldVersions) -> Item:
    """The phone by which the customer is found, and which facts decided each field."""
    return {
        **pointer_key(enterprise, profile.customer_id),
        "phone": {"S": profile.phone.e164},
        "marks": {"M": {field: {"S": order} for field, order in field_versions.items()}},
    }


def absorbed_pointer_row(enterprise: str, absorbed_id: str, survivor_id: str, merged_at: datetime) -> Item:
    """The pointer of an absorbed customer: to the survivor. It keeps who absorbed the customer first, and when."""
    return {
        **pointer_key(enterprise, absorbed_id),
        "merged_into": {"S": survivor_id},
        "absorbed_by": {"S": survivor_id},
        "merged_at": {"S": sortable_instant(merged_at)},
    }


def lead_on(table: str, enterprise: str, absorbed_id: str, survivor_id: str) -> Any:
    """The survivor has been absorbed in turn: the pointer leads to the new survivor in one step."""
    values = {":survivor": {"S": survivor_id}}
    return update(
        table, pointer_key(enterprise, absorbed_id), "SET merged_into = :survivor", "attribute_exists(pk)", values
    )


def merges_of(client: DynamoDBClient, records_table: str, enterprise: str, customer_ids: Iterable[str]) -> MergedIds:
    """The merges of customers, and of those who absorbed them. Strongly consistent: one request for each step of the
    longest chain of merges, if there are at most a hundred ids. Raises `Unavailable`.
    """
    return merges_and_erasures_of(client, records_table, enterprise, customer_ids)[0]


def merges_and_erasures_of(
    client: DynamoDBClient, records_table: str, enterprise: str, customer_ids: Iterable[str]
) -> tuple[MergedIds, dict[str, Erased]]:
    """The same, and which of these customers have been erased, after a merge the survivors."""
    merges: dict[str, MergedInto] = {}
    erased: dict[str, Erased] = {}
    wanted = set(customer_ids)
    while wanted:
        keys = [pointer_key(enterprise, each) for each in sorted(wanted)]
        pointers = reads.get_all(client, records_table, keys)
        found = {whose_is(row): _merge_in(row) for row in pointers if "absorbed_by" in row}
        merges |= found
        erased |= {whose_is(row): erasure for row in pointers if (erasure := erased_of(row))}
        wanted = {each.customer_id for each in found.values()} - merges.keys()
    return MergedIds(merges), erased


def _merge_in(pointer: Item) -> MergedInto:
    return MergedInto(pointer["absorbed_by"]["S"], pointer["merged_at"]["S"])


def lead_row(enterprise: str, absorbed: Absorbed, survivor_id: str) -> Item:
    """The row at an absorbed customer's phone: it leads to the survivor."""
    row = {
        **customer_key(enterprise, absorbed.phone),
        "leads_to": {"S": survivor_id},
        "absorbed": {"S": absorbed.customer_id},
    }
    if absorbed.held_since:
        row["held_since"] = {"S": sortable_instant(absorbed.held_since)}
    return row


def erased_pointer_row(enterprise: str, customer_id: str, erased: Erased) -> Item:
    """The pointer of an erased customer: only that, when and how."""
    return {**pointer_key(enterprise, customer_id), **erased_attributes(erased)}


def count_late(table: str, enterprise: str, customer_id: str, facts: int) -> Any:
    """Late facts about a deleted customer leave nothing but their number."""
    values = {":facts": {"N": str(facts)}, ":deleted": {"S": "hard_deleted"}}
    return update(table, pointer_key(enterprise, customer_id), "ADD late :facts", "outcome = :deleted", values)


def find_pointer(client: DynamoDBClient, records_table: str, enterprise: str, customer_id: str) -> Item | None:
    """The pointer of an id; the survivor's for an absorbed id. `whose_is` tells whose it is. Raises `Unavailable`."""
    while True:
        pointer = reads.get(client, records_table, pointer_key(enterprise, customer_id))
        if pointer is None or "merged_into" not in pointer:
            return pointer
        # Comes here twice only where the survivor has itself been absorbed a moment ago.
        customer_id = pointer["merged_into"]["S"]


def read_row(client: DynamoDBClient, customers_table: str, enterprise: str, pointer: Item) -> Item:
    """The row that a pointer from `find_pointer` leads to: the customer's, or what is left of an erased one.

    Raises `Conflict` where the customer moved between the reads, and `Unavailable`.
    """
    owner = whose_is(pointer)
    key = home_key(enterprise, owner, pointer)
    assert key  # noqa: S101 - `find_pointer` returns no pointer of an absorbed customer
    row = reads.get(client, customers_table, key)
    if row is None or row.get("customer_id") != {"S": owner}:
        # Between the reads the customer got another phone, or was absorbed or erased.
        raise Conflict
    return row


def home_key(enterprise: str, customer_id: str, pointer: Mapping[str, Any]) -> Item | None:
    """The key of a customer's row, by the pointer. None for an absorbed customer, who has no row."""
    if "erased_at" in pointer:
        return erased_key(enterprise, customer_id)
    return customer_key(enterprise, Phone(pointer["phone"]["S"])) if "phone" in pointer else None


def whose_is(pointer: Item) -> str:
    """The id of the customer whose pointer it is."""
    return str(pointer["pk"]["S"].partition("#")[2])


def marks_of(row: Mapping[str, Any]) -> FieldVersions:
    """Which facts decided the fields, by a pointer."""
    return {field: order["S"] for field, order in row["marks"]["M"].items()}
