"""Short byte strings for ascending numbers: the instants of visits, and sums of money by their end."""

from __future__ import annotations

from collections.abc import Iterable

_UNITS = (1_000_000, 1_000, 1)
"""Microseconds: a second, a millisecond, a microsecond."""


def pack(numbers: Iterable[int]) -> bytes:
    """Ascending whole numbers from 0 on: each as the distance from the one before, seven bits a byte, low bits first.

    A byte of 128 or more is not the last one of its number.
    """
    packed, before = bytearray(), 0
    for number in numbers:
        distance, before = number - before, number
        if distance < 0:
            raise ValueError("the numbers do not ascend")
        while distance > 0x7F:
            packed.append(distance & 0x7F | 0x80)
            distance >>= 7
        packed.append(distance)
    return bytes(packed)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The inverse of `pack`."""
    return tuple(_numbers(packed))


def _numbers(packed: bytes) -> list[int]:
    # A loop of few steps: a lookup unpacks a customer's visits.
    numbers: list[int] = []
    number = distance = shift = 0
    for byte in packed:
        if byte < 0x80:
            number += distance | byte << shift
            numbers.append(number)
            distance = shift = 0
        else:
            distance |= (byte & 0x7F) << shift
            shift += 7
    return numbers


def pack_instants(instants: tuple[int, ...]) -> bytes:
    """Ascending instants in microseconds: a byte for the unit, then how many of it. Tills mostly send whole seconds."""
    for place, unit in enumerate(_UNITS):
        if all(instant % unit == 0 for instant in instants):
            return bytes((place,)) + pack(instant // unit for instant in instants)
    raise AssertionError("one microsecond divides all")


def unpack_instants(packed: bytes) -> tuple[int, ...]:
    """The inverse of `pack_instants`; none for no bytes, so that a spoilt row can be compared and mended."""
    if not packed:
        return ()
    unit = _UNITS[packed[0]]
    return tuple([number * unit for number in _numbers(packed[1:])])


def pack_pairs(pairs: Iterable[tuple[int, int]]) -> bytes:
    """Ascending whole numbers from 0 on, each with an amount. The lowest bit of an amount says that it is below 0."""
    packed, before = bytearray(), 0
    for number, amount in pairs:
        packed += pack((number - before,)) + pack((2 * amount if amount >= 0 else -2 * amount - 1,))
        before = number
    return bytes(packed)


def unpack_pairs(packed: bytes) -> tuple[tuple[int, int], ...]:
    """The inverse of `pack_pairs`."""
    ends = [position + 1 for position, byte in enumerate(packed) if byte < 0x80]
    plain = [unpack(packed[start:end])[0] for start, end in zip([0, *ends], ends, strict=False)]
    pairs, number = [], 0
    for distance, amount in zip(plain[::2], plain[1::2], strict=True):
        number += distance
        pairs.append((number, -(amount + 1) // 2 if amount % 2 else amount // 2))
    return tuple(pairs)
