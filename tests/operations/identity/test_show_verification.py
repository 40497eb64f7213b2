"""GET /verifications/{token}: opening a link changes nothing and reveals nothing."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from customers.catalogue.identity import SHOW_VERIFICATION
from customers.wire.identity.verification_pages import CONFIRM_PAGE, FAILED_PAGE, REFUSED_PAGE, VERIFIED_PAGE
from tests.operations.conftest import Shop
from tests.support.http.gateway import Reply, call
from tests.support.http.html import Page
from tests.support.http.page import conforms

PAGES = {"confirm": CONFIRM_PAGE, "verified": VERIFIED_PAGE, "refused": REFUSED_PAGE, "failed": FAILED_PAGE}


def show(token: str = "a" * 32, accept: str = "text/html") -> Reply:
    reply = call("GET", f"/verifications/{token}", headers={"Accept": accept})
    conforms(SHOW_VERIFICATION, reply)
    return reply


def test_looking_asks_no_table(shop: Shop, requests: list[str]) -> None:
    requests.clear()
    assert show().status == 200
    assert requests == []


@pytest.mark.parametrize("token", ["b" * 32, "xyzzy", "%00", "%D9%85", "<script>", "a" * 5000])
def test_every_token_shows_the_same_page_which_does_not_repeat_it(shop: Shop, token: str) -> None:
    reply = show(token)
    assert (reply.text, reply.headers) == (show().text, show().headers)
    assert token not in reply.text


@pytest.mark.parametrize("accept", ["application/json", "*/*", ""])
def test_programs_are_shown_the_page_too(shop: Shop, accept: str) -> None:
    assert show(accept=accept).text == CONFIRM_PAGE


def test_the_one_button_posts_to_where_the_page_came_from(shop: Shop) -> None:
    page = Page(show().text)
    assert page.all("form") == [{"method": "post"}]
    assert page.all("button") == [{"type": "submit"}]
    assert page.all("input") == page.all("a") == []


def test_nobody_else_is_told_of_the_link(shop: Shop) -> None:
    headers = show().headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Request-Id"] == "req-1"


def test_the_policy_allows_the_pages_own_style_its_form_and_nothing_else(shop: Shop) -> None:
    policy = dict(each.split(" ", 1) for each in show().headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    for text in PAGES.values():
        (style,) = re.findall("<style>(.*?)</style>", text, re.DOTALL)
        assert policy["style-src"] == f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_plain_and_in_both_languages(name: str) -> None:
    page = Page(PAGES[name])
    assert {tag for tag, _ in page.elements} <= {
        *("html", "head", "meta", "title", "style", "body", "div", "h1", "p", "form", "button", "span")
    }
    assert not any(set(attributes) & {"src", "href", "style", "onclick"} for _, attributes in page.elements)
    assert "@import" not in PAGES[name]
    assert "url(" not in PAGES[name]
    assert len(PAGES[name].encode()) < 2500
    assert {"width=device-width, initial-scale=1"} == {
        each["content"] for each in page.all("meta") if "content" in each
    }
    (english, arabic) = page.all("div")
    assert (english, arabic) == ({"lang": "en", "dir": "ltr"}, {"lang": "ar", "dir": "rtl"})
    assert re.search("[A-Za-z]", page.said["ar"]) is None
    assert re.search("[\u0600-\u06ff]", page.said["ar"])


def test_where_it_is_not_mounted_it_is_a_404_in_the_envelope(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from customers.edge.http.pages import with_pages
    from customers.edge.http.serve import Answer
    from customers.edge.http.serve_public import serve_public
    from customers.wire.identity.verification_pages import PAGE_HEADERS

    monkeypatch.setenv("MOUNTED", "beta")
    showing = serve_public(SHOW_VERIFICATION, lambda _visit: Answer({}))
    monkeypatch.setattr(
        "identity.show_verification.handler",
        with_pages(showing, {200: CONFIRM_PAGE}.get, PAGE_HEADERS, always=True),
    )
    reply = call("GET", "/verifications/a", headers={"Accept": "text/html"})
    assert (reply.status, reply.body["error"]["code"]) == (404, "NOT_FOUND")
