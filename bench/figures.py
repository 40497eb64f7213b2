"""What the samples say: medians, ratios, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from bench.building import (
    AUTHORIZER,
    BARE,
    COOKBOOK,
    DERIVE,
    FOLD,
    FORMER_AUTHORIZER,
    FORMER_DERIVE,
    FORMER_FOLD,
    FORMER_LOOKUP,
    LOOKUP,
    USUAL,
)
from bench.facts.measure import SIZES, sample
from bench.isolated import Samples

Kind = Literal["cold", "first", "warm", "facts"]
Counts = Mapping[str, float]
"""Of a batch of purchases: `purchases`, `requests` of its fold, `fold_written` and `derive_written` units of each."""
BOTH, BOTH_USUAL, BOTH_FORMER = "both built", "cookbook + usual authorizer", "both with botocore"


@dataclass(frozen=True)
class Measured:
    """Seconds of CPU. `started` and `answered` are whole processes: until the import, and until the first answer."""

    started: Samples
    answered: Samples
    warm: Samples
    facts: Samples
    """By purchase, in batches."""
    counts: Sequence[Counts]
    layer: float
    """Megabytes of the layer that a lookup unpacks, zipped."""

    def of(self, kind: Kind) -> Samples:
        """What the targets are about: whole processes less a bare handler's of the same round, and what a till waits
        for where both are cold.
        """
        if kind in ("warm", "facts"):
            return self.warm if kind == "warm" else self.facts
        own = _less_bare(self.started if kind == "cold" else self.answered)
        return {
            **own,
            BOTH: _sums(own, LOOKUP, AUTHORIZER),
            BOTH_FORMER: _sums(own, FORMER_LOOKUP, FORMER_AUTHORIZER),
            BOTH_USUAL: _sums(own, COOKBOOK, USUAL),
        }


def _less_bare(samples: Samples) -> Samples:
    floor = samples[BARE]
    return {name: [whole - bare for whole, bare in zip(each, floor, strict=True)] for name, each in samples.items()}


def _sums(samples: Samples, one: str, other: str) -> list[float]:
    return [a + b for a, b in zip(samples[one], samples[other], strict=True)]


def ratios(samples: Samples, of: str, to: str) -> list[float]:
    """One per round: a machine's speed drifts, and within a round both sides had the same weather."""
    return [a / b for a, b in zip(samples[of], samples[to], strict=True)]


@dataclass(frozen=True)
class Target:
    """What is built (`of`) costs at most `bound` of what is usual (`to`)."""

    kind: Kind
    of: str
    to: str
    bound: float

    def verdict(self, measured: Measured) -> Verdict:
        each = ratios(measured.of(self.kind), self.of, self.to)
        lower, _, upper = quantiles(each, n=4) if len(each) > 1 else each * 3
        return Verdict(self, median(each), lower, upper)


@dataclass(frozen=True)
class Verdict:
    """A target, and the median and the quartiles of the ratio."""

    target: Target
    ratio: float
    lower: float
    upper: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.target.bound


TARGETS = (
    Target("cold", LOOKUP, COOKBOOK, 0.22),
    Target("first", LOOKUP, COOKBOOK, 0.28),
    Target("warm", LOOKUP, COOKBOOK, 0.20),
    Target("cold", AUTHORIZER, USUAL, 0.55),
    Target("first", AUTHORIZER, USUAL, 0.55),
    Target("warm", AUTHORIZER, USUAL, 0.30),
    # The switch keeps the other savings, so it does not show all that was gained.
    Target("first", BOTH, BOTH_FORMER, 0.50),
    Target("first", BOTH, BOTH_USUAL, 0.50),
    *(Target("facts", sample(FOLD, size), sample(FORMER_FOLD, size), 0.35) for size in SIZES),
    *(Target("facts", sample(DERIVE, size), sample(FORMER_DERIVE, size), 0.60) for size in SIZES),
)


@dataclass(frozen=True)
class Bound:
    """What is counted, and is the same in every run."""

    name: str
    most: float
    count: Callable[[Measured], float]

    def met(self, measured: Measured) -> bool:
        return self.count(measured) <= self.most


def _of(purchases: int, *names: str) -> Callable[[Measured], float]:
    def count(measured: Measured) -> float:
        (batch,) = [each for each in measured.counts if each["purchases"] == purchases]
        return sum(batch[name] for name in names)

    return count


BOUNDS = (
    *(
        Bound(f"requests to fold {size} purchases of {size} customers", most, _of(size, "requests"))
        for size, most in ((1, 3), (10, 12), (40, 42))
    ),
    Bound("units written for what is derived of a purchase, 10 in a batch", 5, _of(10, "derive_written")),
    Bound("units written for a purchase in all, 10 in a batch", 14, _of(10, "fold_written", "derive_written")),
    Bound("megabytes of the layer that a lookup unpacks, zipped", 4.5, lambda measured: measured.layer),
)
