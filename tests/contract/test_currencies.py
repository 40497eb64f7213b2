"""The table of currencies is what the maintained list of ISO 4217 says."""

from __future__ import annotations

from customers.domain.currencies import CURRENCIES
from generate.currencies import codes


def test_the_table_is_what_the_installed_list_gives() -> None:
    assert sorted(CURRENCIES) == codes()
    assert 150 < len(CURRENCIES) < 180
