# -*- coding: utf-8 -*-
"""Report in one line what this machine lacks. Runs before anything is installed, on any Python.

Python 2.7 must be able to read it: no annotations, no f-strings, and the coding line above.
"""

import sys

OLDEST = (3, 11)


def lacking():  # type: () -> str
    """What is missing and how to get it, or an empty text."""
    found = "%d.%d" % sys.version_info[:2]
    if sys.version_info < OLDEST:
        return "Python %s is too old: install 3.11 or newer, or name one with PYTHON=python3.13" % found
    # Python 2.7 does not have this module.
    from importlib.util import find_spec

    if find_spec("venv") is None or find_spec("ensurepip") is None:
        return "Python %s has no venv module: install it (Debian, Ubuntu: python3-venv)" % found
    return ""


if __name__ == "__main__":
    sys.exit(lacking() or 0)
