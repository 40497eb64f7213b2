"""What a transaction writes for facts: that each was applied, its ledger entry, and what it changed of the account."""

from __future__ import annotations

from typing import Any

from customers.domain.decision import Decision
from customers.domain.erasure.scrub import books_part
from customers.domain.facts.fact_identity import identity_of
from customers.domain.facts.found import Found
from customers.domain.facts.parts.checksums import entered
from customers.domain.identifiers.pseudonym import Secret
from customers.store.customers.pointers import count_late
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb.transactions import one_per_item, put
from customers.store.facts.account_writes import account_writes
from customers.store.facts.accounts import StoredAccount
from customers.store.facts.identifier_holders import HoldersByIdentifier
from customers.store.facts.linking.tables import Tables
from customers.store.facts.links import Links
from customers.store.facts.provider_holdings import StoredHoldings
from customers.store.records.entry_hashes import checksums_of
from customers.store.records.fact_rows import fact_row
from customers.store.records.ledger_rows import entry_rows


class FactWrites:
    """Writes to the Customers and Records tables."""

    def __init__(self, tables: Tables, identifier_holders: HoldersByIdentifier, links: Links, secret: Secret) -> None:
        self._secret = secret
        self._customers = tables.customers
        self._records = tables.records
        self._identifier_holders = identifier_holders
        self._links = links

    def of(self, found: Found[StoredHoldings], stored: StoredAccount, decision: Decision) -> list[Any]:
        """All writes of a decision that keeps at least one fact.

        First comes a record for each kept fact, then an entry for each, in their order, so that it is applied once:
        the write fails if there is one of the two. So a fact counts once even if its record is lost. Late facts about
        a deleted customer have no entries.
        """
        enterprise, after, is_new = decision.kept[0].enterprise, decision.after, found.profile is None
        customer_id = after.profile.customer_id
        identities = {
            fact.order.fact_id: identity_of(self._secret, fact, decision.customer_id) for fact in decision.kept
        }
        named = {fact_id: identity.named for fact_id, identity in identities.items()}
        applied = [books_part(fact) for fact in decision.applied] if after.profile.erased else decision.applied
        entries = entry_rows(enterprise, customer_id, applied, decision.scrubbed, named)
        added = checksums_of(self._secret, enterprise, entries)
        after = entered(after, added)
        records = [fact_row(enterprise, fact_id, identity) for fact_id, identity in identities.items()]
        writes = [put(self._records, row, "attribute_not_exists(pk)") for row in (*records, *entries)]
        if found.provider and not (stored.link and stored.link.stored.provider_id == found.provider.provider_id):
            writes.append(self._identifier_holders.provider_ids.require(found.provider))
        link = stored.link
        if decision.counted:
            writes.append(count_late(self._records, enterprise, customer_id, len(decision.counted)))
        elif link is None or customer_id not in link.moving:
            writes += replace_customer(self._customers, enterprise, found.profile, after.profile)
            writes += account_writes(self._records, enterprise, stored, after, is_new=is_new)
        if link:
            writes += self._links.writes(link, self._customers, self._records, after.field_versions, added)
        if is_new:
            writes.append(self._identifier_holders.require(enterprise, after.profile.phone, found.former))
        return one_per_item(writes)
