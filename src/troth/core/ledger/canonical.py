"""What are the bytes of a value, so that the same value always has the same digest?

RFC 8785 (JSON Canonicalization Scheme): no white space, keys sorted by their UTF-16 code units,
strings escaped as ECMAScript does. Two narrowings make it exact in any language: there are no
floating-point numbers (decimals are strings) and integers stay within 2^53. Instants are UTC
with a `Z`, to the microsecond only where there is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from typing import Any

_LARGEST_INTEGER = 2**53 - 1


class NotCanonicalError(ValueError):
    """This value has no canonical form. Use text, int, bool, Decimal, aware instants, dates."""


def canonical_bytes(value: Any) -> bytes:
    """RFC 8785 bytes of a value made of mappings, sequences and plain values.

    Raises NotCanonicalError for floats, integers beyond 2^53, naive instants and lone surrogates.
    """
    try:
        return _text(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonicalError(f"a string holds a lone surrogate: {error}") from error


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
    if value is None or isinstance(value, (bool, str)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise NotCanonicalError(f"{value} is beyond 2^53: give it as text")
        return value
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    raise NotCanonicalError(f"{type(value).__name__} {value!r} has no canonical form")


def _text(value: Any) -> str:
    value = plain(value) if not isinstance(value, (dict, list, str, int, type(None))) else value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return encode_basestring(value.value if isinstance(value, Enum) else value)
    if isinstance(value, int):
        return str(plain(value))
    if isinstance(value, list):
        return "[" + ",".join(_text(item) for item in value) + "]"
    pairs = sorted(((_key(key), item) for key, item in value.items()), key=_utf16)
    return "{" + ",".join(f"{encode_basestring(key)}:{_text(item)}" for key, item in pairs) + "}"


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise NotCanonicalError(f"a key must be text, not {type(key).__name__} {key!r}")
    return key


def _utf16(pair: tuple[str, Any]) -> bytes:
    return pair[0].encode("utf-16-be", "surrogatepass")
