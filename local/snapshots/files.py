"""The files of a snapshot: a copy of the emulator's process writes its state, and the next start reads it.

Two things differ from the emulator's own files. The records of streams are saved with the positions of their readers;
the emulator saves only positions, and so skips that many new records. And queues have names for any port.
"""

import copy
import ctypes
import gc
import hashlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from ministack.core import persistence  # type: ignore[import-not-found]
from ministack.services import dynamodb, lambda_svc, sqs  # type: ignore[import-not-found]

GIVES_UP_AFTER = 300
"""Seconds after which the copy ends in any case."""
LARGE = 1_000_000
"""Bytes from which a value gets its own file, which later snapshots link to."""
PR_SET_PDEATHSIG = 1
"""`prctl`: the signal that this process gets when its parent ends."""
NAMED_BY = "4566"
"""The port in the names of queues, whatever port the emulator listens on."""

State = dict[str, Any]


def install() -> None:
    """Patch the emulator so that it reads these files."""
    sqs.DEFAULT_PORT = NAMED_BY
    sqs._CANONICAL_NETLOC = f"{sqs.DEFAULT_HOST}:{NAMED_BY}"
    usual_hook, usual_state, usual_load = (
        persistence._json_object_hook,
        dynamodb.get_state,
        dynamodb.load_persisted_state,
    )

    def hook(value: State) -> Any:
        if "__large__" in value:
            return Path(persistence.STATE_DIR, "large", value["__large__"]).read_bytes()
        return usual_hook(value)

    def load(state: State) -> None:
        usual_load(state)
        dynamodb._stream_records.update(state["streams"]["records"])
        dynamodb._stream_trimmed.update(state["streams"]["trimmed"])
        dynamodb._stream_seq_counter = state["streams"]["counter"]

    persistence._json_object_hook = hook
    dynamodb.get_state = lambda: usual_state() | {"streams": _unread()}
    dynamodb.load_persisted_state = load


def write_and_end(target: Path, services: State, original: int, locks: Iterable[Any]) -> NoReturn:
    """Write the snapshot and end the process. Never touches the original's network and signals."""
    try:
        _become_quiet()
        _end_with_the_original()
        for lock in locks:
            if lock.locked():
                lock.release()
        _write(target, services)
        # The original may have been killed before the kernel was asked, and only Linux can be asked.
        if os.getppid() == original:
            link = target.parent / "following"
            link.unlink(missing_ok=True)
            link.symlink_to(target.name)
            link.replace(target.parent / "current")
            os._exit(0)
    except BaseException:  # noqa: BLE001 - no cleanup of the original process may run here
        os.write(2, traceback.format_exc().encode())
    os._exit(1)


def _become_quiet() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(GIVES_UP_AFTER)
    # Otherwise the port stays in use while this writes, even if the original was killed.
    linux = sys.platform == "linux"
    highest = max(int(name) for name in os.listdir("/proc/self/fd")) if linux else os.sysconf("SC_OPEN_MAX")
    os.closerange(3, highest + 1)
    os.nice(10)
    gc.disable()
    # This whole process is already a copy.
    vars(copy)["deepcopy"] = lambda value: value


def _end_with_the_original() -> None:
    """After a kill a new emulator may be running, which writes into a folder of the same number."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _write(target: Path, services: State) -> None:
    at = time.time()
    lambda_svc.CODE_BLOB_DIR = str(target / "lambda-blobs")
    large = _Large(target / "large")
    for service, state_of in services.items():
        state = state_of()
        if state is not None:
            written = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
            _replace(target / f"{service}.json", json.dumps(written, default=large.instead).encode())
    large.forget_others()
    _replace(target / "saved.json", json.dumps({"at": at}).encode())


class _Large:
    """Puts each large value into its own file, named by its hash."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._used: set[str] = set()

    def instead(self, value: object) -> Any:
        """The JSON stand-in for a value that JSON cannot hold."""
        if isinstance(value, Mapping):
            return dict(value)
        if not isinstance(value, bytes) or len(value) < LARGE:
            return persistence._json_default(value)
        name = hashlib.sha256(value).hexdigest()
        self._used.add(name)
        if not (self._folder / name).exists():
            _replace(self._folder / name, value)
        return {"__large__": name}

    def forget_others(self) -> None:
        for file in self._folder.iterdir():
            if file.name not in self._used:
                file.unlink()


def _unread() -> State:
    """The records of each stream from the position of its slowest reader on."""
    records, trimmed = type(dynamodb._stream_records)(), type(dynamodb._stream_trimmed)()
    for (account, region, table), held in dynamodb._stream_records.all_items():
        gone = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        end = gone + len(held)
        read = min(positions(account, region, table), default=end)
        records.set_scoped(account, region, table, held[max(0, read - gone) :])
        trimmed.set_scoped(account, region, table, max(gone, min(read, end)))
    return {"records": records, "trimmed": trimmed, "counter": dynamodb._stream_seq_counter}


def positions(account: str, region: str, table: str) -> list[int]:
    """How far each reader of a table's stream has read."""
    of_table = f":{region}:{account}:table/{table}/stream/"
    return [
        lambda_svc._dynamodb_stream_positions.get_scoped(account, region, uuid, 0)
        for (_, _, uuid), mapping in lambda_svc._esms.all_items()
        if of_table in mapping.get("EventSourceArn", "")
    ]


def _replace(file: Path, content: bytes) -> None:
    """Write a new file, because other snapshots share the existing one."""
    written = file.with_name(f"{file.name}.new")
    written.write_bytes(content)
    written.replace(file)
