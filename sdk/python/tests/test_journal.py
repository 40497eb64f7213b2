"""The journal: kills at any call of the system, torn and damaged files, keys, encryption."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from customers_till import Entry, Journal, JournalBusy, JournalDamaged, JournalError, JournalKeyError
from customers_till.types import EventBody

EVENT: EventBody = {"event_type": "check_in"}
KEY = bytes(range(32))
DAY = 86_400.0


def state(journal: Journal) -> list[tuple[Any, ...]]:
    """What a journal holds, without keys and clocks."""
    entries = sorted([*journal.waiting, *journal.held], key=lambda each: each.number)
    return [(each.number, each.phone, each.tried_at is not None, each.held) for each in entries]


def entry_of(journal: Journal, phone: str) -> Entry:
    return next(each for each in [*journal.waiting, *journal.held] if each.phone == phone)


STEPS: list[Callable[[Journal], object]] = [
    lambda journal: journal.add("1", EVENT),
    lambda journal: journal.add("2", EVENT),
    lambda journal: journal.trying(entry_of(journal, "1")),
    lambda journal: journal.sent(entry_of(journal, "1")),
    lambda journal: journal.add("3", EVENT),
    lambda journal: journal.trying(entry_of(journal, "2")),
    lambda journal: journal.hold(entry_of(journal, "2"), "refused", "in words", "req-1"),
    lambda journal: journal.tidy(),
    lambda journal: journal.add("4", EVENT),
    lambda journal: journal.release(entry_of(journal, "2")),
    lambda journal: journal.trying(entry_of(journal, "3")),
    lambda journal: journal.sent(entry_of(journal, "3")),
    lambda journal: journal.tidy(),
    lambda journal: journal.add("5", EVENT),
]


def states_after_each_step(folder: Path) -> list[list[tuple[Any, ...]]]:
    journal = Journal(folder / "model")
    states = [state(journal)]
    for step in STEPS:
        step(journal)
        states.append(state(journal))
    journal.close()
    return states


def killed_at(path: Path, call: int, part: bool, key: bytes | None) -> tuple[int, bool]:
    """Runs the steps in a process that is killed at this call that changes a file. `part`: a write is half done.

    How many steps had ended, and whether it came to the end of all.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        left = call

        def deadly(name: str) -> Callable[..., Any]:
            real = getattr(os, name)

            def act(*arguments: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    if part and name == "write":
                        real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                    os._exit(1)
                return real(*arguments, **named)

            return act

        tell = os.write
        for name in ("write", "fsync", "replace", "ftruncate", "open", "close"):
            setattr(os, name, deadly(name))
        journal = Journal(path, key=key)
        for step in STEPS:
            step(journal)
            tell(writing, b".")
        os._exit(0)
    os.close(writing)
    ended = b""
    while got := os.read(reading, 100):
        ended += got
    os.close(reading)
    return len(ended), os.waitpid(child, 0)[1] == 0


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("part", [False, True], ids=["between calls", "within a write"])
@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_a_kill_at_any_call_loses_nothing_that_was_told(folder: Path, part: bool, key: bytes | None) -> None:
    states = states_after_each_step(folder)
    whole, call = False, 0
    while not whole:
        call += 1
        path = folder / f"journal-{call}"
        steps, whole = killed_at(path, call, part, key)
        journal = Journal(path, key=key)
        found, keys = state(journal), [each.key for each in journal.waiting]
        # The step in which it was killed has happened or has not: nothing between.
        assert found in states[steps : steps + 2], (call, steps)
        journal.close()
        again = Journal(path, key=key)
        assert (state(again), [each.key for each in again.waiting]) == (found, keys)
        again.add("9", EVENT)
        again.close()
    assert call > 40


def test_a_file_that_ends_anywhere_is_read_up_to_its_last_whole_line(folder: Path) -> None:
    path = folder / "journal"
    journal = Journal(path)
    for phone in ("1", "2", "3"):
        journal.add(phone, EVENT)
    journal.close()
    whole = path.read_bytes()
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for length in range(start, len(whole)):
        path.write_bytes(whole[:length] + b"\0" * (length % 3))
        torn = Journal(path)
        assert [each.phone for each in torn.waiting] == ["1", "2", "3"][: whole[start:length].count(b"\n")]
        torn.add("4", EVENT)
        torn.close()
        again = Journal(path)
        assert again.waiting[-1].phone == "4"
        again.close()


def test_a_line_that_was_changed_in_the_middle_is_said_and_not_skipped(folder: Path) -> None:
    path = folder / "journal"
    journal = Journal(path)
    journal.add("1", EVENT)
    journal.add("2", EVENT)
    journal.close()
    stored = path.read_bytes()
    damaged = stored.replace(b'"phone":"1"', b'"phone":"7"')
    path.write_bytes(damaged)
    with pytest.raises(JournalDamaged):
        Journal(path)
    assert path.read_bytes() == damaged
    path.write_bytes(b"something else\n")
    with pytest.raises(JournalDamaged):
        Journal(path)


def test_one_process_has_it_open(folder: Path) -> None:
    first = Journal(folder / "journal")
    with pytest.raises(JournalBusy):
        Journal(folder / "journal")
    first.close()
    Journal(folder / "journal").close()


def test_numbers_never_come_back(folder: Path) -> None:
    journal = Journal(folder / "journal")
    journal.sent(journal.add("1", EVENT))
    journal.tidy()
    journal.close()
    assert Journal(folder / "journal").add("2", EVENT).number == 2


def test_what_the_service_has_leaves_the_disk(folder: Path) -> None:
    journal = Journal(folder / "journal")
    journal.sent(journal.add("+97433001122", EVENT))
    journal.tidy()
    assert b"33001122" not in (folder / "journal").read_bytes()
    for _ in range(600):
        journal.sent(journal.add("+97433001122", EVENT))
    assert (folder / "journal").stat().st_size < 100_000
    assert "33001122" not in repr(journal.add("+97433001122", EVENT))
    if os.name == "posix":
        assert stat.S_IMODE((folder / "journal").stat().st_mode) == 0o600


def test_a_full_disk_is_an_error_and_the_journal_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(folder / "journal")
    journal.add("1", EVENT)
    real = os.write

    def half(file: int, data: bytes) -> int:
        real(file, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(OSError, match="No space"):
        journal.add("2", EVENT)
    monkeypatch.undo()
    journal.add("3", EVENT)
    journal.close()
    assert [each.phone for each in Journal(folder / "journal").waiting] == ["1", "3"]


def test_an_encrypted_journal_shows_nothing_and_opens_with_its_key_alone(folder: Path) -> None:
    path = folder / "journal"
    journal = Journal(path, key=KEY)
    journal.add("+97433001122", EVENT)
    journal.close()
    stored = path.read_bytes()
    assert b"33001122" not in stored
    assert b"check_in" not in stored
    for wrong in (bytes(32), None):
        with pytest.raises(JournalKeyError):
            Journal(path, key=wrong)
    assert path.read_bytes() == stored
    assert Journal(path, key=KEY).waiting[0].phone == "+97433001122"
    Journal(folder / "plain").close()
    with pytest.raises(JournalKeyError):
        Journal(folder / "plain", key=KEY)
    with pytest.raises(ValueError, match="32 bytes"):
        Journal(folder / "short", key=b"short")


def test_a_line_of_an_encrypted_journal_cannot_be_moved(folder: Path) -> None:
    path = folder / "journal"
    journal = Journal(path, key=KEY)
    journal.add("1", EVENT)
    journal.add("2", EVENT)
    journal.close()
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:2], lines[3], lines[2], b""]))
    with pytest.raises(JournalKeyError):
        Journal(path, key=KEY)


def test_an_entry_whose_key_may_be_forgotten_is_held(folder: Path) -> None:
    now = 1_000 * DAY
    journal = Journal(folder / "journal", now=lambda: now, key_lives=timedelta(hours=72))
    journal.trying(journal.add("1", EVENT))
    journal.add("2", EVENT)
    now += 71 * 3600 - 1
    assert journal.first() == entry_of(journal, "1")
    now += 1
    first = journal.first()
    assert first
    assert first.phone == "2"  # it was never sent, so nothing can have it
    assert [(each.phone, each.held) for each in journal.held] == [("1", "key_over")]
    old = journal.held[0]
    journal.release(old)
    assert [each.phone for each in journal.waiting] == ["2", "1"]
    assert journal.waiting[1].key != old.key
    journal.dismiss(journal.waiting[1])
    assert [each.phone for each in journal.waiting] == ["2"]


def test_a_clock_that_was_set_back_says_nothing_about_a_key(folder: Path) -> None:
    now = 1_000 * DAY
    journal = Journal(folder / "journal", now=lambda: now)
    journal.trying(journal.add("1", EVENT))
    now -= 200
    assert journal.first()
    now -= 200
    assert journal.first() is None
    assert journal.held[0].held == "key_over"


def test_a_journal_of_a_later_version_is_left_alone(folder: Path) -> None:
    text = b'{"journal": 2, "id": "x", "sealed": false}'
    (folder / "journal").write_bytes(b"%08x %b\n" % (zlib.crc32(text), text))
    with pytest.raises(JournalError, match="another version"):
        Journal(folder / "journal")
