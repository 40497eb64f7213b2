"""What a request for a web page gets: the files of `web/pages`, with the headers that CloudFront adds on AWS."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from local.places import ROOT

WEB = ROOT / "web"
PAGES = WEB / "pages"
HEADERS = WEB / "headers.json"
"""The security headers. A contract test compares them with the template's."""
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_PLAIN = re.compile(r"/(?:[a-z0-9-]+/)*(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*)?")
"""Lower case, digits and hyphens: no name that leads out of the folder."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def answer(path: str) -> Answer | None:
    """The file at this path, the index of a folder, or a redirect to the folder. None if it is none of the pages."""
    if not _PLAIN.fullmatch(path) or path == "/":
        return None
    file = PAGES / path.removeprefix("/")
    if path.endswith("/"):
        file /= "index.html"
    elif file.is_dir():
        return Answer(308, {"location": f"{path}/"})
    if not file.is_file():
        return None
    return Answer(200, headers(file), file.read_bytes())


def headers(file: Path) -> dict[str, str]:
    """The headers of a file. A browser asks each time, so nobody works with yesterday's page."""
    security: dict[str, str] = json.loads(HEADERS.read_text())
    return security | {"content-type": KINDS[file.suffix], "cache-control": "no-cache"}
