"""Rows as DynamoDB's JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Item = dict[str, Any]
"""A row in DynamoDB's JSON: attribute name to `{type: value}`."""


def instant_of(row: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(row[name]["S"]).astimezone(UTC) if name in row else None
