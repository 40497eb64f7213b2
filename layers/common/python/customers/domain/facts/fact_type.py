"""The descriptor of a type of fact. `fact_types.py` has one for each type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from customers.domain.facts.account import Account
from customers.domain.facts.event_order import EventOrder

Fold = Callable[[Account, Any, EventOrder, str], Account]
"""The account after one more payload. The text is the scope: the id of an absorbed customer, or empty."""

BOOKS = ("amount_minor", "currency", "purchase_id", "refund_id", "grant_id", "branch_id", "expires_at")
"""What the books need of a fact about money."""


@dataclass(frozen=True, slots=True)
class FactType:
    """What the code needs to know of a type, apart from how its fields are checked and documented (`wire/facts`)."""

    name: str
    payload: type[Any]
    concerns: Literal["customer", "branch", "enterprise"] = "customer"
    combines: Literal["state", "sum", "import", "end", "link", "merge", "setting"] = "state"
    """How several entries about one thing combine.

    Of a `state` and a `setting` the latest holds. A `sum` adds up. An `import` has states and sums. An `end` closes a
    grant, and the earliest holds. A `link` says who holds a provider id. A `merge` joins two accounts.
    """
    fold: Fold | None = None
    """How it changes a customer's account. None for facts about enterprises and branches."""
    states: Fold | None = None
    """Of an `import`, the fold of what it states, without its sums."""
    sums: Fold | None = None
    """Of an `import`, the fold of its sums, without what it states."""
    history: Fold | None = None
    """How a `sum` changes an account if an import's figures include it. None: not at all."""
    required: tuple[str, ...] = ()
    """Its own fields in the ledger, in their order there."""
    optional: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Attributes of the payload that the type itself determines."""
    outgoing: bool = False
    """Whether the payload's amount is below 0. The fact says how much, the type says which way."""
    record: Literal["purchase", "refund", "grant", "import"] | None = None
    """The kind of record that it creates or changes; its field `{record}_id` names that record."""
    money: bool = False
    """Whether the books need it. An erasure keeps it, whole but for what is personal in it, and it is applied even
    after an erasure.
    """
    personal: bool = False
    """Whether it has fields about the person, which an erasure removes."""
    keeps: tuple[str, ...] = ()
    """The fields that an erasure keeps. It removes every other field."""
    own: bool = False
    """Whether only this system writes it, so that nobody can send it."""

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)
