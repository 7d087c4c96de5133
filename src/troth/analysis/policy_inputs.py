"""What do the inputs of a million cases look like as whole numbers, and as values of Python again?

A number is a whole multiple of 10 ** −scale, exact as a decimal is; an instant µs since 1970 in
UTC; a text the place in a list of texts; a truth value 0 or 1; and null the smallest number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from troth.analysis.policy_automata import Part
from troth.core.dmn.analysis.scales import Clocks, Days, Moments, Numbers, Scale
from troth.core.dmn.coded import CodedColumn, thresholds
from troth.core.policies.specs import InputType

NULL = int(np.iinfo(np.int64).min)
_LARGEST = int(np.iinfo(np.int64).max)
_DAY = 86_400_000_000
_SCALES: dict[Part, type[Scale]] = {"": Moments, "date": Days, "time": Clocks}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class InputColumnError(ValueError):
    """This column of inputs cannot be read. The message says what was expected."""


@dataclass(frozen=True, kw_only=True)
class InputColumn:
    """One input of all cases."""

    type: InputType
    keys: NDArray[np.int64]  # as above; NULL: null
    scale: int = 0  # digits after the point, of a number
    texts: Sequence[str] = ()  # what the keys of a text stand for

    @classmethod
    def of_values(cls, type_: InputType, values: Sequence[Any]) -> InputColumn:
        """From values of Python: Decimal or int, str, bool, aware datetime, None.

        Raises InputColumnError.
        """
        texts: dict[str, int] = {}
        scale = 0
        if type_ == "number":
            scale = max((_scale_of(value) for value in values if value is not None), default=0)
        keyed: dict[InputType, Callable[[Any], int]] = {
            "number": lambda value: int(Decimal(value).scaleb(scale)),
            "text": lambda value: texts.setdefault(value, len(texts)),
            "boolean": int,
            "instant": lambda value: (value - _EPOCH) // timedelta(microseconds=1),
        }
        key = keyed[type_]
        try:
            keys = np.array([NULL if v is None else key(v) for v in values], dtype=np.int64)
        except (OverflowError, TypeError) as error:
            raise InputColumnError(f"{type_}: a value does not fit: {error}") from error
        return cls(type=type_, keys=keys, scale=scale, texts=tuple(texts))

    @classmethod
    def of_arrow(cls, type_: InputType, column: pa.ChunkedArray) -> InputColumn:
        """From a column of Arrow: decimals or integers, (dictionaries of) texts, booleans, instants
        with a zone. Raises InputColumnError."""
        kind = column.type
        if type_ == "text":
            return cls._of_texts(column)
        if type_ == "number" and pa.types.is_decimal128(kind):
            return cls(type=type_, keys=_unscaled(column), scale=kind.scale)
        is_zoned = pa.types.is_timestamp(kind) and kind.tz is not None
        if type_ == "instant" and is_zoned:
            column = column.cast(pa.timestamp("us", tz=kind.tz)).cast(pa.int64())
        elif type_ == "boolean" and pa.types.is_boolean(kind):
            column = column.cast(pa.int8()).cast(pa.int64())
        elif not (type_ == "number" and pa.types.is_integer(kind)):
            expected = {
                "number": "a decimal128 or an integer",
                "instant": "a timestamp with a zone",
            }
            raise InputColumnError(f"{type_}: found {kind}, expected {expected.get(type_, type_)}")
        return cls(type=type_, keys=column.cast(pa.int64()).fill_null(NULL).to_numpy())

    @classmethod
    def _of_texts(cls, column: pa.ChunkedArray) -> InputColumn:
        """The dictionaries differ from row group to row group: each is translated by itself."""
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        places: dict[str, int] = {}
        keys = np.full(len(column), NULL, dtype=np.int64)
        begin = 0
        for chunk in column.chunks:
            texts = chunk.dictionary.to_pylist()
            known = np.array([places.setdefault(text, len(places)) for text in texts] + [NULL])
            at = chunk.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)
            known.astype(np.int64).take(at, out=keys[begin : begin + len(chunk)], mode="clip")
            begin += len(chunk)
        return cls(type="text", keys=keys, texts=tuple(places))

    def value(self, row: int) -> Any:
        """One value, as Python's."""
        key = int(self.keys[row])
        if key == NULL:
            return None
        match self.type:
            case "number":
                return Decimal(key).scaleb(-self.scale)
            case "text":
                return self.texts[key]
            case "boolean":
                return bool(key)
        return _EPOCH + timedelta(microseconds=key)

    def part(self, part: Part) -> NDArray[np.int64]:
        """The keys, or of instants the days since 1970 or the µs of the day, in UTC."""
        if not part:
            return self.keys
        found = self.keys // _DAY if part == "date" else self.keys % _DAY
        return np.where(self.keys == NULL, NULL, found)


def _unscaled(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Decimals as whole numbers. Raises InputColumnError where 64 bits do not hold one."""
    found = []
    for chunk in column.chunks:
        words = np.frombuffer(chunk.buffers()[1], dtype=np.int64).reshape(-1, 2)
        words = words[chunk.offset : chunk.offset + len(chunk)]
        keys = words[:, 0].copy()
        is_known = np.ones(len(chunk), dtype=np.bool_)
        if chunk.null_count:
            is_known = chunk.is_valid().to_numpy(zero_copy_only=False)
        if bool(((words[:, 1] != keys >> 63) & is_known).any()):
            raise InputColumnError(f"{column.type}: a number does not fit into 64 bits")
        keys[~is_known] = NULL
        found.append(keys)
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def _scale_of(value: Any) -> int:
    exponent = Decimal(value).as_tuple().exponent
    if not isinstance(exponent, int):
        raise InputColumnError(f"{value} is no number")
    return max(0, -exponent)


def edges_of(column: CodedColumn, part: Part, given: InputColumn) -> NDArray[np.int64] | None:
    """The thresholds of a column's codes among the keys of an input; None: each key has its own."""
    coding = column.coding
    if coding is None or given.type in ("text", "boolean") or coding.cuts is None:
        return None
    scale = coding.scale
    expected = Numbers if given.type == "number" else _SCALES[part]
    if not isinstance(scale, expected) or (isinstance(scale, Moments | Clocks) and scale.is_local):
        return None
    places = given.scale if given.type == "number" else 0 if part == "date" else -3
    found = thresholds(coding.cuts, places)
    # What lies beyond 64 bits is never reached, or always.
    clipped = [min(max(at, NULL + 1), _LARGEST) for at in found]
    return np.array(clipped, dtype=np.int64)


def codes_of(column: CodedColumn, part: Part, given: InputColumn) -> NDArray[np.int32]:
    """The code for each number of thresholds that an input reaches, or for each of its keys.

    −1: FEEL has to look.
    """
    coding = column.coding
    if coding is None:
        return np.zeros(1, dtype=np.int32)
    cuts = coding.cuts
    if given.type == "text":
        return np.array([column.code(text) for text in given.texts], dtype=np.int32)
    if given.type == "boolean":
        return np.array([column.code(value) for value in (False, True)], dtype=np.int32)
    if cuts is None or edges_of(column, part, given) is None:
        return np.full(1, -1, dtype=np.int32)
    return np.array([coding.kept(raw) for raw in range(len(cuts) + 1)], dtype=np.int32)
