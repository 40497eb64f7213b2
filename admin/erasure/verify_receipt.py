"""`python -m admin.erasure.verify_receipt FILE`: whether a receipt of an erasure is what was signed. Asks nobody."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jwt

from commands.arguments import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it is, 1 when not."""
    parser = Parser(prog="python -m admin.erasure.verify_receipt", description=__doc__)
    parser.add_argument("file", type=Path, help="what `make receipt` has printed")
    parser.add_argument("--keys", type=Path, help="the answer of GET /capabilities, or a JWK set; else the file's own")
    chosen = parser.parse_args(arguments)
    try:
        held = _read(chosen.file)
        told = verified(held, _keys(_read(chosen.keys) if chosen.keys else held))
    except KeyError as error:
        print(f"NOT VERIFIED: {error} is not there", file=sys.stderr)
        return 1
    except (OSError, ValueError, jwt.PyJWTError) as error:
        print(f"NOT VERIFIED: {error}", file=sys.stderr)
        return 1
    kid = jwt.get_unverified_header(held["signed"])["kid"]
    print(f"Verified: {told['erasure_id']}, {told['outcome']}, erased {told['erased_at']}, swept {told['swept_at']}")
    for store, deeds in told["stores"].items():
        print(f"  {store}: " + ", ".join(f"{each['count']} {deed}" for deed, each in sorted(deeds.items())))
    print(f"Signed with the key {kid}" + ("" if chosen.keys else ", which the file brings itself: KEYS= names others"))
    return 0


def verified(held: dict[str, Any], keys: list[dict[str, str]]) -> dict[str, Any]:
    """What was signed, if the readable part says the same. Raises `PyJWTError`, `ValueError`."""
    kid = jwt.get_unverified_header(held["signed"])["kid"]
    key = next((each for each in keys if each["kid"] == kid), None)
    if key is None:
        raise ValueError(f"none of the keys is {kid}")
    told: dict[str, Any] = jwt.decode(held["signed"], jwt.PyJWK(key), algorithms=["ES256"])
    if told != held["receipt"]:
        raise ValueError("what can be read is not what was signed")
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
