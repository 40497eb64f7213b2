"""The one retry on conflict."""

from __future__ import annotations

import pytest

from customers.domain.refusals import Conflict
from customers.retries import retry_on_conflict


def test_who_is_overtaken_again_and_again_waits_longer_and_never_long(
    naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.retries.random.uniform", lambda _, longest: longest)

    def overtaken() -> None:
        raise Conflict

    with pytest.raises(Conflict):
        retry_on_conflict(overtaken, 7)
    assert naps == [0.02, 0.04, 0.08, 0.16, 0.2, 0.2]
