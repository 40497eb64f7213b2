"""What the samples say: medians, ratios, and whether the targets are met."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from bench.building import BARE, COOKBOOK, LOOKUP
from bench.isolated import Samples

Kind = Literal["cold", "warm"]


@dataclass(frozen=True)
class Measured:
    """Seconds of CPU. `started` is whole processes, `imported` is that less a bare handler's of the same round."""

    started: Samples
    warm: Samples

    @property
    def imported(self) -> Samples:
        floor = self.started[BARE]
        return {
            name: [whole - bare for whole, bare in zip(samples, floor, strict=True)]
            for name, samples in self.started.items()
        }

    def of(self, kind: Kind) -> Samples:
        """What the targets are about."""
        return self.imported if kind == "cold" else self.warm


def ratios(samples: Samples, of: str, to: str) -> list[float]:
    """One per round: a machine's speed drifts, and within a round both sides had the same weather."""
    return [a / b for a, b in zip(samples[of], samples[to], strict=True)]


@dataclass(frozen=True)
class Target:
    """The built lookup costs at most `bound` of the cookbook style."""

    kind: Kind
    bound: float

    def verdict(self, measured: Measured) -> Verdict:
        each = ratios(measured.of(self.kind), LOOKUP, COOKBOOK)
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


TARGETS = (Target("cold", 0.6), Target("warm", 0.8))
