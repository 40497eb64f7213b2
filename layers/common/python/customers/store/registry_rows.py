"""Rows of the Enterprises table: their keys, and an enterprise's settings.

`sk` is `settings`, `books` (the currency), `merchant#…`, `branch#…`, `revoked#…` of a person or a token, or `fact#…` of
a fact that was applied.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from customers.domain.enterprise import Settings
from customers.store.dynamodb.items import Item


def registry_key(enterprise: str, sk: str) -> Item:
    """The key of a row of an enterprise."""
    return {"pk": {"S": enterprise}, "sk": {"S": sk}}


def settings_key(enterprise: str) -> Item:
    """The key of an enterprise's settings."""
    return registry_key(enterprise, "settings")


def settings_of(row: Mapping[str, Any]) -> Settings:
    """The settings in their row."""
    return Settings.of(json.loads(row["settings"]["S"]))


def revoked(issuer: str, subject: str | None, jti: str | None) -> str:
    """The sort key of a revocation: of all tokens of a person, or of one token."""
    return f"revoked#{issuer}#{f'sub#{subject}' if jti is None else f'jti#{jti}'}"
