"""Print the signed receipt of an erasure, with the key that it is verified with."""

from __future__ import annotations

import argparse
import json

import jwt

from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from customers.store.aws.signing import SigningKey
from customers.store.erasure.rows import erasure_key


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", required=True, help="its id")
    parser.add_argument("--erasure", required=True, metavar="ERA", help="the erasure's id, era_…")


def run(stack: Stack, chosen: argparse.Namespace) -> int:
    """0 when there is one."""
    row = stack.client("dynamodb").get_item(
        TableName=stack.tables["erasures"], Key=erasure_key(chosen.enterprise, chosen.erasure), ConsistentRead=True
    )
    if "Item" not in row:
        raise Refusal("There is no such erasure")
    if "receipt" not in row["Item"]:
        raise Refusal(f"It is not done: {row['Item']['status']['S']}")
    signed = row["Item"]["receipt"]["S"]
    told = jwt.decode(signed, options={"verify_signature": False})
    key = SigningKey(stack.client("kms"), stack.receipts_key).jwk
    print(json.dumps({"receipt": told, "signed": signed, "keys": [key]}, indent=2, ensure_ascii=False))
    return 0
