# -*- coding: utf-8 -*-
"""Check that the targets and parameters given to `make` exist. It reads the same lines that `make help` shows.

It runs before anything is installed: Python 2.7 must be able to read it, as it must local/preflight.py.
"""

from __future__ import print_function

import difflib
import io
import re
import sys

# TARGET: prerequisites ## description [PARAMETER=example, PARAMETER2=]
LINE = re.compile(r"^([a-z-]+):.*?## (.*)$", re.MULTILINE)
PARAMETERS = re.compile(r"\[([^\]]*=[^\]]*)\]")
NAME = re.compile(r"\b([A-Z][A-Z_]*)=")
# Every target takes these.
ANYWHERE = ("PYTHON", "PIP_CACHE_DIR")


def targets(makefile):  # type: (str) -> dict[str, list[str]]
    """The parameters of each target, from its line in `make help`."""
    found = {}  # type: dict[str, list[str]]
    for name, told in LINE.findall(makefile):
        found[name] = [each for group in PARAMETERS.findall(told) for each in NAME.findall(group)]
    return found


def objection(known, goals, given):  # type: (dict[str, list[str]], list[str], list[str]) -> str
    """What is wrong with these goals and parameters, in one line, or nothing."""
    for goal in goals:
        if goal not in known and "/" not in goal and "." not in goal:
            return "There is no target %s%s: make help lists them" % (goal, _hint(goal, list(known)))
    named = [goal for goal in goals if goal in known]
    if len(named) < len(goals):
        # A file, which takes what its rule takes.
        return ""
    taken = [name for goal in named for name in known[goal]]
    for name in given:
        if name not in taken and name not in ANYWHERE:
            which = " ".join(named)
            rest = ", ".join(each + "=" for each in taken) or "no parameters"
            return "make %s has no parameter %s%s: it has %s" % (which, name, _hint(name, taken), rest)
    return ""


def _hint(word, words):  # type: (str, list[str]) -> str
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return " (did you mean %s?)" % near[0] if near else ""


if __name__ == "__main__":
    with io.open("Makefile", encoding="utf-8") as read:
        print(objection(targets(read.read()), sys.argv[1].split() or ["help"], sys.argv[2].split()))
