"""`python -m local run|up|down|reset|logs|tail|sms|token|sample`; `make help` says what each does."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from commands.arguments import ENTERPRISE, Parser, count, identifier, port, seconds
from local import permitted, registry, tokens
from local.demo import people
from local.demo import sample as base
from local.emulator import process
from local.places import LOCAL, Place
from local.refusal import Refusal
from local.serving import PORT, bring_up, let_down
from local.serving import reset as forget
from local.stack import function_logs, sms_inbox
from local.stack import tail as listener


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. An error that a person can fix is one line, not a traceback."""
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return int(chosen.command(chosen))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except OSError as error:
        # A folder that is a file, a full disk, an emulator that has just ended.
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def run(chosen: argparse.Namespace) -> int:
    """Run in the foreground until Ctrl-C. A stack that `make up` started stays up."""
    place = Place(chosen.dir.resolve())
    adopted = process.running(place) is not None
    afterwards = "leaves it running (make down stops it)" if adopted else "stops it and keeps its state"
    try:
        bring_up(place, chosen.port, with_people=not chosen.bare)
        print(f"\nServing. Ctrl-C {afterwards}.", flush=True)
        while process.running(place):
            time.sleep(1)
        raise Refusal(f"The emulator has ended: {place.emulator_log} may show why")
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        if not adopted:
            let_down(place)


def up(chosen: argparse.Namespace) -> int:
    """Run in the background. On a running stack, build and deploy what has changed."""
    place = Place(chosen.dir.resolve())
    adopted = process.running(place) is not None
    try:
        stack = bring_up(place, chosen.port, with_people=not chosen.bare)
    except BaseException:
        if not adopted:
            let_down(place)
        raise
    print(f"\nUp: {stack.api}")
    print(f"    {place.stack_file} has all addresses, for programs; make down stops it and keeps its state.")
    return 0


def down(chosen: argparse.Namespace) -> int:
    """Stop the stack of this folder."""
    if not let_down(Place(chosen.dir.resolve())):
        print("It is not running.")
    return 0


def reset(chosen: argparse.Namespace) -> int:
    """Stop the stack of this folder and delete its state. Stacks of other folders stay."""
    place = Place(chosen.dir.resolve())
    if not forget(place):
        print(f"There is no stack in {place.folder}.")
    return 0


def logs(chosen: argparse.Namespace) -> int:
    """Print the functions' latest log lines."""
    running = process.running(Place(chosen.dir.resolve()))
    if running is None:
        raise Refusal("The local stack is not running: make up starts it")
    function_logs.show(running)
    return 0


def tail(chosen: argparse.Namespace) -> int:
    """Show the events that this system publishes, until Ctrl-C."""
    place = Place(chosen.dir.resolve())
    if process.running(place) is None:
        raise Refusal("The local stack is not running: make up starts it")
    stack = json.loads(place.stack_file.read_text())
    print("Listening; Ctrl-C ends it.", flush=True)
    try:
        listener.show(stack["aws"], stack["queues"]["tail"])
    except KeyboardInterrupt:
        print()
    return 0


def sms(chosen: argparse.Namespace) -> int:
    """Wait for the SMS to a phone and print only its link, so that a shell can use it."""
    place = Place(chosen.dir.resolve())
    if process.running(place) is None:
        raise Refusal("The local stack is not running: make up starts it")
    print(sms_inbox.await_link(json.loads(place.stack_file.read_text()), chosen.phone, chosen.wait))
    return 0


def token(chosen: argparse.Namespace) -> int:
    """Print only a token, so that a shell can use it."""
    place = Place(chosen.dir.resolve())
    permissions = permitted.permissions(chosen.permissions, chosen.audience)
    branch = chosen.branch or (people.BRANCH if chosen.audience == permitted.TILL else None)
    if warning := registry.unknown_to(place, chosen.enterprise, branch):
        print(warning, file=sys.stderr)
    merchant = chosen.merchant or (registry.merchant_of(place, chosen.enterprise, branch) if branch else None)
    signed = tokens.token(
        enterprise=chosen.enterprise,
        audience=chosen.audience,
        branch=branch,
        merchant=merchant,
        permissions=permissions,
    )
    print(signed)
    return 0


def sample(chosen: argparse.Namespace) -> int:
    """Write a file of made-up facts, to try a load."""
    if not chosen.file.absolute().parent.is_dir():
        raise Refusal(f"There is no folder {chosen.file.parent}: FILE must be in an existing folder")
    base.write(chosen.file, chosen.customers, chosen.facts)
    print(f"{chosen.file}: {chosen.facts:,} facts of {chosen.customers:,} customers. make load FILE={chosen.file}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (run, up, down, reset, logs, tail, sms, token, sample):
        described = commands.add_parser(command.__name__, help=command.__doc__)
        described.set_defaults(command=command)
        if command is not sample:
            described.add_argument("--dir", type=Path, default=LOCAL, help="the folder that keeps the stack's state")
        if command in (run, up, down, reset, logs, tail):
            _of_a_stack(described)
    _of_sms(commands.choices["sms"])
    _of_a_token(commands.choices["token"])
    _of_a_sample(commands.choices["sample"])
    return parser


def _of_a_stack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=port, help=f"the emulator's port ({PORT})")
    parser.add_argument("--bare", action="store_true", help="without the demo customers")


def _of_sms(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--phone", type=sms_inbox.number, required=True, help="the phone, such as +97455003345")
    parser.add_argument("--wait", type=seconds, default=sms_inbox.PATIENCE, help="the most seconds to wait")


def _of_a_token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--enterprise", type=ENTERPRISE, default=people.ENTERPRISE)
    parser.add_argument("--audience", type=permitted.audience, default=permitted.TILL)
    parser.add_argument("--branch", type=identifier(people.BRANCH))
    parser.add_argument("--merchant", type=identifier(people.MERCHANT))
    parser.add_argument("--permissions", default="", help="comma-separated, such as customer:EXPORT,customer:DELETE")


def _of_a_sample(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=count, default=1_000)
    parser.add_argument("--facts", type=count, default=5_000)
    parser.add_argument("file", type=Path)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
