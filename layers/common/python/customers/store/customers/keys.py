"""Keys of the Customers table. Every key begins with the enterprise."""

from __future__ import annotations

from customers.domain.identifiers.phone import Phone
from customers.store.dynamodb.items import Item

LEFT = "left"
"""The attribute of a customer's row, and of the copy to which absorbed phones lead, that says who was set free.

Somebody who read the row at such a phone before that, and the copy after it, reads the phone once more.
"""


def customer_key(enterprise: str, phone: Phone) -> Item:
    return {"pk": {"S": f"{enterprise}#{phone.e164}"}}


def provider_copy_key(enterprise: str, provider_id: str) -> Item:
    """The key of the copy of a customer's row to which a provider id leads."""
    return {"pk": {"S": f"{enterprise}#provider#{provider_id}"}}


def survivor_key(enterprise: str, customer_id: str) -> Item:
    """The key of a copy of a survivor's row, to which absorbed phones lead."""
    return {"pk": {"S": f"{enterprise}#customer#{customer_id}"}}


def erased_key(enterprise: str, customer_id: str) -> Item:
    """The key of an erased customer's residual row: no phone and no provider id leads there."""
    return {"pk": {"S": f"{enterprise}#erased#{customer_id}"}}


def is_copy(pk: str) -> bool:
    """Whether a row is a copy of another one."""
    return pk.partition("#")[2].startswith(("provider#", "customer#"))
