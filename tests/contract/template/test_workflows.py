"""The workflows, walked state by state: which functions run, in which order, and how it ends whatever they answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from customers.domain.erasure.plan import Erasure
from customers.domain.events.published import customer_erased, erasure_escalated
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.store.aws.queues import LONGEST_WAIT
from gdpr.settle_erasure import WAITS
from tests.support.template.deployed import functions, properties
from tests.support.template.walking import Thrown, Walk, definition, function_of, walk

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ASKED = Erasure("era_1", "usr_1", "VERIFIED", NOW, "escalated")
ERASED = customer_erased("acme", ASKED.carried_out("anonymized", "VERIFIED", NOW)).detail
ESCALATED = erasure_escalated("acme", ASKED).detail
RESTORED = {**ERASED, "restored": "true"}
"""As `make replay-erasures` starts it."""
JOB = {"job": "job_1", "enterprise": "acme", "customer_id": "usr_1"}
HISTORY, COPIES, FILES, LETTERS, SEAL = SWEEPS = [
    "SweepHistoryFunction",
    "SweepCopiesFunction",
    "SweepFilesFunction",
    "SweepRefusedFactsFunction",
    "SealErasureFunction",
]
SETTLE, AGAIN, FAIL = "SettleErasureFunction", "EraseAgainFunction", "FailErasureFunction"
GOES_WELL = {HISTORY: "swept", COPIES: "swept", FILES: "swept", LETTERS: "swept", SEAL: "done", SETTLE: "erased"}
GOES_WELL |= {AGAIN: "gone", FAIL: "noted", "PrepareExportFunction": "ready"}
THROWS = Thrown()

ERASURE, EXPORT = definition("ErasureWorkflow"), definition("ExportWorkflow")
MACHINES = {"ErasureWorkflow": ERASURE, "ExportWorkflow": EXPORT}
TASKS = [
    (machine, name) for machine in MACHINES for name, each in MACHINES[machine]["States"].items() if "Resource" in each
]
HISTORY_EVENTS = 25_000
"""After so many AWS ends an execution."""


def walked(given: Mapping[str, Any], answers: Mapping[str, Iterable[str | Thrown]] | None = None) -> Walk:
    """What happens where functions answer so, one time after the other, and then as where all goes well."""
    left = {name: list(each) for name, each in (answers or {}).items()}
    machine = EXPORT if given is JOB else ERASURE

    def act(function: str, told: Mapping[str, Any]) -> str:
        assert {name: told[name] for name in given} == given, "every function is told whom it is about"
        answer = left[function].pop(0) if left.get(function) else GOES_WELL[function]
        if isinstance(answer, Thrown):
            raise answer
        return answer

    return walk(machine, given, act)


def test_an_erasure_is_swept_store_by_store_and_sealed_last() -> None:
    done = walked(ERASED)
    assert (done.tasks, done.end) == (SWEEPS, "")


def test_before_the_refused_facts_all_that_was_under_way_has_ended() -> None:
    """A fact is applied or refused after its last try; an export that is being made ends with its function."""
    (others,) = walked(ERASED).waits
    facts = (
        sum(min(2**tries, LONGEST_WAIT) for tries in range(MAX_TRIES - 1)) + functions()["FoldFactsFunction"]["Timeout"]
    )
    exports = functions()["PrepareExportFunction"]["Timeout"]
    assert max(facts, exports) < others <= 2 * max(facts, exports)
    path = walked(ERASED).path
    assert path.index("SweepFiles") < path.index("LetOthersEnd") < path.index("SweepRefusedFacts")


@pytest.mark.parametrize("sweep", [HISTORY, COPIES, FILES, LETTERS])
def test_a_sweep_that_is_not_through_goes_on_and_nothing_else_does(sweep: str) -> None:
    done = walked(ERASED, {sweep: ["goes_on", "goes_on"]})
    at = SWEEPS.index(sweep)
    assert (done.tasks, done.end) == ([*SWEEPS[:at], sweep, sweep, *SWEEPS[at:]], "")
    assert done.waits == walked(ERASED).waits


def test_what_is_left_at_the_seal_has_all_swept_once_more_after_a_while() -> None:
    done = walked(ERASED, {SEAL: ["left", "left"]})
    assert (done.tasks, done.end) == (SWEEPS * 3, "")
    others, once_more, *_ = done.waits
    assert done.waits == [others, once_more, others, once_more, others]
    assert 15 <= once_more <= 60
    # No choice on the way has to find out that it goes on from the beginning.
    assert done.path[done.path.index("OnceMore") + 1] == "SweepHistory"


def test_a_seal_that_is_stuck_is_noted_and_rings() -> None:
    done = walked(ERASED, {SEAL: ["stuck"]})
    assert (done.tasks, done.end) == ([*SWEEPS, FAIL], "ErasureFailed")


def test_one_that_waits_for_money_looks_every_hour_and_sweeps_nothing_itself() -> None:
    done = walked(ESCALATED, {SETTLE: ["waiting", "waiting", "erased"]})
    assert (done.tasks, done.waits, done.end) == ([SETTLE] * 3, [3600] * 3, "")


def test_one_that_waited_in_vain_fails_under_its_own_name() -> None:
    done = walked(ESCALATED, {SETTLE: ["waiting", "expired"]})
    assert (done.tasks, done.end) == ([SETTLE] * 2, "ErasureExpired")


def test_who_was_restored_is_erased_again_and_that_erasure_sweeps() -> None:
    done = walked(RESTORED, {AGAIN: ["erased"]})
    assert (done.tasks, done.end) == ([AGAIN], "")


def test_of_who_was_not_restored_what_else_was_is_swept() -> None:
    done = walked(RESTORED, {AGAIN: ["gone"]})
    assert (done.tasks, done.end) == ([AGAIN, *SWEEPS], "")
    assert done.waits == walked(ERASED).waits


@pytest.mark.parametrize(("machine", "name"), TASKS)
def test_a_task_that_throws_once_is_tried_again_and_all_goes_on(machine: str, name: str) -> None:
    state = MACHINES[machine]["States"][name]
    given, answers = _leading_to(function_of(state))
    plain, once = (
        walked(given, answers),
        walked(given, {**answers, function_of(state): [THROWS, *answers.get(function_of(state), [])]}),
    )
    at = plain.tasks.index(function_of(state))
    assert once.tasks == [*plain.tasks[:at], function_of(state), *plain.tasks[at:]]
    assert (once.end, len(once.pauses)) == (plain.end, 1)


@pytest.mark.parametrize(("machine", "name"), TASKS)
def test_a_task_that_keeps_throwing_ends_it_in_words_of_ours_and_nothing_runs_after_it(machine: str, name: str) -> None:
    """What a function's error says would stay in the history, where erasure does not reach."""
    function = function_of(MACHINES[machine]["States"][name])
    given, answers = _leading_to(function)
    done = walked(given, {**answers, function: [THROWS] * 99})
    tries = done.tasks.count(function)
    noting = [] if machine == "ExportWorkflow" or function == FAIL else [FAIL]
    assert done.tasks[-tries - len(noting) :] == [function] * tries + noting
    assert done.end == ("ExportFailed" if machine == "ExportWorkflow" else "ErasureFailed")
    assert len(done.pauses) == tries - 1 >= 3
    assert done.pauses == sorted(done.pauses)
    assert done.pauses[0] <= 5
    # It outlasts an outage of an hour, though the jitter halves the pauses on average, and looks again soon after it.
    assert sum(done.pauses) / 2 >= 3600 * 1.2
    assert done.pauses[-1] <= 120


def _leading_to(function: str) -> tuple[Mapping[str, Any], dict[str, list[str | Thrown]]]:
    """What has this function run."""
    if function == SETTLE:
        return ESCALATED, {}
    if function == AGAIN:
        return RESTORED, {AGAIN: ["gone"]}
    if function == FAIL:
        return ERASED, {SEAL: ["stuck"]}
    return (JOB if function == "PrepareExportFunction" else ERASED), {}


def test_an_export_is_prepared_and_that_is_all() -> None:
    done = walked(JOB)
    assert (done.tasks, done.waits, done.end) == (["PrepareExportFunction"], [], "")
    failed = walked(JOB, {"PrepareExportFunction": [THROWS] * 99})
    assert (len(failed.tasks), failed.pauses[:4]) == (81, [2, 6, 18, 54])
    assert "over an hour" in properties("AWS::CloudWatch::Alarm")["ExportFailsAlarm"]["AlarmDescription"]


def test_one_that_waits_for_money_ends_before_its_history_is_full() -> None:
    """Each round is eleven events of the history: a wait, a task with its retries left out, and two choices."""
    (seconds,) = walked(ESCALATED).waits
    assert WAITS / timedelta(seconds=seconds) * 11 < HISTORY_EVENTS
