"""What a token may say: the callers and permissions that the catalogue's operations ask for."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from commands.arguments import nearest, one_of, unknown
from local.places import ROOT
from local.refusal import Refusal

# The layer is not installed beside the emulator. What it declares needs the standard library alone.
sys.path.append(str(ROOT / "layers/common/python"))

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Caller

TILL, OFFICE = "pos-terminal", "enterprise-admin"
AUDIENCES = get_args(Caller)
PERMISSIONS = frozenset(
    permission for each in OPERATIONS for permission in (each.permission, *each.further_permissions) if permission
)


def audience(text: str) -> str:
    """A type of argparse."""
    try:
        return one_of(AUDIENCES)(text)
    except argparse.ArgumentTypeError:
        if nearest(text, PERMISSIONS) == text:
            raise argparse.ArgumentTypeError(
                f"{text!r} is a permission: say PERMISSIONS={text} AUDIENCE={OFFICE}"
            ) from None
        raise


def permissions(text: str, of_audience: str) -> tuple[str, ...]:
    """What is asked for, separated by commas or blanks. Raises `Refusal`, for what would open nothing too."""
    asked = tuple(text.replace(",", " ").split())
    for each in asked:
        if each not in PERMISSIONS:
            raise Refusal(f"PERMISSIONS: {unknown(each, PERMISSIONS)}")
    if asked and of_audience != OFFICE:
        raise Refusal(f"PERMISSIONS: only {OFFICE} has any; say AUDIENCE={OFFICE}")
    return asked
