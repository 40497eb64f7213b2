"""One number, however it is typed, is one key."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.identifiers import phone
from customers.domain.identifiers.phone import MAX_TYPED, Phone, normalise, phone_beginning
from customers.domain.identifiers.phone_plan import PLAN
from customers.domain.refusals import ValidationError

LAYLA = "+97433001122"
CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
REGIONS = [None, "QA", "US", "IT", "GB", "DE", "JP", "AE"]


def issue(typed: str, home_region: str | None = None) -> str:
    """Why the number is refused; the refusal names the field, and never quotes what was typed."""
    with pytest.raises(ValidationError) as refused:
        normalise(typed, home_region, "customer.phone")
    assert refused.value.field == "customer.phone"
    return refused.value.issue


@pytest.mark.parametrize(
    "typed",
    [
        "+97433001122",
        "  +97433001122\t\n",
        "0097433001122",
        "00 974 3300 1122",
        " 97433001122",  # a form decoder's space
        " 974 3300 1122",
        "+974 3300 1122",
        "+974\u00a03300\u00a01122",
        "+974\u202f3300\u20091122",
        "+974-3300-1122",
        "+974\u20113300\u20121122",
        "+974\u20133300\u22121122",
        "+974.3300.1122",
        "(+974) 33001122",
        "+(974) [3300] 1122",
        "+٩٧٤٣٣٠٠١١٢٢",
        "٠٠٩٧٤ ٣٣٠٠ ١١٢٢",
        "+۹۷۴۳۳۰۰۱۱۲۲",
        "＋９７４３３００１１２２",
        "+९७४३३००११२२",
        "＋９７４－３３００－１１２２",
        "（+974）33001122",
        "+974［3300］1122",
        "+974．3300．1122",
        "+974。3300｡1122",
        "+974ー3300ｰ1122",
        "+974﹣3300﹘1122",
        "﹙+974﹚ 3300·1122",
        "+974۔3300۔1122",
        "【+974】{3300}〔1122〕",
        "+974־3300−1122",
        "+974\u30003300・1122",
    ],
)
def test_every_spelling_gives_one_key(typed: str) -> None:
    assert normalise(typed) == Phone(LAYLA)
    assert normalise(typed, "QA") == Phone(LAYLA)


@pytest.mark.parametrize("typed", ["33001122", "3300 1122", "٣٣٠٠١١٢٢", " 33001122", "97433001122"])
def test_a_national_number_is_expanded_by_the_home_region(typed: str) -> None:
    assert normalise(typed, "QA") == Phone(LAYLA)


def test_a_national_zero_is_dropped_where_the_region_has_one() -> None:
    assert normalise("020 7946 0123", "GB") == normalise("+442079460123") == Phone("+442079460123")
    assert normalise("+44 (0)20 7946 0123") == Phone("+442079460123")


def test_an_italian_zero_is_kept() -> None:
    assert normalise("+39 06 6982") == Phone("+39066982")
    assert normalise("06 6982 1234", "IT") == Phone("+390669821234")


def test_a_number_of_another_country_is_not_expanded() -> None:
    assert normalise("+4915112345678", "QA") == Phone("+4915112345678")
    assert normalise("004915112345678", "QA") == Phone("+4915112345678")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("-", "is empty"),
        ("()", "is empty"),
        ("+", "is not a phone number"),
        ("00", "is not a phone number"),
        ("+974ABCDEFGH", "digits, +, spaces"),
        ("+974 3300 1122 ext. 5", "digits, +, spaces"),
        ("+97433001122;ext=5", "digits, +, spaces"),
        ("+97433001122#5", "digits, +, spaces"),
        ("+97433001122x5", "digits, +, spaces"),
        ("tel:+97433001122", "digits, +, spaces"),
        ("+974\t33001122", "digits, +, spaces"),
        ("+974\n33001122", "digits, +, spaces"),
        ("+974\x0033001122", "digits, +, spaces"),
        ("+974²3001122", "digits, +, spaces"),
        ("+974\ud80033001122", "digits, +, spaces"),
        ("\u202a+97433001122\u202c", "invisible character"),
        ("\u200e+97433001122", "invisible character"),
        ("+974\u200b33001122", "invisible character"),
        ("+974\u00ad33001122", "invisible character"),
        ("+974\u201e33001122", "digits, +, spaces"),
        ("+974/33001122", "digits, +, spaces"),
        ("+974,33001122", "digits, +, spaces"),
        ("\u2068+97433001122\u2069", "invisible character"),
        ("++97433001122", "+ at its start"),
        ("+974+33001122", "+ at its start"),
        ("00+97433001122", "+ at its start"),
        ("97433001122+", "+ at its start"),
        ("33001122", "must begin with +"),
        ("97433001122", "must begin with +"),
        ("9" * 40, "must begin with +"),
        ("+" + "9" * 40, "is not a"),
        ("9" * (MAX_TYPED + 1), "is longer than 64"),
        ("+" + " " * MAX_TYPED + "97433001122", "is longer than 64"),
        ("+974033001122", "leave out the leading zero"),
        ("+974330011", "number of digits"),
        ("+974330011223344", "number of digits"),
        ("+49" + "1" * 14, "number of digits"),
        ("+99999999999", "is not a"),
        ("+0097433001122", "is not a"),
    ],
)
def test_what_is_no_number_is_refused(typed: str, says: str) -> None:
    assert says in issue(typed)


@pytest.mark.parametrize("typed", ["9" * 40, "1", "0", "000", "+974 330011223344"])
def test_a_home_region_makes_no_number_of_what_is_none(typed: str) -> None:
    issue(typed, "QA")


def test_the_longest_that_is_looked_at() -> None:
    padded = LAYLA + " " * (MAX_TYPED - len(LAYLA))
    assert normalise(padded) == Phone(LAYLA)
    assert "is longer" in issue(padded + " ")


def test_no_repr_shows_a_number() -> None:
    assert "3300" not in f"{normalise(LAYLA)!r} {normalise(LAYLA)} {[normalise(LAYLA)]}"


# Half of the examples are close to numbers; the other half is anything.
TYPED = st.text(string.digits + "+ -.()[]٠١٢٣۴۵６７\u00a0\u200eax#", max_size=24) | st.text(max_size=70)


@given(TYPED, st.sampled_from(REGIONS))
def test_arbitrary_text_gives_a_number_or_a_refusal(typed: str, home_region: str | None) -> None:
    try:
        found = normalise(typed, home_region)
    except ValidationError:
        return
    assert re.fullmatch(r"\+[1-9][0-9]{4,14}", found.e164)
    assert normalise(found.e164) == normalise(found.e164, home_region) == found


@given(TYPED.filter(lambda typed: sum(char.isdecimal() for char in typed) > 3), st.sampled_from(REGIONS))
def test_no_refusal_quotes_what_was_typed(typed: str, home_region: str | None) -> None:
    try:
        normalise(typed, home_region)
    except ValidationError as refusal:
        told = str(refusal).replace("e.g. +97433001122", "")
    else:
        return
    assert typed not in told
    assert "".join(char for char in typed if char.isdecimal()) not in told


def numbers(draw: Callable[[st.SearchStrategy[str]], str]) -> str:
    """A plus, a calling code that exists, and digits, of whatever length."""
    code = draw(st.sampled_from(CODES).map(str))
    return f"+{code}{draw(st.text(string.digits, min_size=3, max_size=15 - len(code)))}"


NUMBERS = st.composite(numbers)()


def by_the_library(number: str) -> str | None:
    """What phonenumbers makes of it; None where it finds it not possible."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


@given(NUMBERS)
def test_a_number_that_is_plainly_e164_is_so_for_the_library(number: str) -> None:
    if phone._plainly_e164(number):
        assert by_the_library(number) == number


@given(st.data(), st.sampled_from([code for code, (_, trunk) in PLAN.items() if trunk]))
def test_a_prefix_that_the_library_would_take_off_is_left_to_it(data: st.DataObject, code: str) -> None:
    lengths, trunk = PLAN[code]
    prefix = data.draw(st.from_regex(re.compile(trunk, re.ASCII), fullmatch=True))
    rest = data.draw(st.text(string.digits, min_size=max(0, min(lengths) - len(prefix)), max_size=15 - len(code)))
    number = f"+{code}{prefix}{rest}"[:16]
    assert not phone._plainly_e164(number) or by_the_library(number) == number


@pytest.mark.parametrize("code", sorted(PLAN))
def test_every_length_of_every_calling_code_is_so_for_the_library(code: str) -> None:
    lengths, _ = PLAN[code]
    for length in range(1, 16 - len(code)):
        for first in "123456789":
            number = f"+{code}{(first + '2345678912345678')[:length]}"
            if phone._plainly_e164(number):
                assert by_the_library(number) == number
                assert length in lengths


@pytest.mark.parametrize(
    "number", ["+97433001122", "+12025550123", "+442079460123", "+919876543210", "+966501234567", "+971501234567"]
)
def test_an_everyday_number_does_not_need_the_library(number: str) -> None:
    assert phone._plainly_e164(number)
    assert by_the_library(number) == number


@given(NUMBERS, st.sampled_from(["+{}", "00{}", " {}", "(+{})", "+ {}", "\u00a0+{}"]), st.sampled_from(REGIONS))
def test_two_spellings_of_a_number_give_one_key(number: str, spelling: str, home_region: str | None) -> None:
    try:
        expected = normalise(number, home_region)
    except ValidationError:
        return
    separated = "-".join(number[1:])
    assert normalise(spelling.format(number[1:]), home_region) == expected
    assert normalise(f"+{separated}"[:MAX_TYPED], home_region) == expected
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"):
        folded = number.translate(str.maketrans(string.digits, digits))
        assert normalise(folded, home_region) == expected


# ---------------------------------------------------------------------------------------------- beginnings of numbers


@given(st.sampled_from(CODES), st.text("0123456789", min_size=4, max_size=12), st.sampled_from(REGIONS))
def test_a_whole_number_begins_with_itself_however_it_is_typed(code: int, national: str, home: str | None) -> None:
    for typed in (f"+{code}{national}", f"00{code} {national}", national):
        try:
            whole = normalise(typed, home).e164
        except ValidationError:
            continue
        assert phone_beginning(typed, home) == whole


@given(st.integers(1, 12))
def test_the_beginning_of_what_is_typed_begins_the_number(length: int) -> None:
    if length > 1:
        assert phone_beginning(LAYLA[:length]) == LAYLA[:length]
        assert phone_beginning(f" ٠٠{LAYLA[1:length]}-") == LAYLA[:length]
    assert phone_beginning("33001122"[:length], "QA") == LAYLA[: 4 + length]


@pytest.mark.parametrize(
    ("typed", "home", "says"),
    [
        ("", "QA", "is empty"),
        ("+", "QA", "first 1 to 15 digits"),
        ("+0", "QA", "first 1 to 15 digits"),
        ("0", None, "must begin with + and the country code"),
        ("33", None, "must begin with + and the country code"),
        ("x", "QA", "may only have digits"),
        ("+" + "1" * 16, "QA", "first 1 to 15 digits"),
    ],
)
def test_what_begins_no_number_is_refused_by_its_field(typed: str, home: str | None, says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)) as refused:
        phone_beginning(typed, home, "query")
    assert refused.value.field == "query"
