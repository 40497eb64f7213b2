"""What the registry knows about the claims of a token."""

from __future__ import annotations

from datetime import datetime

from customers.domain.enterprise import Settings
from customers.domain.lean_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What the registry knows about a token's enterprise, merchant and branch."""

    settings: Settings
    merchant_registered: bool
    branch_active: bool
    revoked_before: datetime | None = None
    """Tokens of the caller that were issued earlier are refused."""
