"""Columns of whole numbers as few bytes: differences, laid out by byte planes, deflated."""

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import sub
from typing import Final

_CODES: Final = (("b", 1 << 7), ("h", 1 << 15), ("i", 1 << 31), ("q", 1 << 63))
"""Array types by how far from zero they reach."""
_EMPTY: Final = 0xFF
"""Marks a column that is not there."""
_LEVEL: Final = 6


def pack(columns: Sequence[Sequence[int]], orders: Sequence[int]) -> bytes:
    """Pack columns of one length; `orders` says how many times each is differenced; an empty column costs a byte."""
    length = len(columns[0])
    parts = [_varint(length)]
    parts += [_column(column, order) for column, order in zip(columns, orders, strict=True)]
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    return squeeze.compress(b"".join(parts)) + squeeze.flush()


def unpack(body: bytes, orders: Sequence[int]) -> list[list[int]]:
    """Unpack bytes.

    Raises:
        ValueError: the bytes were not packed here.
    """
    try:
        return _unpack(zlib.decompress(body, -15), orders)
    except (zlib.error, IndexError, KeyError, ValueError) as err:
        message = "these bytes hold no columns"
        raise ValueError(message) from err


def _unpack(plain: bytes, orders: Sequence[int]) -> list[list[int]]:
    length, place = _read_varint(plain, 0)
    columns: list[list[int]] = []
    for order in orders:
        width = plain[place]
        place += 1
        if width == _EMPTY:
            columns.append([])
            continue
        heads = []
        for _ in range(min(order, length)):
            head, place = _read_varint(plain, place)
            heads.append((head >> 1) ^ -(head & 1))
        count = (length - len(heads)) * width
        planes = plain[place : place + count]
        if len(planes) != count:
            raise ValueError
        place += count
        columns.append(_sum_up(_from_planes(planes, width), heads))
    return columns


def _column(column: Sequence[int], order: int) -> bytes:
    if not column:
        return bytes([_EMPTY])
    heads = bytearray()
    rest: Sequence[int] = column
    for _ in range(min(order, len(column))):
        heads += _varint(_zigzag(rest[0]))
        rest = list(map(sub, rest[1:], rest))
    highest, lowest = (max(rest), min(rest)) if rest else (0, 0)
    reach = max(highest, -lowest - 1)
    code = next(code for code, limit in _CODES if reach < limit)
    numbers = array(code, rest)
    if sys.byteorder == "big":
        numbers.byteswap()
    width, data = numbers.itemsize, numbers.tobytes()
    return bytes([width]) + bytes(heads) + b"".join(data[plane::width] for plane in range(width))


def _from_planes(planes: bytes, width: int) -> Sequence[int]:
    code = {1: "b", 2: "h", 4: "i", 8: "q"}[width]
    count = len(planes) // width
    data = bytearray(len(planes))
    for plane in range(width):
        data[plane::width] = planes[plane * count : (plane + 1) * count]
    numbers = array(code)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _sum_up(numbers: Sequence[int], heads: list[int]) -> list[int]:
    column = list(numbers)
    for head in reversed(heads):
        column = list(accumulate(column, initial=head))
    return column


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
        shift += 7


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1
