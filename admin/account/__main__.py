"""`python -m admin.account preflight|protect|smoke-key --stack NAME`, with the shell's AWS credentials."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from admin.account import preflight, protect, smoke_key
from admin.stack.location import account
from commands.arguments import Parser

COMMANDS = {"preflight": preflight.run, "protect": protect.run, "smoke-key": smoke_key.run}


def main(arguments: Sequence[str] | None = None) -> int:
    """An error of AWS is one line, not a traceback."""
    parser = Parser(prog="python -m admin.account", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--stack", required=True, metavar="NAME")
    chosen = parser.parse_args(arguments)
    try:
        return COMMANDS[chosen.command](account(), chosen.stack)
    except (BotoCoreError, ClientError) as error:
        print(f"AWS: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
