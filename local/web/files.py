"""What a request for a web page gets: the files of `web/pages`, with the headers that CloudFront adds on AWS."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from commands.pages import CACHING, KINDS, PAGES, content
from local.places import ROOT

HEADERS = ROOT / "web/headers.json"
"""The security headers, those of the reference apart. A contract test compares them with the template's."""
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
    if not file.is_file() or file.suffix not in KINDS:
        return None
    return Answer(200, headers(file), content(file))


def headers(file: Path) -> dict[str, str]:
    """The headers of a file."""
    security: dict[str, dict[str, str]] = json.loads(HEADERS.read_text())
    own = security.get(file.relative_to(PAGES).parts[0], security["pages"])
    return own | {"content-type": KINDS[file.suffix], "cache-control": CACHING}
