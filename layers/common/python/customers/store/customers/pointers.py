"""Pointers: where a customer's row is, by id. They lie in the Records table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.customers.profile import Erased, Profile
from customers.domain.facts.account import FieldVersions
from customers.domain.identifiers.phone import Phone
from customers.store.customers.rows import customer_key, erased_attributes, erased_key
from customers.store.dynamodb.items import Item
from customers.store.records.keys import record_key


def pointer_row(enterprise: str, profile: Profile, field_versions: FieldVersions) -> Item:
    """Where a customer is found by id, and which statements hold."""
    return {
        **record_key(enterprise, profile.customer_id, "pointer"),
        "phone": {"S": profile.phone.e164},
        "marks": {"M": {thing: {"S": order} for thing, order in field_versions.items()}},
    }


def absorbed_pointer_row(enterprise: str, absorbed_id: str, survivor_id: str) -> Item:
    """Where an absorbed customer's id leads."""
    return {**record_key(enterprise, absorbed_id, "pointer"), "merged_into": {"S": survivor_id}}


def erased_pointer_row(enterprise: str, customer_id: str, erased: Erased) -> Item:
    """Where the id of a person leads who is erased: to nothing but that."""
    return {**record_key(enterprise, customer_id, "pointer"), **erased_attributes(erased)}


def count_late(table: str, enterprise: str, customer_id: str, facts: int) -> Any:
    """Of a person who is deleted nothing is noted but how much was told of them since."""
    return {
        "Update": {
            "TableName": table,
            "Key": record_key(enterprise, customer_id, "pointer"),
            "UpdateExpression": "ADD late :facts",
            "ConditionExpression": "outcome = :deleted",
            "ExpressionAttributeValues": {":facts": {"N": str(facts)}, ":deleted": {"S": "hard_deleted"}},
        }
    }


def home_key(enterprise: str, customer_id: str, pointer: Mapping[str, Any]) -> Item | None:
    """Where a customer's row is, by the pointer; None of who was absorbed, whose row is the survivor's."""
    if "erased_at" in pointer:
        return erased_key(enterprise, customer_id)
    return customer_key(enterprise, Phone(pointer["phone"]["S"])) if "phone" in pointer else None


def whose_is(pointer: Item) -> str:
    """The id of the customer whom a pointer is of."""
    return str(pointer["pk"]["S"].partition("#")[2])


def marks_of(row: Mapping[str, Any]) -> FieldVersions:
    return {thing: order["S"] for thing, order in row["marks"]["M"].items()}
