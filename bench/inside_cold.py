"""Runs in a fresh interpreter: imports one handler and ends.

    inside_cold.py MODULE DIRECTORY…

The parent asks the system what the process has used. It ends at once, for Lambda tears nothing down after an import.
"""

import os
import sys

sys.path[:0] = sys.argv[2:]
getattr(__import__(sys.argv[1], fromlist=["handler"]), "handler")  # noqa: B009 - a module of no known type
os._exit(0)
