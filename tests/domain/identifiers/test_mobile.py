"""Only to a mobile number that somebody may have a link can go."""

from __future__ import annotations

import pytest

from customers.domain.identifiers.mobile import require_mobile
from customers.domain.identifiers.phone import Phone, normalise
from customers.domain.refusals import ValidationError


@pytest.mark.parametrize("number", ["+97433001122", "+97455003344", "+447911123456", "+12025550123", "+966512345678"])
def test_a_mobile_number_is_taken(number: str) -> None:
    require_mobile(normalise(number))


def test_a_number_of_another_country_is_told_which_countries_get_links() -> None:
    for countries, said in (({"SA", "QA"}, "QA, SA"), (set[str](), "none")):
        with pytest.raises(ValidationError, match=f"sends SMS: {said}$"):
            require_mobile(Phone("+12025550123"), countries)


@pytest.mark.parametrize(
    "number", ["+97444123456", "+442079460000", "+97411234567", "+974800123", "+97490012345", "+19005550123"]
)
def test_a_landline_or_a_number_that_nobody_has_is_refused_without_a_word_of_it(number: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        require_mobile(Phone(number))
    assert refusal.value.field == "phone"
    assert number[1:] not in str(refusal.value)
