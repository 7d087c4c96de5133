"""How is a column held so that one value can be compared with many at once?

Each distinct value is held once and has a code; a record is its code. Texts are held as the
bytes of UTF-8, one after the other, which is how DuckDB measures them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
_APART = "\n"  # between the words of a list; standard words have no such sign


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column: its values, and the code of each record, −1 where there is none."""

    values: pa.Array  # distinct: texts or whole numbers; a list of words as one text
    codes: NDArray[np.int32]
    numbers: dict[Any, int]  # value → code
    shares: NDArray[np.float64]  # of each code, among the records that have a value
    is_list: bool = False

    def code_of(self, value: Any) -> int:
        """The code of a standardised value, −1 where no record has it."""
        return -1 if value is None else self.numbers.get(as_held(value), -1)

    @property
    def is_text(self) -> bool:
        """Whether values are texts, or lists of them."""
        return bool(pa.types.is_string(self.values.type))


def as_held(value: Any) -> Any:
    """A value as it is held: a list of words as one text."""
    return _APART.join(sorted(set(value))) if isinstance(value, list) else value


def words_of(text: str) -> list[str]:
    """The words of a list that is held as one text."""
    return text.split(_APART)


def coded(column: pa.ChunkedArray) -> Coded:
    """A column of texts, whole numbers or lists of words."""
    is_list = pa.types.is_list(column.type)
    if is_list:
        rows = column.to_pylist()
        texts = [None if row is None else as_held(row) for row in rows]
        column = pa.chunked_array([pa.array(texts, pa.string())])
    encoded = pa.chunked_array(column.chunks, column.type).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return _counted(encoded.dictionary, codes, is_list=is_list)


def prefixed(column: Coded, letters: int) -> Coded:
    """The first letters of a column of texts."""
    starts = pc.utf8_slice_codeunits(column.values, 0, letters).dictionary_encode()
    lead = np.append(starts.indices.to_numpy(zero_copy_only=False), -1).astype(np.int32)
    return _counted(starts.dictionary, lead[column.codes], is_list=False)


def _counted(values: pa.Array, codes: NDArray[np.int32], *, is_list: bool) -> Coded:
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    return Coded(
        values=values,
        codes=codes,
        numbers={value: at for at, value in enumerate(values.to_pylist())},
        shares=counts / max(1, int(counts.sum())),
        is_list=is_list,
    )


def text_bytes(values: pa.Array) -> tuple[Numbers, NDArray[np.uint8]]:
    """Where each text begins, with the end; and all their bytes."""
    whole = values.cast(pa.large_string())
    _, offsets, content = whole.buffers()
    starts = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    if content is None or not len(whole):
        return np.zeros(len(whole) + 1, np.int64), np.zeros(0, np.uint8)
    blob = np.frombuffer(content, np.uint8)[starts[0] : starts[-1]]
    return starts - starts[0], blob
