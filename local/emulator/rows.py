"""A table's rows in little memory, and in order.

The emulator keeps each row as a tree of dicts, which takes ten times the bytes of its text. Here a row is packed once
20,000 others have been written after it, and is unpacked for each read. So a small stack packs nothing, and a million
customers fit into a laptop.

`Rows` stands in for the emulator's `defaultdict(dict)`: rows by partition key, then by sort key. The emulator sorts all
keys of a table for each page of a scan; here they are kept sorted until there are new ones.
"""

from __future__ import annotations

import marshal
from collections import deque
from collections.abc import Iterator, Mapping, MutableMapping
from itertools import chain
from typing import Any

STAY_UNPACKED = 20_000
"""Rows, those that were written last."""
FEW = 64
"""Keys that are sorted at each look."""

Row = dict[str, Any]


class Ordered:
    """The keys of a mapping in order. The mapping says which are new; it need not say which are gone."""

    __slots__ = ("_keys", "_new")

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._new: list[str] = []

    def add(self, key: str) -> None:
        self._new.append(key)

    def keys(self, mapping: Mapping[str, Any]) -> list[str]:
        """Some of them may be gone."""
        if self._new or not self._keys:
            # Almost sorted, which takes little time. One that was gone and came back is in both.
            every = chain(self._keys, self._new) if self._keys else mapping
            self._keys = sorted(dict.fromkeys(each for each in every if each in mapping))
            self._new = []
        return self._keys


class _Mapping(MutableMapping[str, Any]):
    """By text, in the order in which the keys came, as in a dict."""

    __slots__ = ("_held", "_ordered")

    def __init__(self) -> None:
        self._held: dict[str, Any] = {}
        self._ordered: Ordered | None = None

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __contains__(self, key: object) -> bool:
        return key in self._held

    def __delitem__(self, key: str) -> None:
        del self._held[key]

    def _hold(self, key: str, value: Any) -> None:
        if self._ordered is not None and key not in self._held:
            self._ordered.add(key)
        self._held[key] = value

    def in_order(self) -> list[str]:
        """The keys, sorted. Some may be gone."""
        if self._ordered is None:
            if len(self._held) <= FEW:
                return sorted(self._held)
            self._ordered = Ordered()
        return self._ordered.keys(self._held)


class Partition(_Mapping):
    """The rows of one partition key."""

    __slots__ = ()

    def __init__(self, rows: Mapping[str, Row]) -> None:
        super().__init__()
        self.update(rows)

    def __getitem__(self, key: str) -> Row:
        return unpacked(self._held[key])

    def __setitem__(self, key: str, row: Row) -> None:
        self._hold(key, row)
        _written.append((self, key))
        while len(_written) > STAY_UNPACKED:
            partition, written_first = _written.popleft()
            partition.pack(written_first)

    def __deepcopy__(self, memo: Any) -> dict[str, Row]:
        return {key: unpacked(marshal.dumps(row)) for key, row in self.items()}

    def pack(self, key: str) -> None:
        """Unless the row is gone, or is packed."""
        held = self._held.get(key)
        if type(held) is dict:
            self._held[key] = marshal.dumps(held)

    def that_may_have(self, attribute: str) -> Iterator[tuple[str, Row]]:
        """At least the rows that have the attribute: to look into packed ones is much quicker than to unpack them.

        Who asks may delete them meanwhile.
        """
        text = attribute.encode()
        for key, held in list(self._held.items()):
            if text in held if type(held) is bytes else attribute in held:
                yield key, unpacked(held)


_written: deque[tuple[Partition, str]] = deque()
"""The rows that may be unpacked, in the order in which they were written."""


def unpacked(held: Row | bytes) -> Row:
    """A row, or a record of a stream, as it was before it was packed."""
    row: Row = marshal.loads(held) if isinstance(held, bytes) else held  # noqa: S302 - packed by this process
    return row


class Rows(_Mapping):
    """The rows of a table, by partition key."""

    __slots__ = ()

    def __init__(self, kind: type[dict[Any, Any]] = dict, rows: Mapping[str, Mapping[str, Row]] | None = None) -> None:
        """As the emulator calls `defaultdict`."""
        super().__init__()
        self.update(rows or {})

    def __getitem__(self, key: str) -> Partition:
        held: Partition = self._held[key]
        return held

    def __setitem__(self, key: str, rows: Mapping[str, Row]) -> None:
        self._hold(key, Partition(rows))

    def setdefault(self, key: str, default: Any = None) -> Partition:
        """What is kept, which is not what was given."""
        if key not in self._held:
            self[key] = default
        return self[key]
