"""Instants are read strictly and written so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.instants import parse_instant, show_instant, sortable_instant
from customers.domain.refusals import ValidationError

ANY = st.datetimes(timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "is_at"),
    [
        ("2026-06-05T09:10:00Z", datetime(2026, 6, 5, 9, 10, tzinfo=UTC)),
        ("2026-06-05t09:10:00z", datetime(2026, 6, 5, 9, 10, tzinfo=UTC)),
        ("2026-06-05 09:10:00Z", datetime(2026, 6, 5, 9, 10, tzinfo=UTC)),
        ("2026-06-05T12:10:00+03:00", datetime(2026, 6, 5, 9, 10, tzinfo=UTC)),
        ("2026-06-05T03:40:00-05:30", datetime(2026, 6, 5, 9, 10, tzinfo=UTC)),
        ("2026-06-05T09:10:00.5Z", datetime(2026, 6, 5, 9, 10, 0, 500_000, tzinfo=UTC)),
        ("2026-06-05T09:10:00.123456Z", datetime(2026, 6, 5, 9, 10, 0, 123_456, tzinfo=UTC)),
        ("2026-06-05T09:10:00.123456789+00:00", datetime(2026, 6, 5, 9, 10, 0, 123_456, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_rfc_3339_with_any_offset_is_read(text: str, is_at: datetime) -> None:
    read = parse_instant(text, "occurred_at")
    assert read == is_at
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-06-05",
        "2026-06-05T09:10:00",
        "2026-06-05T09:10Z",
        "2026-06-05T09:10:00.Z",
        "2026-06-05T09:10:00.1234567890Z",
        "2026-06-05T09:10:00 Z",
        "2026-06-05T09:10:00+0300",
        "2026-06-05T09:10:00+03",
        "20260605T091000Z",
        " 2026-06-05T09:10:00Z",
        "2026-06-05T09:10:00Z\n",
        "٢٠٢٦-06-05T09:10:00Z",
        "1780650600",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="occurred_at: must be RFC 3339"):
        parse_instant(text, "occurred_at")


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-06-05T25:10:00Z",
        "2026-06-05T09:60:00Z",
        "2026-06-05T09:10:60Z",
        "0000-01-01T00:00:00Z",
        "2026-06-05T09:10:00+99:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_an_instant_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="occurred_at: is not a valid date and time"):
        parse_instant(text, "occurred_at")


@given(
    st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", fullmatch=True)
)
def test_arbitrary_text_gives_an_instant_or_a_refusal(text: str) -> None:
    try:
        read = parse_instant(text, "occurred_at")
    except ValidationError:
        return
    assert read.utcoffset() == timedelta(0)


@given(ANY)
def test_what_is_written_can_be_read(at: datetime) -> None:
    assert parse_instant(sortable_instant(at), "") == at
    assert parse_instant(show_instant(at), "") == at.replace(microsecond=0)


@given(ANY, ANY)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (sortable_instant(one) < sortable_instant(other)) == (one < other)


@given(ANY, st.integers(-23, 23))
def test_an_offset_changes_nothing(at: datetime, hours: int) -> None:
    try:
        elsewhere = at.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    assert parse_instant(elsewhere.isoformat(), "") == at
