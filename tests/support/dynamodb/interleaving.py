"""Two acts at once: one of them in between of what the other one reads and what it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from customers.store.dynamodb.client import connect
from tests.support.crashes import WRITE
from tests.support.dynamodb.worlds import Rows, anonymous, given, keep, put_back, shown


@contextmanager
def before(number: int, act: Callable[[], object]) -> Iterator[list[object]]:
    """Meanwhile `act` is done before the transaction of that number is written; what came of it."""
    came: list[object] = []
    begun = [0]

    def hook(**_: object) -> None:
        begun[0] += 1
        if begun[0] == number:
            came.append(act())

    events = connect().meta.events
    events.register_first(WRITE, hook)
    try:
        yield came
    finally:
        events.unregister(WRITE, hook)


@dataclass
class Footprint:
    """What an act touches: rows that it reads or looks through, those that it writes, and in how many transactions."""

    read: set[str] = field(default_factory=set)
    looked_through: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    transactions: int = 0

    def note(self, params: dict[str, Any], model: Any, **_: object) -> None:
        if model.name == "Query":
            self.looked_through.update(value["S"] for value in params["ExpressionAttributeValues"].values())
        elif model.name == "BatchGetItem":
            for table, asked in params["RequestItems"].items():
                self.read.update(_row(table, key) for key in asked["Keys"])
        elif model.name == "TransactWriteItems":
            self.transactions += 1
            for item in params["TransactItems"]:
                ((kind, part),) = item.items()
                to = self.read if kind == "ConditionCheck" else self.written
                to.add(_row(part["TableName"], part.get("Key") or part["Item"]))
        else:
            to = self.read if model.name == "GetItem" else self.written
            to.add(_row(params["TableName"], params.get("Key") or params["Item"]))

    def meets(self, other: Footprint) -> bool:
        """Whether the other one writes what this one needs. Marks of departures are written by all and any."""
        written = {row for row in other.written if "#departed" not in row}
        partitions = {row.split(" ")[1] for row in written}
        return bool(written & (self.read | self.written) or partitions & self.looked_through)


def _row(table: str, item: Mapping[str, Any]) -> str:
    return " ".join((table, *(item[name]["S"] for name in ("pk", "sk") if name in item)))


@contextmanager
def footprint() -> Iterator[Footprint]:
    made, events = Footprint(), connect().meta.events
    events.register_first("provide-client-params.dynamodb", made.note)
    try:
        yield made
    finally:
        events.unregister("provide-client-params.dynamodb", made.note)


Act = Callable[[], object]
End = tuple[Counter[str], str]
"""All rows, and what each was answered."""


class Laid:
    """Rows as they are laid down, and what may be done to them, by name."""

    def __init__(self, acts: Mapping[str, Act], again: Collection[str]) -> None:
        """`again` are acts that begin anew of themselves until they agree with what they read."""
        self.acts, self._again = acts, again
        self._there, self._known = keep(), given()
        self._firsts: dict[str, tuple[Rows, object, Footprint]] = {}

    def wrong(self, act: str, other: str) -> list[str]:
        """What comes of the two at once and of neither order of them, wherever the other one comes in between."""
        at_once = [self._at_once(act, other, number + 1) for number in range(self._first(act)[2].transactions)]
        orders = [self._end({(other, 1): self.after(other), (act, 2): self.acts[act]()})]
        if any(each not in (None, *orders) for each in at_once):
            orders.append(self._end({(act, 1): self.after(act), (other, 2): self.acts[other]()}))
        if act in self._again and any(each not in (None, *orders) for each in at_once):
            self.after(act)
            answers = {(other, 1): self.acts[other](), (act, 2): self.acts[act]()}
            orders.append(self._end(answers))
        return [_difference(each, orders) for each in at_once if each and each not in orders]

    def meet(self, act: str, other: str) -> bool:
        return act == other or self._first(act)[2].meets(self._first(other)[2])

    def _first(self, act: str) -> tuple[Rows, object, Footprint]:
        if act not in self._firsts:
            put_back(self._there)
            with footprint() as made:
                answer = self.acts[act]()
            self._firsts[act] = keep(), answer, made
        return self._firsts[act]

    def lay(self) -> None:
        put_back(self._there)

    def after(self, first: str) -> object:
        """Have it done, and give what it was answered."""
        rows, answer, _ = self._first(first)
        put_back(rows)
        return answer

    def _at_once(self, act: str, other: str, number: int) -> End | None:
        put_back(self._there)
        with before(number, self.acts[other]) as came:
            answer = self.acts[act]()
        return self._end({(act, 2): answer, (other, 1): came[0]}) if came else None

    def _end(self, answers: Mapping[tuple[str, int], object]) -> End:
        """Of an act and itself it is no matter which of them was answered what."""
        told = sorted((name, anonymous(answer, self._known)) for (name, _), answer in answers.items())
        return shown(self._known), str(told)


def _difference(end: End, orders: list[End]) -> str:
    """The nearest serial result, as a hint for the fix."""
    nearest = min(orders, key=lambda each: sum((each[0] - end[0]).values()) + (each[1] != end[1]))
    told = [*(f"+ {row}" for row in end[0] - nearest[0]), *(f"- {row}" for row in nearest[0] - end[0])]
    return "\n".join([*told, *([] if end[1] == nearest[1] else [f"{end[1]} instead of {nearest[1]}"])])
