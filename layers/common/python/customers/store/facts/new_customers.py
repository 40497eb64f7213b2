"""Customers whom an import makes known, many in one transaction: a load has millions of them.

Whatever does not go together goes one by one afterwards, as every other fact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from customers.domain.decision import decide
from customers.domain.facts.fact import CustomerFact, ProviderIdLinked
from customers.domain.facts.imported import Imported, link_ids
from customers.domain.identifiers.phone import Phone
from customers.store.customers.read_ahead import Ahead, Facts
from customers.store.dynamodb import transactions
from customers.store.dynamodb.transactions import AT_ONCE
from customers.store.facts.accounts import Accounts, StoredAccount
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.fact_writes import FactWrites
from customers.store.facts.links import Links
from customers.store.facts.provider_holdings import HoldingsByProviderId, StoredHoldings
from customers.store.packing import packed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AheadByPhone = dict[tuple[str, Phone], Ahead]
"""What was read ahead, by enterprise and phone."""
Prepared = tuple[list[CustomerFact], list[Any]]
"""An import, perhaps with the link of its provider id, and all that they write."""
HoldingsById = dict[tuple[str, str], StoredHoldings]
"""Who has held provider ids, by enterprise and id."""


class NewCustomers:
    """Writes the Customers and Records tables."""

    def __init__(
        self,
        client: DynamoDBClient,
        finder: CustomerFinder,
        accounts: Accounts,
        writes: FactWrites,
        links: Links,
        holdings: HoldingsByProviderId,
    ) -> None:
        self._client = client
        self._finder = finder
        self._accounts = accounts
        self._writes = writes
        self._links = links
        self._holdings = holdings

    def apply(self, batch: Sequence[Facts], ahead: AheadByPhone) -> list[CustomerFact]:
        """The imports that were applied, and links of their provider ids. Of the others, what was read is taken out of
        `ahead`: they read again.
        """
        imports = [facts[0] for facts in batch if _is_new(facts, ahead)]
        held, applied = self._held(imports), list[CustomerFact]()
        prepared = [each for fact in imports if (each := self._prepared(fact, ahead, held))]
        for together in packed(prepared, (AT_ONCE, lambda each: len(each[1]))):
            # Else each is tried again alone, and says for itself what is the matter.
            with suppress(Exception):
                transactions.commit(self._client, [write for _, writes in together for write in writes])
                applied += [fact for facts, _ in together for fact in facts]
        return applied

    def _held(self, imports: Sequence[CustomerFact]) -> HoldingsById:
        """Of the imports with one provider id. In one request for fifty customers of an enterprise."""
        wanted = defaultdict[str, list[str]](list)
        for fact in imports:
            if link := _only_link(fact):
                wanted[fact.enterprise].append(link.payload.provider_customer_id)
        held: HoldingsById = {}
        # Else each is linked alone.
        with suppress(Exception):
            for enterprise, ids in wanted.items():
                held |= {(enterprise, each.provider_id): each for each in self._holdings.of_each(enterprise, ids)}
        return held

    def _prepared(self, fact: CustomerFact, ahead: AheadByPhone, held: HoldingsById) -> Prepared | None:
        """What is written for one. None if it cannot be read: it is tried again alone, and says what is the matter."""
        assert isinstance(fact.about, Phone)  # noqa: S101 - `_is_new` has checked it
        read = ahead.pop((fact.enterprise, fact.about))
        try:
            found = self._finder.find(fact.enterprise, fact.about, fact.order.held_at, read)
            stored = self._accounts.stored([fact], found)
            facts, stored = self._with_link(fact, stored, held)
            decision = decide(stored.account, facts, stored.history)
            if len(decision.applied) < len(facts):
                return None
            return facts, self._writes.of(found, stored, decision)
        except Exception:  # noqa: BLE001
            return None

    def _with_link(
        self, fact: CustomerFact, stored: StoredAccount, held: HoldingsById
    ) -> tuple[list[CustomerFact], StoredAccount]:
        """With the link of the import's one provider id, if nobody has ever held it."""
        link = _only_link(fact)
        known = held.get((fact.enterprise, link.payload.provider_customer_id)) if link else None
        change = self._links.first(link, stored.account, known) if link and known else None
        if link is None or change is None:
            return [fact], stored
        account = replace(stored.account, holdings=change.holdings, taken_back=change.taken_back)
        return [fact, link], replace(stored, link=change, account=account)


def links_of(fact: CustomerFact) -> list[CustomerFact]:
    """The provider ids of an import, as facts of their own: each is linked as by any other link."""
    assert isinstance(fact.payload, Imported)  # noqa: S101 - the caller has checked it
    return [
        replace(
            fact,
            order=replace(fact.order, fact_id=fact_id),
            type="provider_id.linked",
            payload=ProviderIdLinked(provider_id),
        )
        for fact_id, provider_id in link_ids(fact.order.fact_id, fact.payload)
    ]


def _only_link(fact: CustomerFact) -> Any | None:
    """The link of an import that has one provider id, as most have."""
    links = links_of(fact)
    return links[0] if len(links) == 1 else None


def _is_new(facts: Facts, ahead: AheadByPhone) -> bool:
    """Whether it is a single import whose phone nobody has, or has had."""
    fact, about = facts[0], facts[0].about
    if len(facts) > 1 or not isinstance(fact.payload, Imported) or not isinstance(about, Phone):
        return False
    read = ahead.get((fact.enterprise, about))
    return read is not None and not read.row and not read.former
