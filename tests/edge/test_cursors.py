"""A cursor opens where it was sealed for, and nowhere else."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.refusals import ValidationError
from customers.edge.http.cursors import MAX_CURSOR, Cursors
from tests.support.hash_keys import secret

CURSORS = Cursors(secret)
POSITION = {"sk": "layla#usr_1", "at": 3}
TEXTS = st.text(st.characters(), max_size=20)


def _refused(cursor: str, enterprise: str = "acme", operation: str = "search", query: str = "q") -> str:
    with pytest.raises(ValidationError) as refusal:
        CURSORS.open(enterprise, operation, query, cursor)
    assert refusal.value.field == "cursor"
    assert refusal.value.__cause__ is None
    return str(refusal.value)


@given(TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=4))
def test_what_was_sealed_is_opened(enterprise: str, operation: str, query: str, position: dict[str, object]) -> None:
    cursor = CURSORS.seal(enterprise, operation, query, position)
    assert CURSORS.open(enterprise, operation, query, cursor) == position


def test_it_is_text_for_an_address_and_shows_nothing() -> None:
    cursor = CURSORS.seal("acme", "search", "q", POSITION)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert b"layla" not in base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def test_one_position_has_another_cursor_each_time() -> None:
    assert CURSORS.seal("acme", "search", "q", POSITION) != CURSORS.seal("acme", "search", "q", POSITION)


def test_every_change_of_a_character_is_noticed() -> None:
    cursor = CURSORS.seal("acme", "search", "q", POSITION)
    for at, character in enumerate(cursor):
        for other in "AZaz09-_":
            if other != character:
                _refused(cursor[:at] + other + cursor[at + 1 :])


def test_whatever_is_wrong_the_refusal_is_one_and_the_same() -> None:
    cursor = CURSORS.seal("acme", "search", "q", POSITION)
    told = {
        _refused(cursor, enterprise="another"),
        _refused(cursor, operation="context"),
        _refused(cursor, query="other"),
        _refused(Cursors(lambda _: bytes(32)).seal("acme", "search", "q", POSITION)),
        _refused(cursor[:-1]),
        _refused(cursor + "A"),
        _refused(cursor + "="),
        _refused(cursor + "\n"),
        _refused(""),
        _refused("AAAA"),
        _refused("garbage"),
        _refused("ليلى"),
        _refused("\ud800"),
        _refused("A" * MAX_CURSOR),
        _refused("A" * (MAX_CURSOR + 1)),
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    ("sealed_for", "opened_for"),
    [
        (("a", "bc", "d"), ("ab", "c", "d")),
        (("a", '","', "b"), ("a", "", '","b')),
        (("a#b", "c", ""), ("a", "b#c", "")),
    ],
)
def test_no_two_queries_are_taken_for_one(sealed_for: tuple[str, str, str], opened_for: tuple[str, str, str]) -> None:
    cursor = CURSORS.seal(*sealed_for, POSITION)
    assert CURSORS.open(*sealed_for, cursor) == POSITION
    with pytest.raises(ValidationError):
        CURSORS.open(*opened_for, cursor)


def test_the_key_is_asked_for_once_and_only_by_a_process_that_pages() -> None:
    asked: list[str] = []

    def noted(purpose: str) -> bytes:
        asked.append(purpose)
        return secret(purpose)

    cursors = Cursors(noted)
    assert asked == []
    for _ in range(2):
        assert cursors.open("acme", "search", "q", cursors.seal("acme", "search", "q", POSITION)) == POSITION
    assert asked == ["cursors"]
