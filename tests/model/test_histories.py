"""Random histories through the real code: what every reader sees is what the model says.

`HYPOTHESIS_PROFILE` chooses how many: 50, or 2,000 in the thorough one. A seed that differs joins `EVER_DIFFERED`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import settings
from mypy_boto3_dynamodb import DynamoDBClient

from tests.model.compare import differences, smallest
from tests.model.histories import EARLIER, history, importing_history, parting_history
from tests.model.steps import Step

pytestmark = pytest.mark.slow

EVER_DIFFERED = (*sorted(EARLIER),)
"""Seeds of histories that once differed; they stay for good."""
PARTED = (1516, 1553, 101124, 101196, 103234)
"""The same of customers who are merged and set free again."""
THOROUGH = settings.default is settings.get_profile("thorough")
MANY = max(1, settings().max_examples - len(EVER_DIFFERED))
PARTS = 10
"""A run of histories is so many tests, so that a failure is seen before the last history."""


def seeds() -> list[int]:
    """The same ones each time; in the thorough profile new ones, or those from `SEED` on."""
    first = int(os.environ.get("SEED", Random().randrange(10**9) if THOROUGH else 0))
    return list(range(first, first + MANY))


def check(client: DynamoDBClient, seed: int, told: Callable[[int], list[Step]] = history) -> None:
    steps = told(seed)
    # Exports and stats take a third of the time.
    whole = THOROUGH or seed % 3 == 0 or seed in (*EVER_DIFFERED, *PARTED)
    if not differences(client, steps, seed, whole=whole):
        return
    fewest = smallest(client, steps, seed)
    shown = [
        *map(str, fewest),
        *(f"{where}: model {says}, code {has}" for where, says, has in differences(client, fewest, seed)),
    ]
    pytest.fail(f"seed {seed} differs:\n" + "\n".join(shown), pytrace=False)


@pytest.mark.parametrize("seed", EVER_DIFFERED)
def test_a_history_that_once_differed(tables: DynamoDBClient, seed: int) -> None:
    check(tables, seed)


@pytest.mark.parametrize("seed", PARTED)
@pytest.mark.parametrize("told", [history, parting_history])
def test_a_history_with_unmerges_that_once_differed(
    tables: DynamoDBClient, seed: int, told: Callable[[int], list[Step]]
) -> None:
    check(tables, seed, told)


@pytest.mark.property
@pytest.mark.parametrize("part", range(PARTS))
def test_random_histories_are_as_the_model_says(tables: DynamoDBClient, part: int) -> None:
    for seed in seeds()[part::PARTS]:
        check(tables, seed)


@pytest.mark.property
@pytest.mark.parametrize("part", range(PARTS))
def test_imports_count_once_whatever_comes_of_the_customer(tables: DynamoDBClient, part: int) -> None:
    for seed in seeds()[part::PARTS]:
        check(tables, seed, importing_history)


@pytest.mark.parametrize("part", range(PARTS))
def test_merges_and_unmerges_leave_what_the_model_says(tables: DynamoDBClient, part: int) -> None:
    for seed in seeds()[part::PARTS]:
        check(tables, seed, parting_history)
