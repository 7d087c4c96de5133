"""Which bytes does COPY … (FORMAT binary) want for columns, without a loop over their rows?

PostgreSQL, "COPY", section "Binary Format": a field is its length in four bytes (-1 for null) and
its value as the type's receive function reads it, most significant byte first. Values of a fixed
size are laid side by side in one array of bytes, and Arrow joins these with the texts row by row.
Null and the empty string stay apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

# PostgreSQL types that Arrow's own type does not tell apart from text.
Special = Literal["uuid", "jsonb"]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]

_SLICE_ROWS = 16_384  # so that what is made for one slice stays in the processor's cache
_EPOCH_DAYS = 10_957  # from 1970-01-01, Arrow's epoch, to 2000-01-01, PostgreSQL's
_EPOCH_MICROSECONDS = _EPOCH_DAYS * 86_400_000_000
_MILLION = 1_000_000
_NUMERIC_GROUPS = 7  # of four digits: five before the point, below 10^18, and two after it
_NUMERIC_NEGATIVE = 0x4000
_HEX = np.zeros(256, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_EMPTY = pa.scalar(b"", pa.large_binary())


def encode(rows: pa.RecordBatch, special: dict[str, Special]) -> Iterator[memoryview]:
    """The rows as COPY's data, in pieces, between HEADER and TRAILER.

    Takes text, int32, int64, bool, decimal128(24, 6), timestamp[us, UTC] and date32; `special`
    names text columns that are a uuid (32 hex digits) or a jsonb. Raises KeyError for any other.
    """
    for start in range(0, rows.num_rows, _SLICE_ROWS):
        part = rows.slice(start, _SLICE_ROWS)
        layout = _Layout(count=part.num_rows)
        layout.fix(np.array([part.num_columns], ">i2").view(np.uint8))
        for name, column in zip(part.schema.names, part.columns, strict=True):
            _add(layout, column, special.get(name))
        yield layout.joined()


@dataclass(kw_only=True)
class _Layout:
    """What stands in each row, from left to right."""

    count: int
    parts: list[pa.Array] = field(default_factory=list)
    fixed: list[Bytes] = field(default_factory=list)  # (rows or 1) × width, not yet in `parts`

    def fix(self, found: Bytes) -> None:
        """The same number of bytes in each row; of one dimension: the same bytes."""
        self.fixed.append(found.reshape(1, -1) if found.ndim == 1 else found)

    def vary(self, found: pa.Array) -> None:
        """Bytes of any length, without nulls."""
        self._settle()
        self.parts.append(found)

    def _settle(self) -> None:
        width = sum(found.shape[1] for found in self.fixed)
        if not width:
            return
        side_by_side = np.empty((self.count, width), np.uint8)
        at = 0
        for found in self.fixed:
            side_by_side[:, at : at + found.shape[1]] = found
            at += found.shape[1]
        self.parts.append(_binary(side_by_side.reshape(-1), np.full(self.count, width, np.int64)))
        self.fixed = []

    def joined(self) -> memoryview:
        self._settle()
        whole = pc.binary_join_element_wise(*self.parts, _EMPTY)
        return memoryview(whole.buffers()[2])


def _binary(flat: Bytes, lengths: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(flat)]
    return pa.Array.from_buffers(pa.large_binary(), len(lengths), buffers)


def _add(layout: _Layout, column: pa.Array, special: Special | None) -> None:
    if column.null_count == len(column):
        layout.fix(np.full(4, 0xFF, np.uint8))
    elif special == "uuid":
        _add_fixed(layout, column, _uuids(column))
    elif pa.types.is_string(column.type):
        _add_text(layout, column, is_jsonb=special == "jsonb")
    else:
        _add_fixed(layout, column, _ENCODERS[column.type](column))


def _add_fixed(layout: _Layout, column: pa.Array, values: Bytes) -> None:
    """`values` is rows × width; what it holds for a null does not matter."""
    width = values.shape[1]
    if column.null_count == 0:
        layout.fix(_big_endian(np.array([width], np.int32)).reshape(-1))
        layout.fix(values)
        return
    is_valid = np.asarray(column.is_valid())
    lengths = np.where(is_valid, 4 + width, 4)
    whole = np.empty((len(column), 4 + width), np.uint8)
    whole[:, :4] = _big_endian(np.where(is_valid, width, -1).astype(np.int32))
    whole[:, 4:] = values
    layout.vary(_binary(whole[np.arange(4 + width) < lengths[:, None]], lengths))


def _add_text(layout: _Layout, column: pa.Array, *, is_jsonb: bool) -> None:
    content = column.cast(pa.large_string()).cast(pa.large_binary())
    if is_jsonb:  # its one version, and then its text
        content = pc.binary_join_element_wise(
            pa.scalar(b"\x01", pa.large_binary()), content, _EMPTY
        )
    lengths = pc.fill_null(pc.binary_length(content), -1)
    layout.fix(_big_endian(np.asarray(lengths).astype(np.int32)))
    layout.vary(pc.fill_null(content, _EMPTY) if content.null_count else content)


def _big_endian(numbers: np.ndarray[Any, Any]) -> Bytes:
    """Each number's bytes, as rows × width."""
    swapped = numbers.astype(numbers.dtype.newbyteorder(">"))
    return swapped.view(np.uint8).reshape(len(numbers), -1)


def _numbers(column: pa.Array, storage: pa.DataType) -> np.ndarray[Any, Any]:
    """The stored numbers; zero for null."""
    return np.asarray(pc.fill_null(column.view(storage), 0))


def _integers(column: pa.Array) -> Bytes:
    return _big_endian(_numbers(column, column.type))


def _booleans(column: pa.Array) -> Bytes:
    return np.asarray(pc.fill_null(column, False)).astype(np.uint8).reshape(-1, 1)


def _instants(column: pa.Array) -> Bytes:
    return _big_endian(_numbers(column, pa.int64()) - _EPOCH_MICROSECONDS)


def _days(column: pa.Array) -> Bytes:
    return _big_endian(_numbers(column, pa.int32()) - np.int32(_EPOCH_DAYS))


def _uuids(column: pa.Array) -> Bytes:
    digits = pc.fill_null(column, "0" * 32).cast(pa.binary()).cast(pa.binary(32))
    written = np.frombuffer(digits.buffers()[1], np.uint8)[digits.offset * 32 :][: len(column) * 32]
    halves = _HEX[written].reshape(-1, 2)
    return (halves[:, 0] << 4 | halves[:, 1]).astype(np.uint8).reshape(-1, 16)


def _decimals(column: pa.Array) -> Bytes:
    """Numerics of seven groups of four digits; the server takes leading and trailing zeros off."""
    whole, millionths, is_negative = _split(column)
    found = np.zeros((len(column), 4 + _NUMERIC_GROUPS), ">i2")
    found[:, 0] = _NUMERIC_GROUPS
    found[:, 1] = 4  # the first group counts 10000^4
    found[:, 2] = np.where(is_negative, _NUMERIC_NEGATIVE, 0)
    found[:, 3] = 6  # decimals shown
    for group in (8, 7, 6, 5, 4):
        if group < 8 and not whole.any():
            break
        found[:, group] = whole % 10_000
        whole = whole // 10_000
    found[:, 9] = millionths // 100
    found[:, 10] = millionths % 100 * 100
    return found.view(np.uint8).reshape(len(column), -1)


def _split(column: pa.Array) -> Sequence[np.ndarray[Any, Any]]:
    """(whole part, millionths, whether it is negative), the first two without sign."""
    filled = pc.fill_null(column, 0)
    words = np.frombuffer(filled.buffers()[1], np.int64)[filled.offset * 2 :][: len(filled) * 2]
    low, high = words[0::2], words[1::2]
    if bool((high == low >> 63).all()):  # they fit 64 bits: below 9 × 10^12
        amount = np.abs(low)
        return amount // _MILLION, amount % _MILLION, low < 0
    wide = [int(h) << 64 | int(lo) & 0xFFFF_FFFF_FFFF_FFFF for h, lo in zip(high, low, strict=True)]
    split = [divmod(abs(number), _MILLION) for number in wide]
    return (
        np.array([whole for whole, _ in split], np.int64),
        np.array([rest for _, rest in split], np.int64),
        high < 0,
    )


_ENCODERS = {
    pa.int32(): _integers,
    pa.int64(): _integers,
    pa.bool_(): _booleans,
    pa.decimal128(24, 6): _decimals,
    pa.timestamp("us", tz="UTC"): _instants,
    pa.date32(): _days,
}
