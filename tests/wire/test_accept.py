"""A browser is shown a page, a program gets JSON."""

from __future__ import annotations

import pytest

from customers.wire.http.accept import prefers_html
from customers.wire.http.request import Request

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OLD_PHONE = (
    "application/vnd.wap.wmlscriptc, text/vnd.wap.wml, application/vnd.wap.xhtml+xml, text/html, multipart/mixed, */*"
)


def prefers(*values: str) -> bool:
    return prefers_html(Request(headers={"accept": list(values)} if values else {}))


@pytest.mark.parametrize(
    "header",
    [
        FIREFOX,
        OLD_PHONE,
        "text/html, */*",
        "text/html, */*; q=0.01",
        "TEXT/HTML",
        "text/html;level=1",
        "text/*",
        "application/json;q=0.5, text/html",
        "text/html, application/json;q=0",
        "text/html;q=0.001",
    ],
)
def test_a_browser_prefers_a_page(header: str) -> None:
    assert prefers(header)


@pytest.mark.parametrize(
    "header",
    [
        "*/*",
        "",
        "application/json",
        "application/json, text/plain, */*",
        "application/json, text/html",
        "text/html;q=0.5, application/json",
        "text/html;q=0",
        "text/html;q=nan",
        "text/html;q=",
        "text/html;q=yes",
        ";;;,,,q=",
        "image/*",
        "*/*, text/html;q=0",
        "\x00",
    ],
)
def test_a_program_does_not(header: str) -> None:
    assert not prefers(header)


def test_without_a_header_it_is_a_program() -> None:
    assert not prefers()
    assert not prefers_html(Request(headers=None))


def test_a_header_in_parts_is_one() -> None:
    assert prefers("text/html", "application/json;q=0.1")
    assert not prefers("text/html", "application/json")
