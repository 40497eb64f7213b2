"""Who is standing at the counter: the states that a cashier's panel branches on."""

from __future__ import annotations

from typing import Literal

from customers.domain.profile import Profile

Status = Literal["registered", "pending_proof", "not_found"]


def identify(profile: Profile | None) -> tuple[Status, Profile | None]:
    """What may be told of a stored record. A disabled one is told apart from none by nothing."""
    match profile and profile.state:
        case "VERIFIED":
            return "registered", profile
        case "PENDING_PROOF":
            return "pending_proof", profile
        case _:
            return "not_found", None
