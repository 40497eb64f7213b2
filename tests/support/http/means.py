"""Names of fields by which money could be moved: no answer of this system has one."""

from __future__ import annotations

import re
from typing import Any

MOVES = re.compile(r"debit|authori[sz]|payment|capture|charge|transfer|payout|withdraw", re.IGNORECASE)
PROVES = re.compile(r"(token|secret|credentials?|password|pin|otp|pan|cvv|cvc|iban|nonce|signature)$", re.IGNORECASE)
_FREE = ("attributes", "preferences", "consent")
"""Objects whose fields callers name: what they have sent is shown to them again."""


def means_to_pay(told: Any, path: str = "") -> list[str]:
    """Where such a field is in an answer, as deep as it may be."""
    if isinstance(told, list):
        return [found for each in told for found in means_to_pay(each, path)]
    if not isinstance(told, dict):
        return []
    found = [f"{path}{name}" for name in told if is_a_means(name)]
    inner = [(name, value) for name, value in told.items() if name not in _FREE]
    return found + [each for name, value in inner for each in means_to_pay(value, f"{path}{name}.")]


def is_a_means(name: str) -> bool:
    """`token_bytes`, a limit, is none; `debit_token` and `paymentMethod` are."""
    last = re.split(r"[_\W]|(?<=[a-z])(?=[A-Z])", name)[-1]
    return bool(MOVES.search(name) or PROVES.fullmatch(last))
