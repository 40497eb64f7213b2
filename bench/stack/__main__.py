"""Measure on a local stack of its own, or on the one of `STACK_FILE`.

python -m bench.stack [freshness|tills|erasure]…
"""

from __future__ import annotations

import sys

from bench.stack import erasure, freshness, tills
from tests.support.stack.own_stack import running_stack

MEASURES = {"freshness": freshness.measure, "tills": tills.measure, "erasure": erasure.measure}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(MEASURES)
    if unknown := set(wanted) - MEASURES.keys():
        sys.exit(f"{', '.join(sorted(unknown))}: there is {', '.join(MEASURES)}")
    with running_stack() as stack:
        for name in wanted:
            MEASURES[name](stack)
