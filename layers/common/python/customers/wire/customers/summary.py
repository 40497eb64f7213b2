"""The cached summary: lookup's answer with an ETag. Plain types only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import timedelta

from customers.domain.canonical_json import canonical_json
from customers.domain.enterprise import Settings
from customers.domain.identifiers.phone import Phone
from customers.domain.lean_dataclass import dataclass
from customers.wire.customers.lookup import LookupData
from customers.wire.http.parameters import Parameter
from customers.wire.http.request import Request
from customers.wire.identifiers.paths import PHONE_IN_PATH, read_phone

MAX_AGE = timedelta(seconds=5)
"""How long the caller may show an answer again without a request: `max-age` in `Cache-Control`."""

SUMMARY_PARAMETERS = (
    PHONE_IN_PATH,
    Parameter(
        "If-None-Match",
        "The `ETag` of the answer that you have, or several of them. If one is still current, the answer is a 304.",
        where="header",
        example='"0f4d3b8f0c1c5f0b6f6a2f1f6d0a7e55"',
    ),
)
SUMMARY_HEADERS = {
    "ETag": "Changes whenever `data` changes, apart from `fetched_at` and `branch_id`.",
    "Age": "Always 0: every answer is read anew.",
    "Cache-Control": f"`private` and a `max-age`: you may show the answer for {MAX_AGE.seconds} seconds.",
    "Vary": "`Authorization`: a cache must not share answers between tokens.",
}
_UNTAGGED = ("branch_id", "fetched_at")
_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


@dataclass(frozen=True, slots=True)
class SummaryQuery:
    """The phone, and in `held` the tags that the caller has, or `*` for any."""

    phone: Phone
    held: frozenset[str]

    @staticmethod
    def read(request: Request, settings: Settings) -> SummaryQuery:
        """Raises `ValidationError` naming the phone. Tags that are malformed match nothing."""
        return SummaryQuery(read_phone(request, settings), _tags(request.every("If-None-Match")))

    def holds(self, tag: str) -> bool:
        return tag in self.held or "*" in self.held


def summary_headers(data: LookupData) -> dict[str, str]:
    """The cache headers of an answer that has just been read."""
    return {
        "ETag": tag_of(data),
        "Age": "0",
        "Cache-Control": f"private, max-age={MAX_AGE.seconds}",
        "Vary": "Authorization",
    }


def tag_of(data: LookupData) -> str:
    """A hash of the answer's content, independent of time and branch."""
    shown = {name: value for name, value in data.items() if name not in _UNTAGGED}
    text = canonical_json(shown)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _tags(values: Sequence[str]) -> frozenset[str]:
    """The tags of one or several headers, each a list. Weak tags count as strong: a 304 has no body."""
    listed = ",".join(values)
    return frozenset({"*"}) if listed.strip() == "*" else frozenset(_TAG.findall(listed))
