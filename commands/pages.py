"""The files of the web pages, as they are served: by the local stack, and by the bucket on AWS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PAGES = Path(__file__).resolve().parents[1] / "web/pages"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
CACHING = "no-cache"
"""A browser asks each time whether its copy is current, so nobody works with yesterday's page."""


def files() -> Iterator[Path]:
    """Every file that is served. The link `sdk` leads to the till's client, whose core the panel is built on."""
    for folder, _, names in os.walk(PAGES, followlinks=True):
        yield from (Path(folder, name) for name in sorted(names) if Path(name).suffix in KINDS)


def content(file: Path) -> bytes:
    """What is sent of a file: a module of ours goes without its comments, which are a third of its bytes."""
    ours = file.suffix == ".js" and not file.name.endswith(".min.js")
    return without_comments(file.read_text()).encode() if ours else file.read_bytes()


def without_comments(module: str) -> str:
    """The module without the lines that are only a comment, and without empty ones.

    A comment beside code stays. `tests/e2e/web` proves with TypeScript's own scanner that no token of any page changes.
    """
    kept: list[str] = []
    inside = False
    for line in module.splitlines():
        text = line.strip()
        if inside or text.startswith("/**"):
            inside = not text.endswith("*/")
        elif text and not text.startswith("//"):
            kept.append(line)
    return "\n".join(kept) + "\n"
