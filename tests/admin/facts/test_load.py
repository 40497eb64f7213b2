"""A file of facts goes into the queue whole, whatever interrupts it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from admin.facts import folding, load, loading
from admin.facts.parts import PART
from admin.facts.progress import Progress, save
from admin.facts.standstill import AFTER
from admin.stack import queues
from admin.stack.location import Stack
from admin.stack.refusal import Refusal
from customers.store.records.fact_rows import fact_record_key
from tests.admin.conftest import Office, fact

pytestmark = pytest.mark.slow

Load = Callable[..., int]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.jsonl"


@pytest.fixture
def run(office: Office, folded: list[str], monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a file as the command does, fifty lines a window."""
    monkeypatch.setattr(loading, "WINDOW", 50)

    def run(
        path: Path, *, again: bool = False, most_waiting: int = load.MOST_WAITING, stalled_after: float = AFTER
    ) -> int:
        chosen = argparse.Namespace(
            file=path,
            again=again,
            most_waiting=most_waiting,
            stalled_after=stalled_after,
            in_parts=False,
            part_lines=PART,
        )
        return load.run(office.stack, chosen)

    return run


def write(path: Path, lines: Sequence[str]) -> list[str]:
    path.write_text("".join(f"{line}\n" for line in lines))
    return list(lines)


def refused(path: Path) -> list[dict[str, Any]]:
    kept = path.with_name("facts.jsonl.refused.jsonl")
    return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def kept_progress(path: Path) -> Progress:
    return Progress(**json.loads(path.with_name("facts.jsonl.progress").read_text()))


# ------------------------------------------------------------------------------------------- what is sent


def test_every_fact_is_sent_once_and_as_it_is_written(path: Path, run: Load, folded: list[str]) -> None:
    lines = write(path, [fact(number, note="é 🥛") for number in range(123)])
    assert run(path) == 0
    assert sorted(folded) == sorted(lines)
    assert kept_progress(path).done
    assert refused(path) == []


def test_ends_of_lines_and_blank_ones_do_not_matter(path: Path, run: Load, folded: list[str]) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + f"{fact(1)}\r\n\n   \n\t{fact(2)}  \n{fact(3)}".encode())
    assert run(path) == 0
    assert folded == [fact(1), fact(2), fact(3)]


def test_an_empty_file_is_done(path: Path, run: Load, folded: list[str]) -> None:
    path.touch()
    assert run(path) == 0
    assert folded == []


def test_a_line_that_is_no_fact_is_kept_with_its_reason_and_the_rest_is_sent(
    path: Path, run: Load, folded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, [fact(1), "{bad", fact(2, amount_minor="2"), "", fact(3), "[]"])
    assert run(path) == 1
    assert folded == [fact(1), fact(3)]
    assert [(each["line"], each["reason"].partition(":")[0]) for each in refused(path)] == [
        (2, "body"),
        (3, "amount_minor"),
        (6, "body"),
    ]
    kept = path.with_name("facts.jsonl.refused.jsonl")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert f"refused and not sent: 3. {kept} has" in capsys.readouterr().err


def test_what_was_refused_can_be_mended_where_it_lies_and_loaded_from_there(
    path: Path, run: Load, folded: list[str]
) -> None:
    write(path, [fact(1, name="ليلى"), fact(2, amount_minor="2")])
    assert run(path) == 1
    kept = path.with_name("facts.jsonl.refused.jsonl")
    kept.write_text(kept.read_text().replace('"amount_minor": "2"', '"amount_minor": 2'))
    assert run(kept) == 0
    assert json.loads(folded[1])["detail"] == json.loads(fact(2))["detail"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (fact(1, note="x" * 256 * 1024).encode(), "body: must be at most"),
        (b'{"detail": "' + b"x" * 3_000_000, "body: must be at most"),
        (fact(1).encode().replace(b"acme", b"\xff"), "body: is not UTF-8"),
        (fact(1, note="\uffff").encode(), "body: has a character"),
        (b"[" * 100_000, "body: "),
        (b'{"detail-type": "customer.verified", "detail": {"fact_id": "\\ud800"}}', "body: "),
    ],
)
def test_what_no_queue_takes_is_refused_and_its_neighbours_are_sent(
    path: Path, run: Load, folded: list[str], raw: bytes, reason: str
) -> None:
    path.write_bytes(b"\n".join([fact(1).encode(), raw, fact(2).encode()]))
    assert run(path) == 1
    assert folded == [fact(1), fact(2)]
    ((line, why),) = [(each["line"], each["reason"]) for each in refused(path)]
    assert (line, why.startswith(reason)) == (2, True), why


# ----------------------------------------------------------------------------------------- interruptions


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int, how: Callable[[], None]) -> None:
    """Have something happen right after the progress was saved for the `after`th time."""
    saved = [0]

    def save_and(path: Path, progress: Progress) -> None:
        save(path, progress)
        saved[0] += 1
        if saved[0] == after:
            how()

    monkeypatch.setattr(loading, "save", save_and)


def ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_stops_after_the_window_in_flight_and_the_next_run_goes_on(
    path: Path, run: Load, office: Office, folded: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    lines = write(path, [fact(number) if number % 30 else "bad" for number in range(123)])
    with monkeypatch.context() as patched:
        interrupt(patched, 1, ctrl_c)
        assert run(path) == 130
    assert "Stopped before line 51; run the same command again to continue" in capsys.readouterr().out
    assert (kept_progress(path).line, folded) == (50, [])
    assert sorted(office.facts()) == sorted(set(lines[:50]) - {"bad"})

    assert run(path) == 1
    assert f"Continuing {path} at line 51; 48 facts were sent before" in capsys.readouterr().out
    assert sorted(folded) == sorted(set(lines[50:]) - {"bad"})
    assert [each["line"] for each in refused(path)] == [1, 31, 61, 91, 121]


def test_the_usual_ctrl_c_is_back_afterwards(path: Path, run: Load) -> None:
    before = signal.getsignal(signal.SIGINT)
    write(path, [fact(1)])
    run(path)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_crash_sends_one_window_again_and_loses_none(
    path: Path, run: Load, folded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = write(path, [fact(number) if number % 30 else "bad" for number in range(123)])
    saves: list[Progress] = []

    def crash(where: Path, progress: Progress) -> None:
        if saves:
            raise MemoryError
        saves.append(progress)
        save(where, progress)

    with monkeypatch.context() as patched:
        patched.setattr(loading, "save", crash)
        with pytest.raises(MemoryError):
            run(path)
    assert run(path) == 1
    assert sorted(folded) == sorted(line for line in lines + lines[50:100] if line != "bad")
    assert [each["line"] for each in refused(path)] == [1, 31, 61, 91, 121]


def test_ctrl_c_while_waiting_for_the_fold_loses_nothing(
    path: Path, run: Load, office: Office, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    write(path, [fact(1)])

    def count(*_: Any) -> tuple[int, int]:
        ctrl_c()
        return 1, 0

    monkeypatch.setattr(folding, "waiting", count)
    assert run(path) == 130
    assert "All facts are in the queue; folding continues without this command" in capsys.readouterr().out
    assert kept_progress(path).done
    assert office.facts() == [fact(1)]


def test_a_load_ends_when_its_own_facts_are_applied_whatever_others_still_wait_for(
    path: Path, run: Load, office: Office, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    write(path, [fact(number) for number in range(120)])
    records = [fact_record_key("acme", f"f-{number}") for number in range(120)]
    looks: list[int] = []

    def count(*_: Any) -> tuple[int, int]:
        """Some are applied between two looks; a fact of others stays in the queue for ever."""
        for key in records[:40]:
            office.stack.client("dynamodb").put_item(TableName=office.stack.tables["records"], Item=key)
        del records[:40]
        looks.append(len(records))
        return 1, 0

    monkeypatch.setattr(folding, "waiting", count)
    assert run(path) == 0
    assert looks[:3] == [80, 40, 0]
    assert "Folded." in capsys.readouterr().out


# ------------------------------------------------------------------------------------------ once more


def test_a_file_that_was_sent_is_not_sent_again_unless_one_says_so(
    path: Path, run: Load, folded: list[str], capsys: Any
) -> None:
    write(path, [fact(1), "bad"])
    assert (run(path), run(path)) == (1, 1)
    assert "have already been sent; AGAIN=1 sends them once more" in capsys.readouterr().out
    assert folded == [fact(1)]
    assert run(path, again=True) == 1
    assert folded == [fact(1), fact(1)]
    assert [each["line"] for each in refused(path)] == [2]


def test_a_file_that_was_sent_and_not_yet_applied_is_waited_for(
    path: Path, run: Load, office: Office, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """After a kill of the local stack, facts that a function had are folded minutes later."""
    write(path, [fact(1)])
    assert run(path) == 0
    looks: list[int] = []

    def count(*_: Any) -> tuple[int, int]:
        looks.append(len(looks))
        if len(looks) == 4:
            record = fact_record_key("acme", "f-1")
            office.stack.client("dynamodb").put_item(TableName=office.stack.tables["records"], Item=record)
        return 0, 1

    monkeypatch.setattr(folding, "waiting", count)
    assert run(path) == 0
    assert len(looks) >= 4
    said = capsys.readouterr().out
    assert said.index("have already been sent") < said.rindex("Waiting until they are folded") < said.rindex("Folded.")


@pytest.mark.parametrize("change", [lambda lines: [*lines, fact(9)], lambda lines: [fact(9), *lines[1:]]])
def test_a_file_that_has_changed_is_not_gone_on_with(
    path: Path, run: Load, folded: list[str], monkeypatch: pytest.MonkeyPatch, change: Callable[[list[str]], list[str]]
) -> None:
    lines = write(path, [fact(number) for number in range(60)])
    with monkeypatch.context() as patched:
        interrupt(patched, 1, ctrl_c)
        run(path)
    changed = write(path, change(lines))
    with pytest.raises(Refusal, match=r"has changed since .*\.progress was written\. AGAIN=1 sends all of it"):
        run(path)
    assert folded == []
    assert run(path, again=True) == 0
    assert set(changed) <= set(folded)


def test_a_stack_that_was_reset_is_sent_the_file_though_its_queue_has_the_same_name(
    path: Path, run: Load, office: Office, folded: list[str]
) -> None:
    write(path, [fact(1)])
    assert run(path) == 0
    made_anew = replace(office.stack, id="stack-2")
    assert (
        load.run(
            made_anew, argparse.Namespace(file=path, again=False, most_waiting=5, stalled_after=AFTER, in_parts=False)
        )
        == 0
    )
    assert folded == [fact(1), fact(1)]
    assert kept_progress(path).stack == "stack-2"


# ------------------------------------------------------------------------------------------ a stack that was killed


@pytest.fixture
def local(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A local stack, which a kill sets back by some seconds."""
    monkeypatch.setattr(Stack, "may_lose_state", True)
    return office


def set_back(office: Office, tags: dict[str, str]) -> None:
    """What a kill does: the queue is as it was when it had these tags."""
    queue = office.stack.queues["bulk_facts"]
    office.facts()
    office.sqs.untag_queue(QueueUrl=queue, TagKeys=list(office.sqs.list_queue_tags(QueueUrl=queue)["Tags"]))
    if tags:
        office.sqs.tag_queue(QueueUrl=queue, Tags=tags)


def test_what_a_killed_stack_has_lost_is_sent_again_and_nothing_before(
    path: Path, run: Load, local: Office, folded: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    lines = write(path, [fact(number) if number % 30 else "bad" for number in range(123)])
    with monkeypatch.context() as patched:
        interrupt(patched, 1, ctrl_c)
        run(path)
    tags = local.sqs.list_queue_tags(QueueUrl=local.stack.queues["bulk_facts"])["Tags"]
    assert run(path) == 1
    assert kept_progress(path).done
    folded.clear()

    set_back(local, tags)
    assert run(path) == 1
    assert "The stack lost the facts after line 50" in capsys.readouterr().out
    assert sorted(folded) == sorted(set(lines[50:]) - {"bad"})
    assert [each["line"] for each in refused(path)] == [1, 31, 61, 91, 121]
    assert kept_progress(path).done


def test_a_killed_stack_that_has_seen_nothing_is_sent_everything(
    path: Path, run: Load, local: Office, folded: list[str]
) -> None:
    write(path, [fact(1), fact(2)])
    run(path)
    set_back(local, {})
    assert run(path) == 0
    assert folded == [fact(1), fact(2)] * 2


def test_what_the_stack_has_is_not_sent_again(path: Path, run: Load, local: Office, folded: list[str]) -> None:
    write(path, [fact(1)])
    assert (run(path), run(path)) == (0, 0)
    assert folded == [fact(1)]


def test_a_real_stack_gets_no_tags(path: Path, run: Load, office: Office, folded: list[str]) -> None:
    write(path, [fact(1)])
    run(path)
    assert not office.sqs.list_queue_tags(QueueUrl=office.stack.queues["bulk_facts"]).get("Tags")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"offset": 1'])
def test_progress_that_cannot_be_read_says_what_to_do(path: Path, run: Load, text: str) -> None:
    write(path, [fact(1)])
    path.with_name("facts.jsonl.progress").write_text(text)
    with pytest.raises(Refusal, match="cannot be read: delete it"):
        run(path)


# ------------------------------------------------------------------------------------------ the queue


def test_no_more_wait_in_the_queue_than_one_says(
    path: Path, run: Load, office: Office, folded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = write(path, [fact(number) for number in range(95)])
    seen: list[int] = []

    def take_some(_seconds: float) -> None:
        seen.append(sum(queues.waiting(office.sqs, office.stack.queues["bulk_facts"])))
        folded.extend(office.facts())

    monkeypatch.setattr(loading, "time", SimpleNamespace(sleep=take_some, monotonic=time.monotonic))
    assert run(path, most_waiting=20) == 0
    assert seen == [20, 20, 20, 20]
    assert sorted(folded) == sorted(lines)


class Flaky:
    """A queue that does not take every message at the first try."""

    def __init__(self, *failing: set[str]) -> None:
        self.failing = list(failing)
        self.asked: list[list[str]] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.asked.append([each["MessageBody"] for each in Entries])
        failing = self.failing.pop(0) if self.failing else set()
        failed = [each["Id"] for each in Entries if each["MessageBody"] in failing]
        return {"Failed": [{"Id": each, "Code": "InternalError", "SenderFault": False} for each in failed]}


def test_what_the_queue_did_not_take_is_sent_again_and_nothing_else(office: Office) -> None:
    flaky: Any = Flaky({"b", "c"}, {"c"})
    queues.send(flaky, "queue", ["a", "b", "c"])
    assert flaky.asked == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert office.naps == [0.1, 0.2]


def test_a_queue_that_never_takes_it_is_told_of(office: Office) -> None:
    flaky: Any = Flaky(*[{"b"}] * queues.TRIES)
    with pytest.raises(Refusal, match="did not accept 1 of 2 messages in 6 tries: InternalError"):
        queues.send(flaky, "queue", ["a", "b"])
    assert flaky.asked == [["a", "b"], *[["b"]] * (queues.TRIES - 1)]
    assert office.naps == sorted(office.naps)


def test_a_load_that_the_queue_stops_goes_on_from_there(
    path: Path, run: Load, folded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = write(path, [fact(number) for number in range(60)])
    send = queues.send

    def fails_in_the_second_window(sqs: Any, queue: str, bodies: Sequence[str]) -> None:
        if lines[50] in bodies:
            raise Refusal("The queue did not accept 1 of 10 messages")
        send(sqs, queue, bodies)

    with monkeypatch.context() as patched:
        patched.setattr(loading, "send", fails_in_the_second_window)
        with pytest.raises(Refusal, match=r"Stopped before line 51: .* Run the same command again to continue"):
            run(path)
    assert kept_progress(path).line == 50
    assert run(path) == 0
    assert set(folded) == set(lines)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([], []), ([1] * 25, [10, 10, 5]), ([100_000] * 5, [2, 2, 1]), ([256 * 1024, 1, 256 * 1024], [1, 1, 1])],
)
def test_a_request_holds_ten_messages_and_the_bytes_of_one_fact_at_most(sizes: list[int], expected: list[int]) -> None:
    bodies = ["x" * size for size in sizes]
    batches = list(queues.batches(bodies, body=str))
    assert [len(batch) for batch in batches] == expected
    assert [body for batch in batches for body in batch] == bodies


def test_bytes_are_counted_and_not_characters() -> None:
    assert [len(batch) for batch in queues.batches(["ل" * 100_000] * 2, body=str)] == [1, 1]
