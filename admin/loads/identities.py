"""Whom a row is about, and what only one row of a file may name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from customers.domain.identifiers.address import Address
from customers.domain.identifiers.phone import Phone
from customers.domain.refusals import ValidationError
from customers.wire.facts.incoming import Incoming

_NATIONAL = re.compile(r"(?!00)\d[\d\s().-]*")

Identity = tuple[str, int]
"""A field, and a signed number of 64 bits that two rows share if they have the same in it."""


def address_in(fact: object) -> Address | None:
    """How a fact names its customer; None for a number whose country only the enterprise knows.

    Raises `ValidationError`.
    """
    if not isinstance(fact, Incoming):
        return None
    customer = fact.detail.customer
    try:
        return customer.address(None)
    except ValidationError:
        if customer.phone is None or not _NATIONAL.fullmatch(customer.phone.strip()):
            raise
        return None


def identities(event: dict[str, Any], address: Address | None) -> Iterator[Identity]:
    """Of an import its customer and its ids in other systems, each of which has one holder; and the fact's id."""
    detail = event["detail"]
    if event["detail-type"] == "customer.imported":
        customer = address.e164 if isinstance(address, Phone) else detail["customer"]
        yield "customer", _number([customer, detail["source"]])
        for each in detail.get("provider_customer_ids") or ():
            yield "provider_customer_ids", _number(["provider id", each])
    yield "fact_id", _number(detail["fact_id"])


def _number(value: Any) -> int:
    digest = hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
