"""`python -m admin COMMAND`; `make help` says what each does."""

from __future__ import annotations

import argparse
import importlib
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from botocore.exceptions import BotoCoreError, ClientError

from admin.stack import location
from admin.stack.refusal import Refusal
from commands.arguments import Parser

# Each is a module with `options`, which declares its arguments, and `run`, which returns the exit code. Only the one
# that is run is imported: all of them together take longer than most commands.
COMMANDS = {
    module.rpartition(".")[2].replace("_", "-"): f"admin.{module}"
    for module in (
        "audit.audit",
        "audit.rebuild",
        "erasure.receipt",
        "erasure.replay_erasures",
        "erasure.resume_erasures",
        "facts.load",
        "facts.redrive",
        "facts.refused",
        "leaving.take_out",
        "restore.restore_rows",
        "restore.start_consumers",
        "restore.stop_consumers",
        "smoke.smoke",
        "stack.publish",
        "stack.request",
        "web.publish_pages",
    )
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error that a person can fix is one line, not a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    chosen = _parser([name for name in given[:1] if name in COMMANDS] or sorted(COMMANDS)).parse_args(given)
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


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """One that knows these commands."""
    parser = Parser(prog="python -m admin", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in names:
        command = importlib.import_module(COMMANDS[name])
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
