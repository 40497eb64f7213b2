"""A late link of somebody who has been erased takes what named the provider id out of a living customer's ledger.

It goes to the residual ledger, as if it had arrived after the erasure: money counts there, and nothing personal is
kept. Of a deleted customer nothing is kept but the number of entries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from customers.domain.customers.profile import Profile
from customers.domain.decision import decide_moved
from customers.domain.erasure.scrub import books_part
from customers.domain.facts.account import Account
from customers.domain.facts.fact import CustomerFact
from customers.domain.facts.parts.checksums import entered
from customers.domain.identifiers.address import CustomerId
from customers.domain.identifiers.pseudonym import Secret
from customers.domain.refusals import Conflict
from customers.store.customers.pointers import count_late
from customers.store.customers.row_writes import replace_customer
from customers.store.dynamodb import reads
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import delete, put
from customers.store.facts.account_writes import account_writes
from customers.store.facts.accounts import Accounts
from customers.store.facts.customer_finder import CustomerFinder
from customers.store.facts.late_moves import LateMoves, fact_key
from customers.store.facts.linking.move import Move
from customers.store.facts.linking.tables import Tables
from customers.store.records.entry_hashes import checksums_of
from customers.store.records.ledger_rows import entry_rows, ledger_entry_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ResidualMoves:
    """Reads the Customers and Records tables, and gives the writes. Everything raises `Conflict`, `Unavailable`."""

    def __init__(
        self, client: DynamoDBClient, tables: Tables, secret: Secret, finder: CustomerFinder, moves: LateMoves
    ) -> None:
        self._client = client
        self._tables = tables
        self._secret = secret
        self._finder = finder
        self._moves = moves
        self._accounts = Accounts(client, tables.records, finder)

    def writes(self, enterprise: str, moves: Sequence[Move], accounts: Mapping[str, Account]) -> Iterator[Any]:
        """The writes of `moves` to one part of one erased customer. `accounts` are the givers as they were read.

        Raises `CannotApply` if the taker cannot have an entry.
        """
        profile = self._finder.by_id(enterprise, moves[0].taker).profile
        if profile is None or profile.erased is None:
            raise Conflict
        deleted = profile.erased.outcome == "hard_deleted"
        for move in moves:
            yield delete(self._tables.records, {"pk": move.row["pk"], "sk": move.row["sk"]}, "attribute_exists(pk)")
        yield from self._records(enterprise, moves, None if deleted else profile.customer_id)
        for giver in dict.fromkeys(move.giver for move in moves):
            yield from self._moves.refolded(enterprise, accounts[giver], moves, None, {})
        if deleted:
            yield count_late(self._tables.records, enterprise, profile.customer_id, len(moves))
        else:
            yield from self._entered(enterprise, moves, profile)

    def _records(self, enterprise: str, moves: Sequence[Move], customer_id: str | None) -> Iterator[Any]:
        """The records of the facts: none of them counts twice. They do not name a deleted customer."""
        whose: Item = {"customer_id": {"S": customer_id}} if customer_id else {}
        for row in reads.get_all(self._client, self._tables.records, [fact_key(enterprise, each) for each in moves]):
            left = {name: value for name, value in row.items() if name != "customer_id"}
            yield put(self._tables.records, {**left, **whose})

    def _entered(self, enterprise: str, moves: Sequence[Move], profile: Profile) -> Iterator[Any]:
        """The entries, without what is personal, and what they change of the residual sums."""
        named = {move.row["sk"]["S"].split("#", 2)[2]: move.row["named"]["S"] for move in moves}
        facts = [_fact(enterprise, move, profile) for move in moves]
        stored = self._accounts.residual(facts, profile)
        decision = decide_moved(stored.account, facts, stored.history)
        applied = [books_part(fact) for fact in decision.applied]
        rows = entry_rows(enterprise, profile.customer_id, applied, decision.scrubbed, named)
        after = entered(decision.after, checksums_of(self._secret, enterprise, rows))
        yield from (put(self._tables.records, row, "attribute_not_exists(pk)") for row in rows)
        yield from replace_customer(self._tables.customers, enterprise, profile, after.profile)
        yield from account_writes(self._tables.records, enterprise, stored, after, is_new=False)


def _fact(enterprise: str, move: Move, profile: Profile) -> CustomerFact:
    """The fact that an entry was made of, about the part that it turns out to be about."""
    entry = ledger_entry_of(move.row)
    return CustomerFact(
        enterprise,
        profile.currency,
        entry.order,
        entry.type,
        CustomerId(move.taker),
        entry.payload,
        move.scope,
        entry.included_in,
    )
