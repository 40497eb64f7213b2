"""The refused facts about a customer, for an export."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from customers.domain.customers.profile import Profile
from customers.domain.facts.refused_facts import HeldRefusedFact
from customers.domain.identifiers.address import Address, CustomerId, ProviderId
from customers.domain.identifiers.pseudonym import Secret, named
from customers.domain.identity.merge import Absorbed
from customers.store.aws.derived_keys import DerivedKeys
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect_patiently
from customers.store.records.keys import former_phones
from customers.store.refused_facts.about_person import Read, RefusedFactsAboutPerson
from customers.store.refused_facts.rows import listed_fact_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RefusedFactsSource:
    """Strongly consistent reads. Everything raises `Unavailable`."""

    def __init__(self, client: DynamoDBClient, tables: tuple[str, str, str], secret: Secret, read: Read) -> None:
        """`tables` are those for refused facts, records and enterprises."""
        self._client = client
        self._records = tables[1]
        self._secret = secret
        self._about = RefusedFactsAboutPerson(client, tables, secret, read)

    @classmethod
    def connect(cls, read: Read) -> RefusedFactsSource:
        """The tables named by `REFUSED_FACTS_TABLE`, `RECORDS_TABLE` and `ENTERPRISES_TABLE`, and `PSEUDONYM_KEY`."""
        tables = (os.environ["REFUSED_FACTS_TABLE"], os.environ["RECORDS_TABLE"], os.environ["ENTERPRISES_TABLE"])
        return cls(connect_patiently(), tables, DerivedKeys.of_pseudonyms().key, read)

    def of(
        self,
        enterprise: str,
        profile: Profile,
        absorbed: Iterable[Absorbed],
        provider_ids: Iterable[str],
        *,
        own_list: bool,
    ) -> Iterator[HeldRefusedFact]:
        """Read while they are iterated. `provider_ids` are all that were ever linked.

        With `own_list` it raises `SetAside` if one of them is in the operator's list.

        One request for each address, two for each customer id, and one for sixteen facts.
        """
        others = list(absorbed)
        ids = (profile.customer_id, *(each.customer_id for each in others))
        phones = {phone.e164: phone for phone in (profile.phone, *(each.phone for each in others))}
        linked = dict.fromkeys((*profile.provider_ids, *provider_ids))
        addresses: list[Address] = [*phones.values(), *map(ProviderId, linked), *map(CustomerId, ids)]
        names = [named(self._secret, enterprise, each) for each in addresses]
        names += [name for each in ids for name in self._former_phones(enterprise, each)]
        for row in self._about.of(enterprise, [*dict.fromkeys(names)], ids, phones, own_list=own_list):
            yield HeldRefusedFact(listed_fact_of(row), row["body"]["S"])

    def _former_phones(self, enterprise: str, customer_id: str) -> Iterator[str]:
        key = reads.key_is("pk", former_phones(enterprise, customer_id))
        for row in reads.query_all(self._client, TableName=self._records, **key, ConsistentRead=True):
            yield row["sk"]["S"]
