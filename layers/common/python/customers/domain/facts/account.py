"""What facts are folded into: a customer's profile, and the grants, transactions and field versions behind it.

The seller gives grants and transactions their ids, unique per customer. After a merge two with the same id stay two:
those of the absorbed customer have its id as their *scope*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from customers.domain.customers.profile import Flat, Profile
from customers.domain.facts.event_order import EventOrder
from customers.domain.facts.grants.grant import Grant, LooseEnd, scoped

if TYPE_CHECKING:
    from customers.domain.facts.parts.parts import Parts

MAX_PROVIDER_IDS = 20
"""Shown of a customer: each one is one row more to write with every fact."""
MAX_HELD = 200
"""Provider ids that a customer may hold. Those beyond the 20 that were linked last are not shown."""
HELD = "provider_id#"
"""How the field versions of provider ids begin: the stamp of the link, by id."""
TAKEN_BACK = "taken_back#"
"""How those begin that name a provider id of which one part took back another part's link: the stamp of the unlink."""
LINKS = (HELD, TAKEN_BACK)
"""How all of them begin that statements about provider ids decide."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A purchase or a refund, as the latest fact about it says."""

    kind: Literal["purchase", "refund"]
    id: str
    amount_minor: int
    branch_id: str | None
    order: EventOrder
    scope: str = ""
    included: bool = False
    """Whether an import's figures have it already: it counts in the days, and not in the customer's sums."""

    @property
    def key(self) -> str:
        """Its key among its customer's."""
        return scoped(self.kind, self.id, self.scope)


@dataclass(frozen=True, slots=True)
class Import:
    """That a customer has the figures of a source."""

    source: str
    order: EventOrder
    scope: str = ""

    @property
    def key(self) -> str:
        """Its key among its customer's."""
        return scoped("import", self.source, self.scope)


FieldVersions = Mapping[str, str]
"""Per field, the order of the statement that determined its value. The later order wins.

Some entries are not about one field. `heard` is the instant of the latest statement, by our clock where the fact's ran
ahead. `{field}.own` is the instant of the latest statement of this system: it overrules all that was stated before it.
`refused#{purpose}` is the instant until which all consent counts as refused for a purpose, by an unmerge.
"""
HEARD = "heard"
REFUSED = "refused#"


def with_refusals(consent: Flat, heard: str, field_versions: FieldVersions) -> Flat:
    """What was consented to in a statement heard at an instant, less what was refused until then or later."""
    marks = {thing.removeprefix(REFUSED): at for thing, at in field_versions.items() if thing.startswith(REFUSED)}
    return {**consent, **{purpose: False for purpose, at in sorted(marks.items()) if heard <= at}}


def held_provider_ids(field_versions: FieldVersions) -> dict[str, str]:
    """The provider ids that a customer holds, with the stamps of their links."""
    return {thing.removeprefix(HELD): order for thing, order in field_versions.items() if thing.startswith(HELD)}


def shown_provider_ids(field_versions: FieldVersions) -> tuple[str, ...]:
    """The held ids that were linked last, sorted."""
    held = held_provider_ids(field_versions)
    last = sorted(held, key=lambda each: (held[each], each), reverse=True)[:MAX_PROVIDER_IDS]
    return tuple(sorted(last))


def with_links_of(links: FieldVersions, account: Account) -> dict[str, str]:
    """The field versions of an account, but for provider ids those of `links`."""
    others = {thing: order for thing, order in account.field_versions.items() if not thing.startswith(LINKS)}
    return others | links_in(links)


def links_in(field_versions: FieldVersions) -> dict[str, str]:
    """Those that statements about provider ids decide."""
    return {thing: order for thing, order in field_versions.items() if thing.startswith(LINKS)}


def next_order(field_versions: Iterable[FieldVersions], now: datetime, fact_id: str) -> EventOrder:
    """The order of a statement of this system's own, which is made now: after all that has been heard.

    The clocks of two machines differ by milliseconds. A till's clock that runs ahead by hours makes no difference.
    """
    last = max((each.get(HEARD, "") for each in field_versions), default="")
    at = max(now, datetime.fromisoformat(last) + timedelta(microseconds=1)) if last else now
    return EventOrder(at, fact_id)


@dataclass(frozen=True, slots=True)
class Account:
    """What facts are folded into.

    `grants`, `transactions` and `imports` hold, by key, at least those that the facts name. Of a grant's id for which
    there are `loose_ends`, all grants and loose ends of all parts are there.
    """

    profile: Profile
    field_versions: FieldVersions = field(default_factory=dict)
    grants: Mapping[str, Grant] = field(default_factory=dict)
    transactions: Mapping[str, Transaction] = field(default_factory=dict)
    imports: Mapping[str, Import] = field(default_factory=dict)
    loose_ends: Mapping[str, LooseEnd] = field(default_factory=dict)
    holdings: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """Of the provider ids that the facts link or unlink: the stamp of the link by which the customer holds the id
    afterwards, None where it is not the customer's. All statements about the id decide that, also those of others.
    """
    taken_back: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of these provider ids, the stamps of unlinks by which one part took back another part's link."""
    parts: Parts | None = None
    """Of a merged customer, what was stated about each part, where it was read: it is needed to fold a state."""

    def holding(self, provider_id: str, stamp: str | None) -> Account:
        """The account that holds a provider id by the link with this stamp, or does not hold it.

        Of the held ids the 20 that were linked last are shown.
        """
        versions = {thing: order for thing, order in self.field_versions.items() if thing != f"{HELD}{provider_id}"}
        if stamp:
            versions[f"{HELD}{provider_id}"] = stamp
        return replace(self, field_versions=versions).with_profile(provider_ids=shown_provider_ids(versions))

    def with_profile(self, **changes: object) -> Account:
        """The account with these attributes of its profile changed."""
        return replace(self, profile=replace(self.profile, **changes))  # type: ignore[arg-type]
