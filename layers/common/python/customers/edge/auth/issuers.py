"""The issuers that are trusted: keys, audiences, names of claims, and how long a token may live.

A token names its issuer. Only that issuer's keys are tried, so no issuer can speak for another one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from customers.edge.auth.jwks import FindKey, trusted_keys
from customers.edge.auth.principal import Audience

AUDIENCES: tuple[Audience, ...] = get_args(Audience)
LIFETIMES: Mapping[Audience, int] = {"pos-terminal": 24 * 3600, "enterprise-admin": 12 * 3600}
"""Seconds for which a token of each audience may live at most, where the issuer's entry says nothing."""
CLAIMS = ("sub", "jti", "enterprise_id", "merchant_id", "branch_id", "permissions")
"""The claims whose names an issuer may have changed."""
_FIELDS = {
    *("issuer", "jwks_url", "jwks", "audiences", "audience_claim", "claims", "permissions", "require"),
    *("enterprises", "lifetime_seconds"),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """`name` is its tokens' `iss`.

    `audiences` are the values that stand for each of our audiences in the claim `audience_claim`. `claims` are its
    names of ours. With `permissions`, the claim holds groups, and these are what each group may do. `require` are
    claims that must have exactly this value. With `enterprises` it speaks for these alone; of one, the claim may be
    absent.
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

    def claim(self, name: str) -> str:
        """Its name of one of our claims."""
        return self.claims.get(name, name)

    @property
    def values(self) -> tuple[str, ...]:
        """Every value of its audience claim that is for us."""
        return tuple(value for values in self.audiences.values() for value in values)


def trusted_issuers(environment: Mapping[str, str]) -> dict[str, Issuer]:
    """By name: `ISSUER` with `JWKS_URL` or `JWKS`, and those in `ISSUERS` (base64url of a JSON list).

    Raises `ValueError` where none is named, one is named twice, or an entry cannot be understood.
    """
    found: list[Issuer] = []
    if environment.get("ISSUER"):
        keys = trusted_keys(environment.get("JWKS_URL", ""), environment.get("JWKS", ""))
        found.append(Issuer(environment["ISSUER"], keys))
    found += [_issuer(each) for each in _listed(environment.get("ISSUERS", ""))]
    names = [each.name for each in found]
    if not found:
        raise ValueError("no issuer is named")
    if len(names) != len(set(names)):
        raise ValueError("an issuer is named twice: one token is accepted by one issuer only")
    return dict(zip(names, found, strict=True))


def _listed(text: str) -> list[Any]:
    if not text:
        return []
    told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(told, list):
        raise ValueError("ISSUERS must hold a JSON list of issuers")
    return told


def _issuer(told: Any) -> Issuer:
    if not isinstance(told, dict) or not isinstance(told.get("issuer"), str) or not told["issuer"]:
        raise ValueError("an issuer needs the field issuer")
    if unknown := sorted(set(told) - _FIELDS):
        raise ValueError(f"an issuer has no field {unknown[0]}")
    keys = told.get("jwks")
    inline = base64.urlsafe_b64encode(json.dumps(keys).encode()).decode() if keys else ""
    return Issuer(
        name=told["issuer"],
        find_key=trusted_keys(told.get("jwks_url", ""), inline),
        audiences=_audiences(told.get("audiences")),
        audience_claim=told.get("audience_claim", "aud"),
        claims=_texts(told.get("claims", {}), "claims", CLAIMS),
        permissions=_permissions(told.get("permissions")),
        require=_texts(told.get("require", {}), "require"),
        enterprises=tuple(told.get("enterprises", ())),
        lifetimes=_lifetimes(told.get("lifetime_seconds", {})),
    )


def _audiences(told: Any) -> dict[Audience, tuple[str, ...]]:
    """An audience that is left out is none of this issuer's."""
    if not isinstance(told, dict) or not told or set(told) - set(AUDIENCES):
        raise ValueError(f"an issuer needs audiences: which values stand for {' and for '.join(AUDIENCES)}")
    found = {each: tuple(told[each]) for each in AUDIENCES if each in told}
    values = [value for values in found.values() for value in values]
    if not all(isinstance(value, str) and value for value in values) or len(values) != len(set(values)):
        raise ValueError("each value of an audience must be text and stand for one audience only")
    return found


def _permissions(told: Any) -> dict[str, tuple[str, ...]] | None:
    if told is None:
        return None
    if not isinstance(told, dict) or not all(isinstance(each, list) for each in told.values()):
        raise ValueError("permissions must say for each group which it has")
    return {group: tuple(each) for group, each in told.items()}


def _texts(told: Any, name: str, known: tuple[str, ...] = ()) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ValueError(f"{name} must be texts by name")
    if known and (unknown := sorted(set(told) - set(known))):
        raise ValueError(f"{name} has no {unknown[0]}")
    return told


def _lifetimes(told: Any) -> dict[Audience, int]:
    if not isinstance(told, dict) or set(told) - set(AUDIENCES):
        raise ValueError("lifetime_seconds must say seconds by audience")
    found = {each: told.get(each, LIFETIMES[each]) for each in AUDIENCES}
    if not all(type(value) is int and value > 0 for value in found.values()):
        raise ValueError("lifetime_seconds must be whole seconds")
    return found
