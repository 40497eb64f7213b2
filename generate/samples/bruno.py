"""Generate a collection for Bruno: a request for each operation, and the environment of the local stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from customers.catalogue.every import OPERATIONS
from generate.samples.example import Example, example_of

FOLDER = "docs/collection"
_COLLECTION = {"version": "1", "name": "Customers & Identification", "type": "collection"}
_ENVIRONMENT = """vars {
  api: http://127.0.0.1:4566/v1/partner
}
vars:secret [
  till,
  office
]
"""


def files() -> dict[str, Callable[[], str]]:
    """Each file's path, and what writes it."""

    def writing(number: int, example: Example) -> Callable[[], str]:
        return lambda: request(number, example)

    built = [each for each in OPERATIONS if each.handler]
    return {
        f"{FOLDER}/bruno.json": lambda: json.dumps(_COLLECTION, indent=2) + "\n",
        f"{FOLDER}/environments/local.bru": lambda: _ENVIRONMENT,
        **{f"{FOLDER}/{each.name}.bru": writing(number, example_of(each)) for number, each in enumerate(built, 1)},
    }


def request(number: int, example: Example) -> str:
    """A request's file."""
    # A key is used once.
    headers = {name: "{{$guid}}" if name == "Idempotency-Key" else value for name, value in example.headers.items()}
    headers.pop("Content-Type", None)
    parts = [
        _block("meta", {"name": example.name, "type": "http", "seq": str(number)}),
        _block(
            example.method.lower(),
            {
                "url": "{{api}}" + example.address,
                "body": "none" if example.body is None else "json",
                "auth": "bearer" if example.needs_token else "none",
            },
        ),
    ]
    if example.query:
        parts.append(_block("params:query", example.query))
    if headers:
        parts.append(_block("headers", headers))
    if example.needs_token:
        parts.append(_block("auth:bearer", {"token": "{{office}}" if example.of_office else "{{till}}"}))
    if example.body is not None:
        body = json.dumps(example.body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
        parts.append(f"body:json {{\n  {body}\n}}\n")
    return "\n".join(parts)


def _block(name: str, lines: Mapping[str, str]) -> str:
    return f"{name} {{\n" + "".join(f"  {key}: {value}\n" for key, value in lines.items()) + "}\n"
