"""This system's own stores, connected to the command's stack."""

from __future__ import annotations

from admin.stack.location import Stack
from customers.store.audit.derived_repair import DerivedRepair
from customers.store.audit.lost_entries import LostEntries
from customers.store.audit.rebuild import Rebuild
from customers.store.audit.strays import Strays
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.events.feed import Feed
from customers.store.events.outbox_publisher import OutboxPublisher
from customers.store.registry import Registry
from customers.store.stats.reconciler import Reconciler


def rebuild_of(stack: Stack) -> Rebuild:
    customers, records, derived = (stack.tables[role] for role in ("customers", "records", "derived"))
    keys = DerivedKeys(stack.pseudonym_key, stack.client("kms"))
    return Rebuild(stack.client("dynamodb"), customers, records, derived, keys.key)


def strays_of(stack: Stack) -> Strays:
    return Strays(stack.client("dynamodb"), stack.tables["customers"], stack.tables["records"])


def lost_entries_of(stack: Stack) -> LostEntries:
    return LostEntries(stack.client("dynamodb"), stack.tables["records"])


def reconciler_of(stack: Stack) -> Reconciler:
    derived, customers, records, enterprises = (
        stack.tables[role] for role in ("derived", "customers", "records", "enterprises")
    )
    return Reconciler(stack.client("dynamodb"), derived, customers, records, enterprises)


def derived_repair_of(stack: Stack) -> DerivedRepair:
    return DerivedRepair(stack.client("dynamodb"), stack.tables["derived"], stack.tables["records"])


def registry_of(stack: Stack) -> Registry:
    return Registry(stack.client("dynamodb"), stack.tables["enterprises"])


def outbox_of(stack: Stack) -> OutboxPublisher:
    client = stack.client("dynamodb")
    feed = Feed(client, stack.tables["derived"], stack.tables["records"])
    return OutboxPublisher(client, stack.tables["records"], stack.client("events"), stack.bus, feed)
