"""docs/capacity.md, from the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.capacity.batches import Batch
from tests.support.capacity.imports import CUSTOMERS, Load
from tests.support.capacity.meter import Bill
from tests.support.template.deployed import functions, properties

PRICES = {
    "request units read": (0.125, "a million, DynamoDB on demand"),
    "request units written": (0.625, "a million, DynamoDB on demand"),
    "API request": (3.50, "a million, API Gateway REST"),
    "invocation": (0.20, "a million, Lambda"),
    "gigabyte-second": (13.3334, "a million, Lambda on arm64"),
    "event": (1.00, "a million, EventBridge custom events"),
    "queue request": (0.40, "a million, SQS standard"),
    "gigabyte of logs": (0.50, "each, CloudWatch"),
}
"""US dollars, list prices of us-east-1 in November 2026."""
MILLION = 1e6
SHAPES: Mapping[str, Mapping[str, float]] = {
    # API requests, invocations, seconds of a gigabyte, events, queue requests, bytes of logs; each by one of the flow.
    "lookup": {"api": 1, "calls": 1, "seconds": 0.02, "events": 0, "queue": 0, "logs": 400},
    "purchase": {"api": 0, "calls": 1.2, "seconds": 0.1, "events": 1, "queue": 1.2, "logs": 200},
    "event": {"api": 1, "calls": 2, "seconds": 0.12, "events": 1, "queue": 0, "logs": 1200},
    "erasure": {"api": 1, "calls": 8, "seconds": 4, "events": 1, "queue": 0, "logs": 4000},
    "import": {"api": 0, "calls": 0.14, "seconds": 0.06, "events": 1, "queue": 0.3, "logs": 60},
}
"""What is not counted here but assumed: ten facts are in a batch, and a warm call takes so long on a shared machine."""
LOAD = 30_000_000
"""Customers of a large chain."""
FOLDING = 0.25
"""Seconds of a batch of ten imports: three requests, and the work of a process with a part of a processor."""
CONCURRENCIES = (2, 10, 20, 50)
PARTITION_WRITTEN = 1000
"""Units a second of one partition."""
PARTITION_READ = 3000
"""Units a second of one partition."""


def dollars(name: str, bill: Bill) -> float:
    """Of a million."""
    return (
        bill.read * PRICES["request units read"][0] + bill.written * PRICES["request units written"][0] + besides(name)
    )


def besides(name: str) -> float:
    """Of a million, without what DynamoDB charges."""
    shape = SHAPES[name]
    return (
        shape["api"] * PRICES["API request"][0]
        + shape["calls"] * PRICES["invocation"][0]
        + shape["seconds"] * PRICES["gigabyte-second"][0]
        + shape["events"] * PRICES["event"][0]
        + shape["queue"] * PRICES["queue request"][0]
        + shape["logs"] * MILLION / 1e9 * PRICES["gigabyte of logs"][0]
    )


def page(bills: Mapping[str, Bill], batches: Sequence[Batch], load: Load) -> str:
    """The whole page."""
    alarms, keys = len(properties("AWS::CloudWatch::Alarm")), len(properties("AWS::KMS::Key"))
    sources = properties("AWS::Lambda::EventSourceMapping").values()
    bound = sum(each["ScalingConfig"]["MaximumConcurrency"] for each in sources if "ScalingConfig" in each)
    minutes = 60 * 24 * 30
    return (
        (Path(__file__).parent / "page.txt")
        .read_text()
        .format(
            flows="\n".join(_flow(name, bill) for name, bill in bills.items()),
            batches="\n".join(map(_batch, batches)),
            steps="\n".join(_step(name, bill) for name, bill in load.steps.items()),
            **_load(load),
            hours="\n".join(map(_hours, CONCURRENCIES)),
            erasures=dollars("erasure", bills["erasure"]) / 1000,
            prices="\n".join(f"| {name} | {price:g} {unit} |" for name, (price, unit) in PRICES.items()),
            shapes="\n".join(f"| {name} | {_figures(shape)} |" for name, shape in SHAPES.items()),
            alarms=alarms,
            alarms_cost=alarms * 0.1,
            keys=keys,
            metrics=2 * len(functions()) * 0.3,
            minutes=minutes,
            canary=minutes * (2 * PRICES["invocation"][0] + 0.1 * PRICES["gigabyte-second"][0]) / MILLION,
            lookups=(1000 - bound) / SHAPES["lookup"]["seconds"],
            bound=bound,
            read=PARTITION_READ,
            one=PARTITION_READ / bills["lookup"].read,
            facts=50 * 10 / 0.5,
        )
    )


def _batch(batch: Batch) -> str:
    together = batch.fold_written + batch.derive_written
    return (
        f"| {batch.size} | {batch.requests} | {batch.fold_written:g} | {batch.derive_written:g} | {together:g} |"
        f" {sum(batch.derived.requests.values())} |"
    )


def _step(name: str, bill: Bill) -> str:
    requests = sum(number for call, number in bill.requests.items() if call.startswith("dynamodb:"))
    return f"| {name} | {requests / CUSTOMERS:.2g} | {bill.read / CUSTOMERS:.3g} | {bill.written / CUSTOMERS:.3g} |"


def _load(load: Load) -> dict[str, float]:
    million = LOAD / MILLION
    return {
        "load": LOAD,
        "million": dollars("import", load.one),
        "all": dollars("import", load.one) * million,
        "database": (dollars("import", load.one) - besides("import")) * million,
        "besides": besides("import") * million,
        "compared": 2 * PRICES["request units read"][0] * million,
        "silent": load.published.written / CUSTOMERS * PRICES["request units written"][0] * million + million,
        "phones": PARTITION_WRITTEN / 2,
        "folding": FOLDING,
    }


def _hours(concurrency: int) -> str:
    rate = min(concurrency * 10 / FOLDING, PARTITION_WRITTEN / 2)
    return f"| {concurrency} | {concurrency * 10 / FOLDING:,.0f} | {LOAD / rate / 3600:.0f} |"


def _flow(name: str, bill: Bill) -> str:
    requests = sum(number for call, number in bill.requests.items() if call.startswith("dynamodb:"))
    return f"| {name} | {requests} | {bill.read:g} | {bill.written:g} | {dollars(name, bill):.1f} |"


def _figures(shape: Mapping[str, float]) -> str:
    return " | ".join(f"{value:g}" for value in shape.values())
