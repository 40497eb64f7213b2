"""The trusted issuers: keys, audiences, names of claims and the longest lifetime of a token.

A token names its issuer. Only that issuer's keys are tried, so no issuer can issue tokens of another.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any, get_args

from customers.domain.lean_dataclass import dataclass
from customers.edge.auth.jwks import FindKey, trusted_keys
from customers.edge.auth.principal import Audience

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
LIFETIMES: Mapping[Audience, int] = {"pos-terminal": 24 * 3600, "enterprise-admin": 12 * 3600}
"""The longest lifetime of a token in seconds, by audience, if the issuer's entry has none."""
CLAIMS = ("sub", "jti", "enterprise_id", "merchant_id", "branch_id", "permissions")
"""The claims that an issuer can rename."""
_FIELDS = {
    *("issuer", "jwks_url", "jwks", "audiences", "audience_claim", "claims", "permissions", "require"),
    *("enterprises", "lifetime_seconds"),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """`name` is the `iss` of its tokens.

    `audiences` are the values that stand for each of our audiences in the claim `audience_claim`. `claims` are its
    names of ours. With `permissions`, the claim has groups, and these are each group's permissions. `require` are
    claims that must have exactly this value. With `enterprises` it issues tokens for these only; with one, the claim
    may be missing. It is trusted from the first instant of `valid` until before the second, in seconds since 1970.
    """

    name: str
    find_key: FindKey = field(repr=False)
    audiences: Mapping[Audience, tuple[str, ...]] = field(default_factory=lambda: {each: (each,) for each in AUDIENCES})
    audience_claim: str = "aud"
    claims: Mapping[str, str] = field(default_factory=dict)
    permissions: Mapping[str, tuple[str, ...]] | None = None
    require: Mapping[str, str] = field(default_factory=dict)
    enterprises: tuple[str, ...] = ()
    lifetimes: Mapping[Audience, int] = field(default_factory=lambda: LIFETIMES)
    valid: tuple[float, float] = (0, math.inf)

    def claim(self, name: str) -> str:
        """Its name of one of our claims."""
        return self.claims.get(name, name)

    @property
    def values(self) -> tuple[str, ...]:
        """All values of its audience claim that stand for our audiences."""
        return tuple(value for values in self.audiences.values() for value in values)


def trusted_issuers(environment: Mapping[str, str]) -> dict[str, Issuer]:
    """By name: `ISSUER` with `JWKS_URL` or `JWKS`, those in `ISSUERS` (base64url of a JSON list), and in `PEOPLE`
    (JSON) the stack's own user pool.

    Raises `ValueError` without an issuer, for the same issuer twice, or for an entry that is not valid.
    """
    found: list[Issuer] = []
    if environment.get("ISSUER"):
        keys = trusted_keys(environment.get("JWKS_URL", ""), environment.get("JWKS", ""))
        found.append(Issuer(environment["ISSUER"], keys))
    found += [_issuer(each) for each in _listed(environment.get("ISSUERS", ""))]
    if pool := environment.get("PEOPLE"):
        found.append(_issuer(json.loads(pool)))
    names = [each.name for each in found]
    if not found:
        raise ValueError("no issuer is named")
    if len(names) != len(set(names)):
        raise ValueError("an issuer is named twice: one token is accepted by one issuer only")
    return dict(zip(names, found, strict=True))


def _listed(text: str) -> list[Any]:
    if not text:
        return []
    entry = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(entry, list):
        raise ValueError("ISSUERS must hold a JSON list of issuers")
    return entry


def _issuer(entry: Any) -> Issuer:
    if not isinstance(entry, dict) or not isinstance(entry.get("issuer"), str) or not entry["issuer"]:
        raise ValueError("an issuer needs the field issuer")
    if unknown := sorted(set(entry) - _FIELDS):
        raise ValueError(f"an issuer has no field {unknown[0]}")
    keys = entry.get("jwks")
    inline = base64.urlsafe_b64encode(json.dumps(keys).encode()).decode() if keys else ""
    return Issuer(
        name=entry["issuer"],
        find_key=trusted_keys(entry.get("jwks_url", ""), inline),
        audiences=_audiences(entry.get("audiences")),
        audience_claim=entry.get("audience_claim", "aud"),
        claims=_texts(entry.get("claims", {}), "claims", CLAIMS),
        permissions=_permissions(entry.get("permissions")),
        require=_texts(entry.get("require", {}), "require"),
        enterprises=tuple(entry.get("enterprises", ())),
        lifetimes=_lifetimes(entry.get("lifetime_seconds", {})),
    )


def _audiences(entry: Any) -> dict[Audience, tuple[str, ...]]:
    """The issuer cannot issue tokens for a missing audience."""
    if not isinstance(entry, dict) or not entry or set(entry) - set(AUDIENCES):
        raise ValueError(f"an issuer needs audiences: which values stand for {' and for '.join(AUDIENCES)}")
    found = {each: tuple(entry[each]) for each in AUDIENCES if each in entry}
    values = [value for values in found.values() for value in values]
    if not all(isinstance(value, str) and value for value in values) or len(values) != len(set(values)):
        raise ValueError("each value of an audience must be text and stand for one audience only")
    return found


def _permissions(entry: Any) -> dict[str, tuple[str, ...]] | None:
    if entry is None:
        return None
    if not isinstance(entry, dict) or not all(isinstance(each, list) for each in entry.values()):
        raise ValueError("permissions must have a list for each group")
    return {group: tuple(each) for group, each in entry.items()}


def _texts(entry: Any, name: str, known: tuple[str, ...] = ()) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise ValueError(f"{name} must be texts by name")
    if known and (unknown := sorted(set(entry) - set(known))):
        raise ValueError(f"{name} has no {unknown[0]}")
    return entry


def _lifetimes(entry: Any) -> dict[Audience, int]:
    if not isinstance(entry, dict) or set(entry) - set(AUDIENCES):
        raise ValueError("lifetime_seconds must have seconds by audience")
    found = {each: entry.get(each, LIFETIMES[each]) for each in AUDIENCES}
    if not all(type(value) is int and value > 0 for value in found.values()):
        raise ValueError("lifetime_seconds must be whole seconds")
    return found
