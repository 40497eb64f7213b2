"""What any lookup must decide, in plain Python; all variants share it, so that they differ in their libraries alone.

It does less than the product: no national forms of a number, no folded reads, no check of audience and expiry.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

E164 = r"^\+[1-9]\d{6,14}$"
API_VERSION = "2026-06-01"
Badge = Literal["lapsed", "vip", "regular", "new"]
STATUS: Mapping[str, Literal["registered", "pending_proof"]] = {
    "VERIFIED": "registered",
    "PENDING_PROOF": "pending_proof",
}
"""Status by a row's state; any other state is told as `not_found`."""


def visits_in_window(packed: bytes, now: datetime) -> int:
    """Visits of the last 90 days. `packed` holds a byte for the unit of time, then the distances between the instants
    (epoch), each in bytes of seven bits, the low ones first.
    """
    unit = (1_000_000, 1_000, 1)[packed[0]]
    since = (now - timedelta(days=90) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    count = at = distance = shift = 0
    for byte in packed[1:]:
        distance |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            at, distance, shift = at + distance, 0, 0
            count += at * unit > since
    return count


def badge(visits: int, recent: int, spend: int, limits: Mapping[str, int]) -> Badge:
    """`recent` is the visits of the last 90 days, `spend` is in minor units."""
    if visits > 0 and recent == 0:
        return "lapsed"
    if recent >= limits["vip_visits_90d"] or spend >= limits["vip_lifetime_spend_minor"]:
        return "vip"
    return "regular" if visits >= limits["regular_visits"] else "new"


def completeness(*known: object) -> int:
    """0 to 100: twenty each for name, verified phone, a purchase, preferences, consent on file."""
    return 20 * sum(map(bool, known))


def shown(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
