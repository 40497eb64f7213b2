"""Print the signed receipt of an erasure, with the key that verifies it."""

from __future__ import annotations

import argparse
import json
import time

import jwt

from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from commands.arguments import ENTERPRISE, prefixed, seconds
from customers.store.aws.signing import SigningKey
from customers.store.erasure.rows import erasure_key

PATIENCE = 120.0
"""Seconds. A sweep takes less than a minute on the local stack, and half an hour on an account."""
POLL = 0.5


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", type=ENTERPRISE, required=True)
    parser.add_argument("--erasure", type=prefixed("era", "the id of an erasure"), required=True, metavar="ERA")
    parser.add_argument(
        "--wait",
        type=seconds,
        metavar="SECONDS",
        help=f"how long to wait (default: {PATIENCE:g} locally, else 0)",
    )


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when there is a receipt."""
    patience = PATIENCE if stack.endpoint else 0.0
    signed = _receipt(stack, chosen.enterprise, chosen.erasure, patience if chosen.wait is None else chosen.wait)
    told = jwt.decode(signed, options={"verify_signature": False})
    key = SigningKey(stack.client("kms"), stack.receipts_key).jwk
    print(json.dumps({"receipt": told, "signed": signed, "keys": [key]}, indent=2, ensure_ascii=False))
    return 0


def _receipt(stack: Stack, enterprise: str, erasure: str, patience: float) -> str:
    deadline = time.monotonic() + patience
    table = stack.client("dynamodb")
    while True:
        key = erasure_key(enterprise, erasure)
        row = table.get_item(TableName=stack.tables["erasures"], Key=key, ConsistentRead=True).get("Item")
        if row is None:
            raise Refusal("There is no such erasure")
        if "receipt" in row:
            return str(row["receipt"]["S"])
        if time.monotonic() >= deadline:
            raise Refusal(f"The erasure is not done: {row['status']['S']}. Try again later, or wait with WAIT=600")
        time.sleep(POLL)
