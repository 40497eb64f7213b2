"""The tables that facts are written to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    """Their names."""

    customers: str
    records: str
    derived: str
