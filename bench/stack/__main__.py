"""Measure on a local stack of its own, or on the one of `STACK_FILE`.

python -m bench.stack [freshness|tills|erasure]…
"""

from __future__ import annotations

import sys

from bench.stack import erasure, freshness, tills
from tests.support.stack.own_stack import running_stack

MEASURES = {"freshness": freshness.measure, "tills": tills.measure, "erasure": erasure.measure}


def main(names: list[str]) -> int:
    """1 if a bound is missed."""
    if unknown := set(names) - MEASURES.keys():
        sys.exit(f"{', '.join(sorted(unknown))}: there is {', '.join(MEASURES)}")
    with running_stack() as stack:
        missed = [each for name in names or MEASURES for each in MEASURES[name](stack)]
    for each in missed:
        print(f"FAIL  {each}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
