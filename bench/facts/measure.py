"""Folding purchases, and deriving from them, in batches: CPU by purchase, against the usual style.

The tables are moto's, in a process of their own, which costs neither side anything. Every batch has purchases that
nobody has made before, of as many customers; what the streams then tell goes to a deriver.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.request import urlopen

from bench.building import BUILT_FACTS, ROOT, USUAL_FACTS, Variant
from bench.isolated import Samples, Tick, command

SIZES = (1, 10, 40)
"""Purchases in a batch, each of another customer."""
WARM_UP = 3


def sample(function: str, size: int) -> str:
    """The name of a variant's samples."""
    return f"{function}, {size} purchase{'s' if size > 1 else ''}"


@dataclass(frozen=True)
class Side:
    """A process that folds for an enterprise, and one that derives from it."""

    enterprise: str
    fold: Living
    derive: Living


class Living:
    """A process that has imported its handler."""

    def __init__(self, function: str, process: subprocess.Popen[str]) -> None:
        self.function = function
        self._process = process

    def call(self, event: object) -> float:
        """Seconds of CPU."""
        return int(self._ask(json.dumps(event))) / 1e9

    def check(self, event: object) -> None:
        """Raises `RuntimeError` unless every message of an event is done."""
        answer = json.loads(self._ask("!" + json.dumps(event)))
        if answer and answer.get("batchItemFailures"):
            raise RuntimeError(f"{self.function} has not done {answer}")

    def _ask(self, line: str) -> str:
        assert self._process.stdin and self._process.stdout  # noqa: PT018, S101 - both are pipes
        print(line, file=self._process.stdin, flush=True)
        if not (answer := self._process.stdout.readline()):
            raise RuntimeError(f"{self.function} cannot be called; the lines above say why")
        return answer


def measure(folds: Sequence[Variant], derives: Sequence[Variant], rounds: int, tick: Tick) -> Samples:
    """Seconds by purchase."""
    samples: Samples = {sample(function, size): [] for function in (*BUILT_FACTS, *USUAL_FACTS) for size in SIZES}
    enterprises = [f"ent-{number}" for number in range(len(folds))]
    with ExitStack() as stack:
        port = stack.enter_context(_tables(enterprises))
        sides = [
            Side(enterprise, *(stack.enter_context(_living(each, port)) for each in (fold, derive)))
            for enterprise, fold, derive in zip(enterprises, folds, derives, strict=True)
        ]
        for side in sides:
            side.fold.check(_purchases(side.enterprise, 2))
            for batch in _changes(port, side.enterprise):
                side.derive.check(batch)
        for turn in range(-WARM_UP, rounds):
            for size in random.sample(SIZES, len(SIZES)):
                for side in random.sample(sides, len(sides)):
                    taken = _turn(side, size, port)
                    for function, seconds in taken.items() if turn >= 0 else ():
                        samples[sample(function, size)].append(seconds / size)
            tick()
    return samples


def _turn(side: Side, size: int, port: int) -> dict[str, float]:
    folded = side.fold.call(_purchases(side.enterprise, size))
    derived = sum(side.derive.call(batch) for batch in _changes(port, side.enterprise))
    return {side.fold.function: folded, side.derive.function: derived}


def _purchases(enterprise: str, size: int) -> dict[str, object]:
    """A batch of the fact queue."""
    now = datetime.now(UTC)
    return {"Records": [_message(enterprise, number, now) for number in range(size)]}


def _message(enterprise: str, number: int, now: datetime) -> dict[str, object]:
    detail = {
        "fact_id": uuid.uuid4().hex,
        "enterprise_id": enterprise,
        "occurred_at": now.isoformat(),
        "customer": {"phone": f"+9743300{number:04}"},
        "purchase_id": uuid.uuid4().hex,
        "amount_minor": 1000,
        "currency": "QAR",
        "branch_id": "branch-1",
    }
    event = {"detail-type": "purchase.completed", "source": "partner.bench", "detail": detail}
    return {
        "messageId": uuid.uuid4().hex,
        "receiptHandle": "receipt",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(now.timestamp() * 1000))},
        "body": json.dumps(event),
    }


def _changes(port: int, enterprise: str) -> list[dict[str, object]]:
    """A batch of each stream."""
    with urlopen(f"http://127.0.0.1:{port}/changes/{enterprise}") as answer:
        return [{"Records": records} for records in json.load(answer)]


def counted() -> list[dict[str, float]]:
    """What a batch of each size costs: requests and units, from rows of real sizes."""
    told = subprocess.run(
        _tests("tests.support.capacity", "batches"), cwd=ROOT, env=_paths(), check=True, stdout=subprocess.PIPE
    )
    found: list[dict[str, float]] = json.loads(told.stdout)
    return found


@contextmanager
def _tables(enterprises: Sequence[str]) -> Iterator[int]:
    """The tables, in the Python of the tests. Their port."""
    arguments = _tests("tests.support.capacity.served", *enterprises)
    with subprocess.Popen(
        arguments, cwd=ROOT, env=_paths(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        if not (line := process.stdout.readline()):
            raise RuntimeError("the tables cannot be served; the lines above say why")
        yield int(line)


def _tests(module: str, *arguments: str) -> list[str]:
    return [str(ROOT / ".venv/bin/python"), "-W", "ignore", "-m", module, *arguments]


def _paths() -> dict[str, str]:
    paths = (ROOT / each for each in ("layers/common/python", "functions", "."))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}


@contextmanager
def _living(variant: Variant, port: int) -> Iterator[Living]:
    arguments = command("facts/inside_batches.py", variant)
    environment = _environment(f"http://127.0.0.1:{port}", is_built=variant.is_built)
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Living(variant.name, process)


def _environment(address: str, *, is_built: bool) -> dict[str, str]:
    queues = ("FACTS_QUEUE", "DEAD_FACTS_QUEUE", "CHANGES_QUEUE", "OVERDRAWN_QUEUE")
    tables = {f"{role.upper()}_TABLE": f"{role}Table" for role in ("Customers", "Records", "Derived", "Enterprises")}
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_SESSION_TOKEN": "t" * 700,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": address,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "POWERTOOLS_SERVICE_NAME": "customers",
        "PSEUDONYM_KEY": "alias/pseudonyms",
        "SOURCE_ENTERPRISES": "",
        "OVERDRAWN_SECONDS": "60",
        **tables,
        **{each: f"{address}/123456789012/{each}" for each in queues},
        **({} if is_built else {"DYNAMODB_CLIENT": "botocore"}),
    }
