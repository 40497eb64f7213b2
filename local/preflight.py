"""Say in one line what this machine lacks. Runs before anything is installed, on whatever Python there is."""

import sys
from importlib.util import find_spec

OLDEST = (3, 11)


def lacking() -> str:
    """What is missing and its mend, or nothing. Older Pythons read this too: no newer syntax here."""
    found = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if sys.version_info < OLDEST:
        return f"Python {found} is too old: install 3.11 or newer, or name one with PYTHON=…"
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        return f"Python {found} has no venv module: install it (Debian, Ubuntu: python3-venv)"
    return ""


if __name__ == "__main__":
    sys.exit(lacking() or 0)
