"""Every refusal that any test meets names a field and then says in words what to fix, never the other way round."""

from __future__ import annotations

import re
from typing import Any

from customers.domain.refusals import Refusal


def install() -> None:
    """Hold all refusals of this process to it."""
    refusal: Any = Refusal
    begin = refusal.__init__

    def held(self: Refusal, field: str, issue: str) -> None:
        assert re.search(r"\w \w", issue), f"{issue!r} does not say what is wrong with {field!r}"
        begin(self, field, issue)

    refusal.__init__ = held
