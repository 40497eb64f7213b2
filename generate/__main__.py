"""`make generate`: write all generated files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generate import asyncapi, currencies, decimals, events, export, operations, phone_plan, sandbox
from generate.samples import bruno
from generate.samples import page as samples

ROOT = Path(__file__).resolve().parents[1]

FILES: dict[str, Callable[[], str]] = {
    "layers/common/python/customers/domain/identifiers/phone_plan.py": phone_plan.source,
    "layers/common/python/customers/domain/currencies.py": currencies.source,
    "sdk/typescript/src/currency-decimals.js": decimals.source,
    "docs/operations.md": operations.page,
    "docs/events.md": events.page,
    "docs/export.md": export.page,
    "docs/sandbox.md": sandbox.page,
    "sdk/sandbox.json": sandbox.table,
    "docs/asyncapi.json": asyncapi.document,
    **asyncapi.schemas(),
    **samples.pages(),
    **bruno.files(),
}

if __name__ == "__main__":
    for path, text in FILES.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text())
        print(f"wrote {path}")
