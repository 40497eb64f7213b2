"""The Enterprises table: settings, merchants and branches."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from customers.domain.canonical_json import canonical_json
from customers.domain.enterprise import Settings
from customers.domain.facts.fact import AccessRevoked, BranchChanged, EnterpriseConfigured, EnterpriseFact
from customers.domain.facts.fact_identity import another
from customers.domain.instants import sortable_instant
from customers.domain.refusals import CannotApply, Unavailable
from customers.domain.stats.counting_rules import CountingRules
from customers.domain.token_scope import Scope
from customers.store.dynamodb import reads, transactions
from customers.store.dynamodb.client import connect
from customers.store.dynamodb.items import Item
from customers.store.dynamodb.transactions import ConditionFailed, put

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Posted = Literal["applied", "duplicate"]
_RECORD, _CURRENCY, _ENTRY = range(3)
"""The positions of the writes in the transaction of a fact."""


class Registry:
    """`pk` is the enterprise; `sk` is `settings`, `books` (the currency), `merchant#…`, `branch#…`, `revoked#…` of a
    person or a token, or `fact#…` of a fact that was applied.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    @classmethod
    def connect(cls) -> Registry:
        """The table named by `ENTERPRISES_TABLE`."""
        return cls(connect(), os.environ["ENTERPRISES_TABLE"])

    def scope(
        self, enterprise: str, merchant: str | None, branch: str | None, token: tuple[str, str, str] | None = None
    ) -> Scope | None:
        """What the registry knows of a token's claims, in one request. None where there is no such enterprise.

        `token` is its issuer, its subject and its `jti`; the same request reads its revocations. Raises
        `Unavailable`.
        """
        revoked = [_revoked(token[0], token[1], None), _revoked(token[0], None, token[2])] if token else []
        wanted = ["settings", *revoked]
        if merchant:
            wanted.append(f"merchant#{merchant}")
        if branch:
            wanted.append(f"branch#{branch}")
        rows, left_out = reads.get_some(self._client, self._table, [_key(enterprise, sk) for sk in wanted])
        if left_out:
            raise Unavailable
        found = {item["sk"]["S"]: item for item in rows}
        if "settings" not in found:
            return None
        place = found.get(f"branch#{branch}")
        return Scope(
            settings=_settings_of(found["settings"]),
            merchant_registered=f"merchant#{merchant}" in found,
            branch_active=place is not None and place["active"]["BOOL"] and place["merchant_id"]["S"] == merchant,
            revoked_before=max((_before(found[sk]) for sk in revoked if sk in found), default=None),
        )

    def settings(self, enterprise: str) -> Settings | None:
        """None where the enterprise has not been configured. Raises `Unavailable`."""
        row = reads.get(self._client, self._table, settings_key(enterprise))
        return _settings_of(row) if row else None

    def enterprises(self) -> Iterator[tuple[str, Settings]]:
        """All configured enterprises. Reads the whole table: for an operator's commands, and for the job that begins
        their days.
        """
        rows = reads.scan_all(
            self._client,
            TableName=self._table,
            FilterExpression="sk = :settings",
            ExpressionAttributeValues={":settings": {"S": "settings"}},
        )
        for row in rows:
            yield row["pk"]["S"], _settings_of(row)

    def post(self, fact: EnterpriseFact) -> Posted:
        """Apply a fact once. Of two facts about the same thing the later one holds.

        Raises `CannotApply`, `Conflict`, `Unavailable`.
        """
        order = {"S": str(fact.order)}
        is_later = "attribute_not_exists(stamp) OR stamp < :stamp"
        record = {**_record_key(fact), "type": {"S": fact.type}, "said": {"S": _said(fact)}}
        writes = [
            put(self._table, record, "attribute_not_exists(pk)"),
            self._fixed(fact),
            put(self._table, {**_entry(fact), "stamp": order}, is_later, {":stamp": order}),
        ]
        try:
            return self._commit(fact, writes)
        except ConditionFailed as failed:
            if failed.positions != (_ENTRY,):
                raise
            # A later fact is already there: this one is noted, and what never changes is written.
            return self._commit(fact, writes[:_ENTRY])

    def _fixed(self, fact: EnterpriseFact) -> Any:
        """What holds whatever later facts say: the currency of the books, or that a merchant exists."""
        match fact.payload:
            case EnterpriseConfigured(settings=settings):
                currency = {"S": settings.currency}
                books = {**_key(fact.enterprise, "books"), "currency": currency}
                is_same = "attribute_not_exists(pk) OR currency = :currency"
                return put(self._table, books, is_same, {":currency": currency})
            case BranchChanged(merchant_id=merchant):
                return put(self._table, _key(fact.enterprise, f"merchant#{merchant}"))
            case AccessRevoked():
                return put(self._table, _key(fact.enterprise, "revocations"))

    def _commit(self, fact: EnterpriseFact, writes: list[Any]) -> Posted:
        try:
            transactions.commit(self._client, writes)
        except ConditionFailed as failed:
            if _RECORD in failed.positions:
                record = reads.get(self._client, self._table, _record_key(fact)) or {}
                if record.get("said") != {"S": _said(fact)}:
                    raise another() from None
                return "duplicate"
            if _CURRENCY in failed.positions:
                raise CannotApply("currency", "cannot change: the enterprise already uses another currency") from None
            raise
        return "applied"


def settings_key(enterprise: str) -> Item:
    """The key of an enterprise's settings."""
    return _key(enterprise, "settings")


def counting_rules_in(row: Mapping[str, Any]) -> CountingRules:
    """The rules in a row of settings; the defaults where the row is empty."""
    return CountingRules.of(_settings_of(row)) if row else CountingRules()


def _settings_of(row: Mapping[str, Any]) -> Settings:
    return Settings.of(json.loads(row["settings"]["S"]))


def _entry(fact: EnterpriseFact) -> Item:
    """The row of what the fact is about."""
    match fact.payload:
        case EnterpriseConfigured(settings=settings):
            return {**settings_key(fact.enterprise), "settings": {"S": canonical_json(asdict(settings))}}
        case BranchChanged(merchant_id=merchant, branch_id=branch, active=active):
            row = _key(fact.enterprise, f"branch#{branch}")
            return {**row, "merchant_id": {"S": merchant}, "active": {"BOOL": active}}
        case AccessRevoked(issuer=issuer, subject=subject, jti=jti, before=before):
            row = _key(fact.enterprise, _revoked(issuer, subject, jti))
            return {**row, "before": {"S": sortable_instant(before)}}


def _revoked(issuer: str, subject: str | None, jti: str | None) -> str:
    """The sort key of a revocation: of all tokens of a person, or of one token."""
    return f"revoked#{issuer}#{f'sub#{subject}' if jti is None else f'jti#{jti}'}"


def _before(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["before"]["S"]).astimezone(UTC)


def _record_key(fact: EnterpriseFact) -> Item:
    return _key(fact.enterprise, f"fact#{fact.order.fact_id}")


def _said(fact: EnterpriseFact) -> str:
    """A hash of the fact: one id names one thing for good."""
    said = {name: str(each) if isinstance(each, datetime) else each for name, each in asdict(fact.payload).items()}
    content = [fact.type, str(fact.order), said]
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()[:32]


def _key(enterprise: str, sk: str) -> Item:
    return {"pk": {"S": enterprise}, "sk": {"S": sk}}
