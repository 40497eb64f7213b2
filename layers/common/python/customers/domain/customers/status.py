"""Who is standing at the counter: the states that a cashier's panel branches on."""

from __future__ import annotations

from typing import Literal, TypeVar

from customers.domain.customers.profile import Profile
from customers.domain.refusals import NotFound

T = TypeVar("T")
Status = Literal["registered", "pending_proof", "not_found"]
UNKNOWN_ID = "is no customer of this enterprise; ids of customers begin with usr_"


def identify(profile: Profile | None) -> tuple[Status, Profile | None]:
    """What may be told of a stored record. A disabled one is told apart from none by nothing."""
    match profile and profile.state:
        case "VERIFIED":
            return "registered", profile
        case "PENDING_PROOF":
            return "pending_proof", profile
        case _:
            return "not_found", None


def known(found: T | None, field: str = "id") -> T:
    """Who is addressed by an id of ours. One who was shut off is a customer still. Raises `NotFound`."""
    if found is None:
        raise NotFound(field, UNKNOWN_ID)
    return found
