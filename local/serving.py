"""Start and stop a local stack."""

from __future__ import annotations

import signal

from local.demo import pages, publishing
from local.demo.counter import PEOPLE, panel
from local.emulator import process
from local.emulator.process import Emulator
from local.places import Place
from local.progress import elapsed, step
from local.refusal import Refusal
from local.snapshots import kept
from local.stack import stack_file
from local.stack.deployment import deploy, require_make
from local.stack.probe import prove_that_facts_are_folded
from local.stack.stack_file import Stack

PORT = 4566


def bring_up(place: Place, port: int | None, *, with_people: bool) -> Stack:
    """Start what is not running, deploy what has changed, and show the demo customers."""
    require_make()
    place.folder.mkdir(parents=True, exist_ok=True)
    running = _emulator(place, port)
    deploy(place, running)
    stack = stack_file.write(place, running)
    pages.describe(place, stack)
    prove_that_facts_are_folded(place, stack)
    if with_people:
        publishing.ensure_known(stack)
        for person in PEOPLE:
            print(f"\n{panel(stack, person)}")
        print()
        for page, address in stack.web.items():
            print(f"  {page.ljust(9)}  {address}")
        print(f"\nReady after {elapsed()}.")
    return stack


def let_down(place: Place) -> bool:
    """Stop the emulator; False when none was running. A second Ctrl-C does not interrupt the saving of its state."""
    if process.running(place) is None:
        return False
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with step("Stopping the emulator; it saves its state"):
        return process.stop(place)


def reset(place: Place) -> bool:
    """Stop the stack and delete its state; False when there is none."""
    let_down(place)
    return kept.forget(place)


def _emulator(place: Place, port: int | None) -> Emulator:
    running = process.running(place)
    if running is None:
        if lost := kept.prepare(place):
            print(f"  {lost}")
        with step(f"Starting the emulator on port {port or PORT}"):
            return process.start(place, port or PORT)
    if port not in {None, running.port}:
        raise Refusal(f"The stack is already up on port {running.port}: run make down first, or leave PORT out")
    kept.check(place)
    print(f"  The emulator is already up on port {running.port}: deploying what has changed")
    return running
