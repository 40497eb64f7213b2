"""The key of `make smoke`: trusted for an hour, and for one enterprise of the smoke test's own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from customers.edge.auth.issuers import Issuer, trusted_issuers
from customers.edge.auth.jwks import usable_keys
from customers.edge.log import logger

ISSUER = "https://smoke.invalid"
"""No address: nobody can serve keys there."""
LIVES = 3600
"""Seconds from its beginning to its end. No parameter makes it longer."""
_ENTERPRISE = re.compile(r"smoke-[0-9a-f]{12}")


def smoke_issuer(parameter: str) -> Issuer:
    """From base64url of a JSON object with `jwk`, `enterprise` and `from` (seconds since 1970).

    Raises `ValueError` where it is no such object, or names an enterprise that may be somebody's.
    """
    entry = json.loads(base64.urlsafe_b64decode(parameter + "=" * (-len(parameter) % 4)))
    if not isinstance(entry, dict) or set(entry) != {"jwk", "enterprise", "from"}:
        raise ValueError("a smoke key has jwk, enterprise and from")
    enterprise, begins = entry["enterprise"], entry["from"]
    if not isinstance(enterprise, str) or not _ENTERPRISE.fullmatch(enterprise):
        raise ValueError("a smoke key may only speak for an enterprise of the smoke test's own")
    if type(begins) is not int:
        raise ValueError("a smoke key begins at a second")
    keys: Any = usable_keys({"keys": [entry["jwk"]]})
    return Issuer(ISSUER, keys.get, enterprises=(enterprise,), valid=(begins, begins + LIVES))


def all_trusted(environment: Mapping[str, str]) -> dict[str, Issuer]:
    """The trusted issuers, and the smoke key of `SMOKE_KEY`. One that cannot be read is left out: it stops no till."""
    trusted = trusted_issuers(environment)
    if parameter := environment.get("SMOKE_KEY"):
        try:
            # An issuer of the same name keeps its keys.
            trusted = {ISSUER: smoke_issuer(parameter), **trusted}
        except (ValueError, RecursionError):
            logger.warning("smoke_key_ignored")
    return trusted
