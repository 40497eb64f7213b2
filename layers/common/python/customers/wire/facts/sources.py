"""Which producers of facts may speak for which enterprises."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

MaySpeak = Callable[[str | None, str], bool]
"""Whether an event's source may tell facts of an enterprise."""
EVERY = "*"


def anyone(_source: str | None, _enterprise: str) -> bool:
    """Every source may speak for every enterprise."""
    return True


def speakers(text: str) -> MaySpeak:
    """`text` is base64url of a JSON object: by source the list of its enterprises, or `*`. If empty, `anyone`.

    A message without a source was not on the bus: the operator put it into the queue. Raises `ValueError` for a text
    that is not such an object.
    """
    if not text:
        return anyone
    enterprises = _enterprises(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))

    def may_speak(source: str | None, enterprise: str) -> bool:
        if source is None:
            return True
        bound = enterprises.get(source, frozenset())
        return EVERY in bound or enterprise in bound

    return may_speak


def _enterprises(document: object) -> Mapping[str, frozenset[str]]:
    if not isinstance(document, dict):
        raise ValueError("the enterprises of sources must be an object")
    found: dict[str, frozenset[str]] = {}
    for source, bound in document.items():
        if not source.startswith("partner."):
            raise ValueError("the source of facts begins with partner.")
        listed = [bound] if bound == EVERY else bound
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise ValueError(f"the enterprises of {source} must be a list of ids, or *")
        found[source] = frozenset(listed)
    return found
