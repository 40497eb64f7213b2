"""Records of facts: one for each fact of an enterprise, so that it is applied once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from customers.domain.facts.fact_identity import FactIdentity
from customers.store.dynamodb.items import Item


def fact_record_key(enterprise: str, fact_id: str) -> Item:
    return {"pk": {"S": f"{enterprise}#fact#{fact_id}"}, "sk": {"S": "receipt"}}


def fact_row(enterprise: str, fact_id: str, identity: FactIdentity) -> Item:
    """The record that a fact has been applied. About a deleted customer it does not say whom."""
    row = {
        **fact_record_key(enterprise, fact_id),
        "said": {"S": identity.said},
        "named": {"S": identity.named},
    }
    if identity.customer_id:
        row["customer_id"] = {"S": identity.customer_id}
    return row


def restored_fact_row(enterprise: str, fact_id: str, customer_id: str, entry: Mapping[str, Any]) -> Item:
    """The record of a fact, from its entry in the ledger. It has no hash of what the fact said: the entry says that."""
    named = {"named": entry["named"]} if "named" in entry else {}
    return {**fact_record_key(enterprise, fact_id), **named, "customer_id": {"S": customer_id}}


def fact_id_of(row: Mapping[str, Any]) -> str:
    return str(row["pk"]["S"].split("#", 2)[2])


def identity_in(row: Mapping[str, Any]) -> FactIdentity:
    """The inverse of `fact_row`."""
    customer_id = row["customer_id"]["S"] if "customer_id" in row else None
    return FactIdentity(row["said"]["S"], row["named"]["S"], customer_id)
