"""`python -m admin COMMAND`; `make help` says what each does."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from admin.audit import audit, rebuild
from admin.erasure import receipt, replay_erasures, resume_erasures
from admin.facts import load, redrive, refused
from admin.leaving import take_out
from admin.restore import restore_rows, start_consumers, stop_consumers
from admin.smoke import smoke
from admin.stack import location, publish, request
from admin.stack.refusal import Refusal
from commands.arguments import Parser

# Each is a module with `options`, which declares its arguments, and `run`, which returns the exit code.
COMMANDS = (
    audit,
    load,
    publish,
    rebuild,
    receipt,
    redrive,
    refused,
    replay_erasures,
    request,
    restore_rows,
    resume_erasures,
    smoke,
    start_consumers,
    stop_consumers,
    take_out,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error that a person can fix is one line, not a traceback."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.command.run(location.find(chosen.stack), chosen))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as error:
        hint = "" if chosen.stack else " (make up starts the local stack)"
        print(f"AWS: {error}{hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m admin", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        name = command.__name__.rpartition(".")[2].replace("_", "-")
        described = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        described.set_defaults(command=command)
        described.add_argument("--stack", metavar="NAME", help="a deployed stack (default: the local one)")
        command.options(described)
    return parser


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupted)
    sys.exit(main())
