"""The product's own stores, on the stack that a command is for."""

from __future__ import annotations

from admin.stack.location import Stack
from customers.store.audit.rebuild import Rebuild
from customers.store.events.publishing import Outbox
from customers.store.registry import Registry
from customers.wire.facts.codec import read_entry


def rebuild_of(stack: Stack) -> Rebuild:
    customers, records, derived = (stack.tables[role] for role in ("customers", "records", "derived"))
    return Rebuild(stack.client("dynamodb"), customers, records, derived, read_entry)


def registry_of(stack: Stack) -> Registry:
    return Registry(stack.client("dynamodb"), stack.tables["enterprises"])


def outbox_of(stack: Stack) -> Outbox:
    return Outbox(stack.client("dynamodb"), stack.tables["records"], stack.client("events"), stack.bus)
