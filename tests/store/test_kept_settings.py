"""Settings are read once a minute, and never kept for longer."""

from __future__ import annotations

import pytest

from customers.domain.refusals import CannotApply
from customers.store.kept_settings import SECONDS, KeptSettings
from tests.support.books import Books, calls
from tests.support.facts import NOON, enterprise_fact

CONFIGURED = "enterprise.configured"


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(books: Books, clock: Clock) -> KeptSettings:
    return KeptSettings(books.registry, clock)


def test_settings_are_read_once_a_minute(books: Books, kept: KeptSettings, clock: Clock) -> None:
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise))
    with calls(books.client) as asked:
        for _ in range(3):
            assert kept.of(books.enterprise)
        clock.now += SECONDS - 0.1
        assert kept.of(books.enterprise)
        assert asked == ["GetItem"]
        clock.now += 0.1
        assert kept.of(books.enterprise)
        assert asked == ["GetItem"] * 2


def test_a_setting_that_another_process_changed_counts_within_a_minute(
    books: Books, kept: KeptSettings, clock: Clock
) -> None:
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise, home_region="QA"))
    assert (before := kept.of(books.enterprise))
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise, home_region="AE", at=NOON.replace(hour=13)))
    clock.now += SECONDS
    assert (after := kept.of(books.enterprise))
    assert (before.home_region, after.home_region) == ("QA", "AE")


def test_a_setting_that_this_process_changed_counts_at_once(books: Books, kept: KeptSettings) -> None:
    kept.post(enterprise_fact(CONFIGURED, books.enterprise, home_region="QA"))
    assert (before := kept.of(books.enterprise))
    kept.post(enterprise_fact(CONFIGURED, books.enterprise, home_region="AE", at=NOON.replace(hour=13)))
    assert (after := kept.of(books.enterprise))
    assert (before.home_region, after.home_region) == ("QA", "AE")
    # Also where it is not known what came of it.
    with pytest.raises(CannotApply):
        kept.post(enterprise_fact(CONFIGURED, books.enterprise, currency="USD", at=NOON.replace(hour=14)))
    with calls(books.client) as asked:
        kept.of(books.enterprise)
    assert asked == ["GetItem"]


def test_an_enterprise_that_is_not_configured_is_asked_for_every_time(books: Books, kept: KeptSettings) -> None:
    assert kept.of(books.enterprise) is None
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise))
    assert kept.of(books.enterprise)


@pytest.mark.parametrize("back", [1, 1_000_000])
def test_a_clock_that_is_set_back_keeps_nothing_for_longer(
    books: Books, kept: KeptSettings, clock: Clock, back: int
) -> None:
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise))
    kept.of(books.enterprise)
    clock.now -= back
    with calls(books.client) as asked:
        kept.of(books.enterprise)
        kept.of(books.enterprise)
    assert asked == ["GetItem"]


def test_each_enterprise_has_its_own(books: Books, kept: KeptSettings) -> None:
    books.registry.post(enterprise_fact(CONFIGURED, books.enterprise))
    assert kept.of(books.enterprise)
    assert kept.of(f"{books.enterprise}-other") is None
