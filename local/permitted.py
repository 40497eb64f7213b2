"""The audiences and permissions that a token may have: those that the catalogue's operations need."""

from __future__ import annotations

import argparse
import sys
from typing import get_args

from commands.arguments import nearest, one_of, unknown
from local.places import ROOT
from local.refusal import Refusal

# The layer is not installed beside the emulator. Its declarations need only the standard library.
sys.path.append(str(ROOT / "layers/common/python"))

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Caller

TILL, OFFICE = "pos-terminal", "enterprise-admin"
AUDIENCES = get_args(Caller)
PERMISSIONS = frozenset(
    permission for each in OPERATIONS for permission in (each.permission, *each.further_permissions) if permission
)


def audience(text: str) -> str:
    """An argparse type."""
    try:
        return one_of(AUDIENCES)(text)
    except argparse.ArgumentTypeError:
        if nearest(text, PERMISSIONS) == text:
            raise argparse.ArgumentTypeError(
                f"{text!r} is a permission: use PERMISSIONS={text} AUDIENCE={OFFICE}"
            ) from None
        raise


def permissions(text: str, of_audience: str) -> tuple[str, ...]:
    """The permissions, separated by commas or blanks. Raises `Refusal`, also for permissions without effect."""
    wanted = tuple(text.replace(",", " ").split())
    for each in wanted:
        if each not in PERMISSIONS:
            raise Refusal(f"PERMISSIONS: {unknown(each, PERMISSIONS)}")
    if wanted and of_audience != OFFICE:
        raise Refusal(f"PERMISSIONS: only {OFFICE} has any; use AUDIENCE={OFFICE}")
    return wanted
