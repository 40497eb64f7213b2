"""The Enterprises table: settings, merchants and branches.

The authorizer reads it, so what only facts need is imported when the first of them comes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from customers.domain.enterprise import Settings
from customers.domain.refusals import Unavailable
from customers.domain.token_scope import Scope
from customers.store.dynamodb import reads
from customers.store.dynamodb.client import connect
from customers.store.registry_rows import registry_key, revoked, settings_key, settings_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from customers.domain.facts.fact import EnterpriseFact
    from customers.store.registry_facts import Posted


class Registry:
    """What `registry_rows` describes."""

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
        revocations = [revoked(token[0], token[1], None), revoked(token[0], None, token[2])] if token else []
        wanted = ["settings", *revocations]
        if merchant:
            wanted.append(f"merchant#{merchant}")
        if branch:
            wanted.append(f"branch#{branch}")
        rows, left_out = reads.get_some(self._client, self._table, [registry_key(enterprise, sk) for sk in wanted])
        if left_out:
            raise Unavailable
        found = {item["sk"]["S"]: item for item in rows}
        if "settings" not in found:
            return None
        place = found.get(f"branch#{branch}")
        return Scope(
            settings=settings_of(found["settings"]),
            merchant_registered=f"merchant#{merchant}" in found,
            branch_active=place is not None and place["active"]["BOOL"] and place["merchant_id"]["S"] == merchant,
            revoked_before=max((_before(found[sk]) for sk in revocations if sk in found), default=None),
        )

    def settings(self, enterprise: str) -> Settings | None:
        """None where the enterprise has not been configured. Raises `Unavailable`."""
        row = reads.get(self._client, self._table, settings_key(enterprise))
        return settings_of(row) if row else None

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
            yield row["pk"]["S"], settings_of(row)

    def post(self, fact: EnterpriseFact) -> Posted:
        """Apply a fact once. Of two facts about the same thing the later one holds.

        Raises `CannotApply`, `Conflict`, `Unavailable`.
        """
        # Imported here: the authorizer posts none, and what facts need takes longer to load than all else here.
        from customers.store.registry_facts import post

        return post(self._client, self._table, fact)


def _before(row: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(row["before"]["S"]).astimezone(UTC)
