"""The caller's preferred kind of answer."""

from __future__ import annotations

from customers.wire.http.request import Request


def prefers_html(request: Request) -> bool:
    """Whether the caller is a browser: `Accept` ranks HTML above JSON, or equally but by name, as old phones do.

    A caller that accepts anything gets JSON.
    """
    ranks = dict(_ranges(",".join(request.every("Accept"))))
    return _rank(ranks, "text/html") > _rank(ranks, "application/json")


def _ranges(header: str) -> list[tuple[str, float]]:
    """Each media range with its rank, 0 to 1. An unreadable rank is 0."""
    found = []
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        (rank,) = [each[2:] for each in parameters if each.startswith("q=")][:1] or ["1"]
        try:
            found.append((name, min(1.0, max(0.0, float(rank)))))
        except ValueError:
            found.append((name, 0.0))
    return found


def _rank(ranks: dict[str, float], kind: str) -> tuple[float, bool]:
    """The rank by the most specific range, and whether that range is the exact name."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in ranks:
            return ranks[name], name == kind and ranks[name] > 0
    return 0.0, False
