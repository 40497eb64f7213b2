"""Run the emulator with snapshots of its state (`snapshots`), and without much repeated work. No answer changes.

Tables keep their rows in little memory, and find the rows of a page without a look at all others (`tables`). So do
queues with a batch (`queues`).

For each process of a function, the emulator unpacks code and layer, thousands of files. Here each archive is unpacked
once, and the processes get links to it. Each of them would also import the libraries and the shared code, for half a
second; here they are forked from a process that has imported them (`forked`).

For each write of a transaction, the emulator parses all policies of the caller's role. Here each text is parsed once,
and writes that need the same right are checked together. To find out which rights a request needs, its body is parsed
once, not five times.

Requests are read and answered by a quicker server (`http_server`), and streams have pollers of their own (`pollers`).
A batch of messages needs the right to send one, as on AWS: the emulator asks for a right that AWS does not know.
A token is renewed with all that it had (`renewal`).

The web pages are served on the same port (`local.web`), as CloudFront does on AWS.
"""

import json
import os
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # type: ignore[import-not-found]
from ministack.services import cognito, dynamodb, eventbridge  # type: ignore[import-not-found]

from local.emulator import forked, http_server, pollers, queues, renewal, tables
from local.emulator.conditions import CONDITIONS
from local.snapshots import keeper
from local.web.serving import Pages

_ONE_BY_ONE = {"sqs:SendMessageBatch": "sqs:SendMessage"}
_named_action = iam_actions.extract_iam_action


def _parsing_once(parse: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """Nobody changes what it gives."""
    texts = lru_cache(CONDITIONS)(parse)
    return lambda policy: texts(policy) if isinstance(policy, str) else parse(policy)


def _each_once(checks: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    """The rights that a transaction needs."""
    return lambda *request: [*dict.fromkeys(checks(*request))]


class LastBody:
    """Parses JSON. The body that it parsed last is not parsed again: who asks reads it, and changes nothing."""

    def __init__(self) -> None:
        self._last: tuple[Any, Any] = (None, None)

    def __call__(self, body: Any) -> Any:
        kept, parsed = self._last
        if body is not kept:
            parsed = json.loads(body)
            self._last = body, parsed
        return parsed

    def take(self, body: Any, **options: Any) -> Any:
        """For who changes it: nobody gets it again."""
        kept, parsed = self._last
        self._last = None, None
        return parsed if body is kept and not options else json.loads(body, **options)


def _action(*request: Any) -> str | None:
    action: str | None = _named_action(*request)
    return _ONE_BY_ONE.get(action, action) if action else None


class UnpackedOnce(zipfile.ZipFile):
    """An archive whose unpacked files are shared. Nobody writes into them, as on Lambda, where they are read-only."""

    _folder = Path(tempfile.gettempdir(), "unpacked")
    _one_at_a_time = threading.Lock()

    def namelist(self) -> list[str]:
        """The caller checks for names outside the folder. There are none: unpacking takes care of that."""
        return []

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Replace `path`, an empty folder, with a link."""
        content = repr([(each.filename, each.CRC, each.file_size, each.external_attr) for each in self.infolist()])
        shared = self._folder / sha256(content.encode()).hexdigest()
        with self._one_at_a_time:
            if not shared.exists():
                unfinished = shared.with_suffix(".unfinished")
                super().extractall(unfinished, self.infolist())
                unfinished.rename(shared)
        os.rmdir(path)
        os.symlink(shared, path)


def main() -> None:
    tables.install()
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": UnpackedOnce})
    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": forked.popen})
    iam_evaluator.parse_policy_document = _parsing_once(iam_evaluator.parse_policy_document)
    iam_actions.dynamodb_transaction_checks = _each_once(iam_actions.dynamodb_transaction_checks)
    iam_actions.extract_iam_action = _action
    last = LastBody()
    iam_actions.json = SimpleNamespace(**{**vars(json), "loads": last})
    dynamodb.json = SimpleNamespace(**{**vars(json), "loads": last.take})
    # Where it would keep each event for good, which nobody reads.
    eventbridge._events_log_list = list
    http_server.install()
    pollers.install()
    queues.install()
    renewal.install(cognito)
    keeper.install(Path(os.environ["STATE_DIR"]).parent, Path(os.environ["S3_DATA_DIR"]))
    app.app = Pages(Path(os.environ["PAGES_FILE"])).before(app.app)
    app.main()


if __name__ == "__main__":
    main()
