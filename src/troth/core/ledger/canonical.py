"""What are the bytes of a value, so that the same value always has the same digest?

RFC 8785 (JSON Canonicalization Scheme): no white space, keys sorted by their UTF-16 code units,
strings escaped as ECMAScript does. Two narrowings make it exact in any language: there are no
floating-point numbers (decimals are strings) and integers stay within 2^53. Instants are UTC
with a `Z`, to the microsecond only where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from json.decoder import JSONDecoder
from json.encoder import JSONEncoder, encode_basestring
from typing import Any

_LARGEST_INTEGER = 2**53 - 1


class NotCanonicalError(ValueError):
    """This value has no canonical form. Use text, int, bool, Decimal, aware instants, dates."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 bytes of a value made of mappings, sequences and plain values.

    Raises NotCanonicalError for floats, integers beyond 2^53, naive instants, lone surrogates.
    """
    try:
        return canonical_text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"a string holds a lone surrogate: {error}") from error


def canonical_text(value: Any) -> str:
    """The same as text."""
    found = plain(value)
    # The standard library sorts by code point and RFC 8785 by UTF-16 code unit: the same order
    # unless a key leaves the basic plane, which ours never do; those that do take the slow way.
    return _ENCODE(found) if _has_plain_keys(found) else _text(found)


def strings_text(parts: Sequence[str]) -> str:
    """The same of a list of texts alone, which is many times as quick."""
    return f"[{','.join(map(encode_basestring, parts))}]"


def read_canonical(text: str) -> dict[str, Any] | None:
    """The mapping whose canonical form a text is; None where it is nobody's."""
    try:
        found = _DECODE(text)
        is_canonical = isinstance(found, dict) and text == (
            _ENCODE(found) if text.isascii() else canonical_text(found)
        )
    except (ValueError, RecursionError):
        return None
    return found if is_canonical else None


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def decimal_text(value: Decimal) -> str:
    """A decimal in plain notation without trailing zeros: 1E+3 → "1000", 2.50 → "2.5".

    Raises NotCanonicalError where it is not finite.
    """
    if not value.is_finite():
        raise NotCanonicalError(f"{value} is not a finite number")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def instant_text(value: datetime) -> str:
    """An aware instant as UTC text: "2026-01-31T23:00:00Z".

    Raises NotCanonicalError where it has no zone.
    """
    if value.tzinfo is None:
        raise NotCanonicalError(f"{value} has no time zone")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def plain(value: Any) -> Any:
    """The JSON-able form of a value: what reading its canonical bytes gives back."""
    write = _PLAIN.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, tuple):
        return _plain_list(value)
    raise NotCanonicalError(f"{type(value).__name__} {value!r} has no canonical form")


def _plain_integer(value: int) -> int:
    if abs(value) > _LARGEST_INTEGER:
        raise NotCanonicalError(f"{value} is beyond 2^53: give it as text")
    return value


def _read_integer(text: str) -> int:
    return _plain_integer(int(text))


def _refuse(text: str) -> Any:
    raise NotCanonicalError(f"{text} has no canonical form")


def _plain_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        key if type(key) is str else _key(key): item if type(item) is str else plain(item)
        for key, item in value.items()
    }


def _plain_list(value: list[Any] | tuple[Any, ...]) -> list[Any]:
    return [item if type(item) is str else plain(item) for item in value]


def _same(value: Any) -> Any:
    return value


# One line a type: how it is written as JSON.
_PLAIN: dict[type, Callable[[Any], Any]] = {
    str: _same,
    bool: _same,
    type(None): _same,
    int: _plain_integer,
    Decimal: decimal_text,
    datetime: instant_text,
    date: date.isoformat,
    time: time.isoformat,
    dict: _plain_mapping,
    list: _plain_list,
    tuple: _plain_list,
}
_ENCODE = JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


_DECODE = JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_read_integer).decode


def _has_plain_keys(value: Any) -> bool:
    """Whether every key of a plain value lies in the basic plane."""
    if type(value) is dict:
        return all(key.isascii() or max(key) <= "\uffff" for key in value) and all(
            _has_plain_keys(item) for item in value.values() if type(item) in (dict, list)
        )
    if type(value) is list:
        return all(_has_plain_keys(item) for item in value if type(item) in (dict, list))
    return True


def _text(value: Any) -> str:
    """The slow way: keys sorted by their UTF-16 code units, whatever they are."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=_utf16)
        return (
            "{" + ",".join(f"{encode_basestring(key)}:{_text(item)}" for key, item in pairs) + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(_text(item) for item in value) + "]"
    return _ENCODE(value)


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise NotCanonicalError(f"a key must be text, not {type(key).__name__} {key!r}")
    return key


def _utf16(pair: tuple[str, Any]) -> bytes:
    return pair[0].encode("utf-16-be", "surrogatepass")
