"""Purchases in batches, and what is derived of them: CPU by purchase, as built and over botocore.

Every batch has new purchases of as many customers. Two living processes have an enterprise: one folds, and what the
streams tell of it goes to the other, which derives.
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

from bench.building import DERIVE, FOLD, FORMER_DERIVE, FORMER_FOLD, Variant
from bench.facts.tables import Event, changes, serving
from bench.isolated import Samples, Tick, command

SIZES = (1, 10, 40)
"""Purchases in a batch, each of another customer."""
WARM_UP = 3
"""Rounds that do not count."""


def sample(function: str, size: int) -> str:
    """The name of a variant's samples."""
    return f"{function}, {size} purchase{'s' if size > 1 else ''}"


class Living:
    """A process that has imported its handler."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name = name
        self._process = process

    def call(self, event: Event) -> float:
        """Seconds of CPU. Raises `RuntimeError` unless every message of the event is done."""
        assert self._process.stdin and self._process.stdout  # noqa: PT018, S101 - both are pipes
        print(json.dumps(event), file=self._process.stdin, flush=True)
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(f"{self.name} cannot be called; the lines above say why")
        nanoseconds, answer = json.loads(line)
        if answer and answer.get("batchItemFailures"):
            raise RuntimeError(f"{self.name} has not done {answer}")
        return float(nanoseconds) / 1e9


@dataclass(frozen=True)
class Side:
    """A process that folds for an enterprise, and one that derives."""

    enterprise: str
    fold: Living
    derive: Living

    def turn(self, size: int, port: int) -> dict[str, float]:
        """Seconds by purchase, of each."""
        folded = self.fold.call(_purchases(self.enterprise, size))
        derived = sum(self.derive.call(batch) for batch in changes(port, self.enterprise))
        return {sample(self.fold.name, size): folded / size, sample(self.derive.name, size): derived / size}


def measure(folds: Sequence[Variant], derivers: Sequence[Variant], rounds: int, tick: Tick) -> Samples:
    """`rounds` batches of each size."""
    names = (FOLD, FORMER_FOLD, DERIVE, FORMER_DERIVE)
    samples: Samples = {sample(name, size): [] for name in names for size in SIZES}
    enterprises = [f"ent-{number}" for number in range(len(folds))]
    with serving(enterprises) as port, ExitStack() as stack:
        sides = [
            Side(enterprise, *(stack.enter_context(_living(each, port)) for each in pair))
            for enterprise, *pair in zip(enterprises, folds, derivers, strict=True)
        ]
        for turn in range(-WARM_UP, rounds):
            for size in random.sample(SIZES, len(SIZES)):
                for side in random.sample(sides, len(sides)):
                    for name, seconds in side.turn(size, port).items():
                        samples[name] += [seconds] if turn >= 0 else []
            tick()
    return samples


@contextmanager
def _living(variant: Variant, port: int) -> Iterator[Living]:
    arguments, environment = (
        command("facts/inside_batches.py", variant),
        _environment(variant, f"http://127.0.0.1:{port}"),
    )
    with subprocess.Popen(
        arguments, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Living(variant.name, process)


def _environment(variant: Variant, address: str) -> dict[str, str]:
    queues = ("FACTS_QUEUE", "DEAD_FACTS_QUEUE", "CHANGES_QUEUE", "OVERDRAWN_QUEUE")
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
        **{f"{name.upper()}_TABLE": f"{name}Table" for name in ("Customers", "Records", "Derived", "Enterprises")},
        **{name: f"{address}/123456789012/{name}" for name in queues},
        **({"DYNAMODB_CLIENT": "botocore"} if variant.has_botocore else {}),
    }


def _purchases(enterprise: str, size: int) -> Event:
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
    return {
        "messageId": uuid.uuid4().hex,
        "receiptHandle": "receipt",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(now.timestamp() * 1000))},
        "body": json.dumps({"detail-type": "purchase.completed", "source": "partner.bench", "detail": detail}),
    }
