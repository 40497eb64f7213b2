"""Money: a whole number of minor units with its currency. Never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

# By digits after the point, from ISO 4217. All others have two.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DIGITS = {code: digits for digits, codes in _CODES.items() for code in codes.split()}


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` is in minor units of `currency` (ISO 4217): `Money(12500, "QAR")` is QAR 125.00."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("minor must be a whole number of minor units")
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise ValueError("currency must be three capital letters")

    @property
    def digits(self) -> int:
        """Digits after the point."""
        return _DIGITS.get(self.currency, 2)

    def to_decimal(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-self.digits)

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError("the currencies differ")
        return Money(self.minor + other.minor, self.currency)

    def __str__(self) -> str:
        return f"{self.currency} {self.to_decimal():,.{self.digits}f}"
