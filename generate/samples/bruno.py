"""Generate a collection for Bruno: a request for each operation, and the environment of the local stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from customers.catalogue.every import OPERATIONS
from customers.catalogue.operation import Operation
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
GIVEN = {
    "usr_5f0c2f9e8a414a0f9d3d3a1f6b7c8d90": "customer_id",
    "usr_0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f": "absorbed_customer_id",
    "ses_7b1f0c5e9d2a4e6fb3c8a1d0e5f49627": "session_id",
    "era_4f2e0c8a6b1d4e5f9a3c7b5d1e0f2a4c": "erasure_id",
    "mzxw6ytboi4dsnjwmfzgcylcmfzgcylc": "token",
}
"""The examples' ids are on no stack: the collection has variables for them."""
KEPT = {"identify": "customer_id", "open_session": "session_id"}
"""Which field of an answer becomes the variable of the same name."""
_FIRST = tuple(KEPT)


def files() -> dict[str, Callable[[], str]]:
    """Each file's path, and what writes it."""

    def writing(number: int, operation: Operation[object]) -> Callable[[], str]:
        return lambda: request(number, operation)

    built = sorted((each for each in OPERATIONS if each.handler), key=lambda each: each.name not in _FIRST)
    return {
        f"{FOLDER}/bruno.json": lambda: json.dumps(_COLLECTION, indent=2) + "\n",
        f"{FOLDER}/environments/local.bru": lambda: _ENVIRONMENT,
        **{f"{FOLDER}/{each.name}.bru": writing(number, each) for number, each in enumerate(built, 1)},
    }


def request(number: int, operation: Operation[object]) -> str:
    """A request's file."""
    example = example_of(operation)
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
    parts += _body(example)
    if kept := KEPT.get(example.name):
        parts.append(_block("vars:post-response", {kept: f"res.body.data.{kept}"}))
    parts.append(_block("settings", {"followRedirects": "false"}))
    parts.append(_block("assert", {"res.status": f"eq {operation.status}"}))
    return _with_variables("\n".join(parts))


def _body(example: Example) -> list[str]:
    if example.body is None:
        return []
    body = json.dumps(example.body, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    return [f"body:json {{\n  {body}\n}}\n"]


def _with_variables(text: str) -> str:
    for example, name in GIVEN.items():
        text = text.replace(example, f"{{{{{name}}}}}")
    # Two who are said to be not the same are not merged, too.
    return text.replace(
        '"other_customer_id": "{{absorbed_customer_id}}"', '"other_customer_id": "{{other_customer_id}}"'
    )


def _block(name: str, lines: Mapping[str, str]) -> str:
    return f"{name} {{\n" + "".join(f"  {key}: {value}\n" for key, value in lines.items()) + "}\n"
