"""What a log line says of an exception."""

from __future__ import annotations

from customers.edge.log import describe


def test_a_defect_deep_in_the_code_is_told_by_its_last_places() -> None:
    def deep(more: int) -> None:
        if not more:
            raise ValueError("Layla")
        deep(more - 1)

    try:
        deep(20)
    except ValueError as error:
        told = describe(error)
    assert (told["error"], len(told["raised_at"])) == ("ValueError", 6)
    assert all(each.startswith("test_log.py:") and each.endswith(" deep") for each in told["raised_at"])
