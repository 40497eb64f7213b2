"""What kind of answer a caller would rather have."""

from __future__ import annotations

from customers.wire.http.request import Request


def prefers_html(request: Request) -> bool:
    """Whether it is a person's browser: `Accept` ranks a page above JSON, or as high and names it, as old phones do.

    Who takes anything gets JSON.
    """
    asked = dict(_ranges(",".join(request.every("Accept"))))
    return _rank(asked, "text/html") > _rank(asked, "application/json")


def _ranges(header: str) -> list[tuple[str, float]]:
    """Each media range with its rank, 0 to 1; what cannot be read ranks as nothing."""
    found = []
    for part in header.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        (rank,) = [each[2:] for each in parameters if each.startswith("q=")][:1] or ["1"]
        try:
            found.append((name, min(1.0, max(0.0, float(rank)))))
        except ValueError:
            found.append((name, 0.0))
    return found


def _rank(asked: dict[str, float], kind: str) -> tuple[float, bool]:
    """By the range that names it most closely; and whether that is its very name."""
    for name in (kind, kind.partition("/")[0] + "/*", "*/*"):
        if name in asked:
            return asked[name], name == kind and asked[name] > 0
    return 0.0, False
