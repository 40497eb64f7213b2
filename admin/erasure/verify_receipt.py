"""`python -m admin.erasure.verify_receipt FILE`: check the signature of an erasure receipt, offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt

from commands.arguments import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the receipt is valid, else 1."""
    parser = Parser(prog="python -m admin.erasure.verify_receipt", description=__doc__)
    parser.add_argument("file", type=Path, help="the output of `make receipt`, or the answer of GET /erasures/{id}")
    parser.add_argument("--keys", type=Path, help="GET /capabilities or a JWK set (default: the file's keys)")
    chosen = parser.parse_args(arguments)
    try:
        answer = _read(chosen.file)
        # The answer of GET /erasures/{id} has it in `data`.
        held = answer.get("data", answer)
        told = verified(held, _keys(_read(chosen.keys) if chosen.keys else held))
    except KeyError as error:
        print(f"NOT VERIFIED: {error} is missing", file=sys.stderr)
        return 1
    except (OSError, ValueError, jwt.PyJWTError) as error:
        print(f"NOT VERIFIED: {error}", file=sys.stderr)
        return 1
    kid = jwt.get_unverified_header(held["signed"])["kid"]
    print(f"Verified: {told['erasure_id']}, {told['outcome']}, erased {told['erased_at']}, swept {told['swept_at']}")
    for store, deeds in told["stores"].items():
        print(f"  {store}: " + ", ".join(f"{each['count']} {deed}" for deed, each in sorted(deeds.items())))
    print(
        f"Signed with the key {kid}"
        + ("" if chosen.keys else ", which came with the file itself: name a trusted source with KEYS=")
    )
    return 0


def verified(held: dict[str, Any], keys: list[dict[str, str]]) -> dict[str, Any]:
    """The signed content, if the readable part is the same. Raises `PyJWTError`, `ValueError`."""
    kid = jwt.get_unverified_header(held["signed"])["kid"]
    key = next((each for each in keys if each["kid"] == kid), None)
    if key is None:
        raise ValueError(f"none of the keys is {kid}")
    told: dict[str, Any] = jwt.decode(held["signed"], jwt.PyJWK(key), algorithms=["ES256"])
    if told != held["receipt"]:
        raise ValueError("the readable part differs from the signed part")
    return told


def _read(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text())
    except ValueError:
        raise ValueError(f"{file} is not JSON") from None
    if not isinstance(told, dict):
        raise ValueError(f"{file} is neither a receipt nor a set of keys")
    return told


def _keys(told: dict[str, Any]) -> list[dict[str, str]]:
    data = told.get("data", told)
    keys: list[dict[str, str]] = data.get("erasure_receipt_keys") or data["keys"]
    return keys


if __name__ == "__main__":
    sys.exit(main())
