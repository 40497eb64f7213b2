"""Records of the tables' streams in little memory: a load writes them faster than their readers read them.

A record holds a row as it was and as it is. It is packed once 10,000 others have come after it: more
than the pollers keep of those that all have read.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from typing import Any

from ministack.services import dynamodb  # type: ignore[import-not-found]

from local.emulator.rows import unpacked

STAY_UNPACKED = 10_000

Record = dict[str, Any]


class Records(list[Any]):
    """Of one stream, as the emulator and its pollers use the list: from a place on, and without those before it."""

    def append(self, record: Record) -> None:
        super().append(record)
        place = len(self) - STAY_UNPACKED - 1
        if place >= 0 and type(packed := super().__getitem__(place)) is dict:
            self[place] = marshal.dumps(packed)

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return [*map(unpacked, found)] if isinstance(place, slice) else unpacked(found)

    def __iter__(self) -> Iterator[Record]:
        return map(unpacked, super().__iter__())


class Streams(dynamodb.AccountRegionScopedDict):  # type: ignore[misc]
    """The records by table."""

    __slots__ = ()

    def __setitem__(self, table: str, records: list[Record]) -> None:
        super().__setitem__(table, Records(records))

    def update(self, kept: Any) -> None:
        """With those of a snapshot."""
        super().update(kept)
        for place, records in self.all_items():
            self.set_scoped(*place, Records(records))


def install() -> None:
    """Before the emulator reads its state."""
    dynamodb._stream_records = Streams()
