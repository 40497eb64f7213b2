"""The tables that facts are written to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    """Where entries move."""

    customers: str
    records: str
    derived: str
