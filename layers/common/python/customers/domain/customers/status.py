"""The status of a customer, as a till sees it."""

from __future__ import annotations

from typing import Literal, TypeVar

from customers.domain.customers.profile import Profile
from customers.domain.refusals import NotFound

T = TypeVar("T")
Status = Literal["registered", "pending_proof", "not_found"]
UNKNOWN_ID = "does not match a customer of this enterprise; customer ids begin with usr_"


def identify(profile: Profile | None) -> tuple[Status, Profile | None]:
    """The status, and the profile if a till may see it. A disabled customer looks exactly like an unknown one."""
    match profile and profile.state:
        case "VERIFIED":
            return "registered", profile
        case "PENDING_PROOF":
            return "pending_proof", profile
        case _:
            return "not_found", None


def known(found: T | None, field: str = "id") -> T:
    """The customer of an id; a disabled customer too. Raises `NotFound`."""
    if found is None:
        raise NotFound(field, UNKNOWN_ID)
    return found
