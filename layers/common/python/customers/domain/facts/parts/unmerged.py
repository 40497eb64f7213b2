"""The entry of an unmerge, in the ledgers of both customers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unmerged:
    """An absorbed customer is one of its own again. Both customers have such an entry.

    Each keeps what was refused or disabled while they were one: `refused` has the purposes of consent.
    """

    absorbed_customer_id: str
    refused: tuple[str, ...] | None = field(default=None, repr=False)
    disabled: bool | None = None
