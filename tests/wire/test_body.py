"""A body is read as its shape says, or refused with the field to mend, whatever was sent."""

from __future__ import annotations

import json
from typing import Any, Literal, NotRequired

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers.domain.refusals import TooLarge, ValidationError
from customers.wire.http.body import MAX_BODY, inside, read_body, read_body_if_any
from customers.wire.http.request import Request
from customers.wire.http.schema import TypedDict


class Part(TypedDict):
    name: str


class Shape(TypedDict):
    kind: Literal["a", "b"]
    count: NotRequired[int]
    ratio: NotRequired[float]
    text: NotRequired[str | None]
    part: NotRequired[Part]
    many: NotRequired[dict[str, str]]
    parts: NotRequired[list[Part]]


class Optional(TypedDict):
    text: NotRequired[str]


class Free(TypedDict):
    free: dict[str, Any]


SECRET = "+97433001122"


def _read(body: str | bytes | None, media_type: str | None = "application/json") -> Shape:
    headers = {"content-type": [media_type]} if media_type is not None else None
    sent = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    return read_body(Request(headers=headers, body=sent), Shape)


def _refusal(body: str | bytes | None, media_type: str | None = "application/json") -> tuple[str, str]:
    with pytest.raises(ValidationError) as refusal:
        _read(body, media_type)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None
    return refusal.value.field, refusal.value.issue


@pytest.mark.parametrize(
    "media_type", [None, "application/json", "Application/JSON; charset=utf-8", "application/json ;"]
)
def test_a_body_of_its_shape_is_read(media_type: str | None) -> None:
    told = {"kind": "a", "count": 3, "ratio": 1, "text": "ليلى 🥛", "part": {"name": "x"}, "many": {"any": "thing"}}
    assert _read(json.dumps(told), media_type) == told
    assert _read(json.dumps(told, ensure_ascii=False), media_type) == told
    assert _read('{"kind": "b", "text": null}', media_type) == {"kind": "b", "text": None}


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "", " ", "application/jsonp"]
)
def test_another_media_type_is_refused_by_name(media_type: str) -> None:
    if media_type:
        assert _refusal('{"kind": "a"}', media_type)[0] == "Content-Type"
    else:
        assert _read('{"kind": "a"}', media_type) == {"kind": "a"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "kind"),
        ('{"kind": "c"}', "kind"),
        ('{"kind": "+97433001122"}', "kind"),
        ('{"kind": 1}', "kind"),
        ('{"kind": "a", "count": "3"}', "count"),
        ('{"kind": "a", "count": 3.0}', "count"),
        ('{"kind": "a", "count": true}', "count"),
        ('{"kind": "a", "count": null}', "count"),
        ('{"kind": "a", "ratio": "+97433001122"}', "ratio"),
        ('{"kind": "a", "text": 97433001122}', "text"),
        ('{"kind": "a", "text": ["+97433001122"]}', "text"),
        ('{"kind": "a", "part": {"name": 1}}', "part"),
        ('{"kind": "a", "part": {"name": "x", "more": 1}}', "part"),
        ('{"kind": "a", "many": {"+97433001122": 1}}', "many"),
        ('{"kind": "a", "parts": {}}', "parts"),
        ('{"kind": "a", "parts": [{"name": "x"}, 1]}', "parts.1"),
        ('{"kind": "a", "parts": [{"name": "x"}, {}]}', "parts.1.name"),
        ('{"kind": "a", "parts": [{"name": "x", "more": 1}]}', "parts.0.more"),
        ('{"kind": "a", "parts": [{"name": "x", "+97433001122": 1}]}', "parts.0"),
        ('{"kind": "a", "Count": 3}', "Count"),
        ('{"kind": "a", "+97433001122": 3}', "body"),
        ('{"kind": "a", "": 3}', "body"),
        ('{"kind": "a", "kind": "b"}', "kind"),
        ('{"kind": "a", "+97433001122": 1, "+97433001122": 2}', "body"),
        ('{"kind": "a", "part": {"name": "x", "name": "y"}}', "name"),
        ('{"kind": "a", "count": 1e999}', "body"),
        ('{"kind": "a", "count": -1e999}', "body"),
        ('{"kind": "a", "count": NaN}', "body"),
        ('{"kind": "a", "count": Infinity}', "body"),
        ('{"kind": "a", "count": -Infinity}', "body"),
        ('{"kind": "a", "text": ' + "9" * 39 + "}", "text"),
        ('{"kind": "a", "count": ' + "9" * 5000 + "}", "body"),
        ('{"kind": "a", "ratio": 0.' + "9" * 5000 + "}", "body"),
        ('{"kind": "a", "text": "\\ud800"}', "text"),
        ('{"kind": "a", "text": "\\udc00\\ud800"}', "text"),
        ('{"kind": "a", "part": {"name": "\\ud83d"}}', "part"),
        ('{"kind": "a", "many": {"\\ud83d": "x"}}', "many"),
        ('{"kind": "a", "\\ud800": 1}', "body"),
        ('{"kind": "a", "text": "\ud800"}', "body"),
        ('{"kind": "a", "text": "\n"}', "body"),
        (b'{"kind": "a", "text": "\xff"}', "body"),
        (b'\xef\xbb\xbf{"kind": "a"}', "body"),
        ('{"kind": "a"}'.encode("utf-16"), "body"),
        (None, "body"),
        ("", "body"),
        (" \n", "body"),
        ("kind=a", "body"),
        ('{"kind": "a"', "body"),
        ('{"kind": "a"} {}', "body"),
        ("{'kind': 'a'}", "body"),
        ('["+97433001122"]', "body"),
        ('"+97433001122"', "body"),
        ("97433001122", "body"),
        ("null", "body"),
        ("true", "body"),
        ("[" * 30_000 + "]" * 30_000, "body"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "body"),
        ('{"kind": ' + "[" * 900 + "]" * 900 + "}", "kind"),
    ],
)
def test_what_is_not_of_the_shape_is_refused_by_name(body: str | bytes | None, field: str) -> None:
    told, issue = _refusal(body)
    assert told == field
    assert issue


def test_more_than_a_body_may_hold_is_too_large() -> None:
    filling = '{"kind": "a", "text": "%s"}'
    room = MAX_BODY - len(filling % "")
    assert _read(filling % ("x" * room))["kind"] == "a"
    with pytest.raises(TooLarge):
        _read(filling % ("x" * (room + 1)))
    with pytest.raises(TooLarge):
        _read(filling % ("ل" * (room // 2 + 1)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from(["kind", "count", "ratio", "text", "part", "many", "other"]), JSON))
@example({"kind": "a", "count": 10**38})
def test_any_object_is_read_as_it_was_sent_or_refused(told: dict[str, Any]) -> None:
    try:
        read: Any = _read(json.dumps(told))
    except ValidationError as refusal:
        read = refusal.field
    assert read == told or read in {*told, "kind", "body"}


@given(st.binary(max_size=200) | st.text(st.characters(), max_size=200))
def test_any_bytes_are_read_or_refused(body: str | bytes) -> None:
    with pytest.raises(ValidationError):
        _read(body)


@pytest.mark.parametrize("body", [None, "", " \n"])
@pytest.mark.parametrize("media_type", [None, "application/json", "text/plain"])
def test_a_body_that_may_be_left_out_is_empty_then(body: str | None, media_type: str | None) -> None:
    headers = {"content-type": [media_type]} if media_type else None
    request = Request(headers=headers, body=body.encode() if body is not None else None)
    assert read_body_if_any(request, Optional) == {}


def test_a_body_that_may_be_left_out_is_read_where_it_is_not() -> None:
    assert read_body_if_any(Request(body=b'{"text": "x"}'), Optional) == {"text": "x"}
    with pytest.raises(ValidationError, match="other: is not a field"):
        read_body_if_any(Request(body=b'{"other": 1}'), Optional)


def test_what_is_refused_inside_a_part_is_named_with_its_place() -> None:
    with pytest.raises(ValidationError) as refusal, inside("parts.3"):
        raise ValidationError("name", "is missing")
    assert (refusal.value.field, refusal.value.issue) == ("parts.3.name", "is missing")


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("1.0", 1.0),
        ("9007199254740993.0", 9007199254740993),
        ("9.007199254740993e15", 9007199254740993),
        ("1e23", 10**23),
        ("0.1", 0.1),
        ("9007199254740993.5", 9007199254740993.5),
    ],
)
def test_a_whole_number_is_read_as_that_number_however_it_is_written(number: str, read: float) -> None:
    assert read_body(Request(body=f'{{"free": {{"n": {number}}}}}'.encode()), Free)["free"]["n"] == read
