"""A state of a workflow: its outcome is data, its failure says nothing."""

from __future__ import annotations

import io
import json
import traceback
from collections.abc import Mapping
from datetime import datetime

import pytest

from customers.edge.log import logger
from customers.edge.messaging.workflow_task import StepFailed, step

SECRET = "Layla +97433001122"
GIVEN = {"enterprise": "acme", "customer_id": "usr_1", "job": "job_1"}


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = io.StringIO()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_what_comes_of_it_is_a_word(log: io.StringIO) -> None:
    seen: list[Mapping[str, str]] = []

    def act(given: Mapping[str, str], now: datetime) -> str:
        assert now.tzinfo
        seen.append(given)
        return "ready"

    assert step("prepare_export", act)(GIVEN, None) == {"outcome": "ready"}
    assert seen == [GIVEN]
    (line,) = map(json.loads, log.getvalue().splitlines())
    assert (line["operation"], line["outcome"], line["failed"]) == ("prepare_export", "ready", 0)


def test_a_failure_is_logged_by_type_and_place_and_raised_without_a_word(log: io.StringIO) -> None:
    def act(_given: Mapping[str, str], _now: datetime) -> str:
        raise ValueError(SECRET)

    with pytest.raises(StepFailed) as raised:
        step("prepare_export", act)(GIVEN, None)
    assert str(raised.value) == ""
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    failed, done = map(json.loads, log.getvalue().splitlines())
    assert (failed["error"], failed["operation"]) == ("ValueError", "prepare_export")
    assert done["failed"] == 1
    assert SECRET not in log.getvalue()
