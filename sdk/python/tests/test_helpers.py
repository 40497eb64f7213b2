"""Money and phones, beside the service's own rules; and what is published."""

from __future__ import annotations

import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import iso4217
import pytest

import customers_till
from customers.domain.currencies import CURRENCIES
from customers.domain.idempotency import KEPT
from customers.domain.identifiers.phone import normalise
from customers_till import Money, PhoneError, mask_phone, normalise_phone
from customers_till.journal import KEY_LIVES

HOME = Path(__file__).parents[1]
SPELLINGS = ["+974 3300-1122", "00974 3300 1122", "(+974) 33.00.11.22", "٠٠٩٧٤٣٣٠٠١١٢٢", "＋９７４３３００１１２２"]


def test_money_has_its_currencys_digits() -> None:
    assert str(Money(12500, "QAR")) == "QAR 125.00"
    assert str(Money(-5, "QAR")) == "QAR -0.05"
    assert str(Money(1234567, "KWD")) == "KWD 1,234.567"
    assert str(Money(12500, "JPY")) == "JPY 12,500"
    assert Money(1, "QAR") + Money(2, "QAR") == Money(3, "QAR")


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_every_currency_of_an_enterprise_has_iso_4217s_digits(currency: str) -> None:
    assert Money(1, currency).digits == iso4217.Currency(currency).exponent


def test_money_is_whole_and_does_not_mix_currencies() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "QAR")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="capital"):
        Money(1, "qar")
    with pytest.raises(ValueError, match="differ"):
        Money(1, "QAR") + Money(1, "KWD")


@pytest.mark.parametrize("typed", SPELLINGS)
def test_a_phone_has_one_spelling_which_is_the_services(typed: str) -> None:
    assert normalise_phone(typed) == normalise(typed).e164 == "+97433001122"


def test_a_national_number_stays_so() -> None:
    assert normalise_phone("٣٣٠٠ ١١٢٢") == "33001122"
    assert normalise_phone("𝟛𝟛𝟘𝟘𝟏𝟏𝟐𝟐") == "33001122"
    assert mask_phone("+97433001122") == "+•••••••••22"


@pytest.mark.parametrize("typed", ["", "hello", "+974\u200e33001122", "33001122 ext 4", "12+34567", "1" * 16])
def test_what_is_no_phone_is_refused_without_quoting_it(typed: str) -> None:
    with pytest.raises(PhoneError) as raised:
        normalise_phone(typed)
    assert not typed or typed not in str(raised.value)


def test_the_journal_believes_a_key_no_longer_than_the_service_keeps_it() -> None:
    assert KEY_LIVES <= KEPT


def test_the_package_is_ready_to_be_published(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    build = f"{uv} build --wheel --offline --quiet --out-dir {tmp_path} --cache-dir {tmp_path}/cache {HOME}"
    subprocess.run(shlex.split(build), check=True, capture_output=True)
    wheel = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    names = wheel.namelist()
    assert "customers_till/py.typed" in names
    assert not [name for name in names if "test" in name]
    metadata = wheel.read(next(name for name in names if name.endswith("METADATA"))).decode()
    assert f"Version: {customers_till.__version__}\n" in metadata
    assert [line for line in metadata.splitlines() if line.startswith("Requires-Dist")] == [
        "Requires-Dist: cryptography>=42 ; extra == 'encryption'"
    ]
    assert f"## {customers_till.__version__}\n" in (HOME / "CHANGELOG.md").read_text()
