"""How does an answer of JSON become rows of texts, and an instant a parameter?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_DEEPEST = 20
_CLASS = "__class__"
_SIGN = re.compile(r"\$\{([^}]*)\}")


class PathMissingError(LookupError):
    """Nothing stands under a path; `known` says what stands where it breaks off."""

    def __init__(self, path: str, known: str) -> None:
        super().__init__(path)
        self.path, self.known = path, known


def read_json(body: bytes) -> Any:
    """JSON with its numbers as they stand there. Raises ValueError."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def at_path(document: Any, path: str) -> Any:
    """What stands under names and numbers joined by points; all of it under the empty path.

    Raises PathMissingError.
    """
    found = document
    for step in path.split(".") if path else ():
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            known = ", ".join(map(str, found)) if isinstance(found, Mapping) else _kind(found)
            raise PathMissingError(path, known[:200])
    return found


def flat(row: Mapping[str, Any], *, is_rpc: bool) -> dict[str, str | None]:
    """A row's values as texts: what is nested gets its path as its name, a list stays JSON."""
    return dict(_flat(row, "", 0, is_rpc=is_rpc))


def _flat(
    row: Mapping[str, Any], prefix: str, depth: int, *, is_rpc: bool
) -> Iterator[tuple[str, str | None]]:
    for name, value in row.items():
        full = f"{prefix}{name}"
        if is_rpc and isinstance(value, Mapping) and _CLASS in value:
            yield full, _classed(value)
        elif isinstance(value, Mapping) and value and depth < _DEEPEST:
            yield from _flat(value, f"{full}.", depth + 1, is_rpc=is_rpc)
        else:
            yield full, as_text(value)


def as_text(value: Any) -> str | None:
    """A value of JSON as it would stand in a CSV."""
    if value is None:
        return None
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, int):
        return str(value)
    return _sound(json.dumps(value, ensure_ascii=False, default=str))


def _sound(text: str) -> str:
    """Halves of a character, which JSON can spell and no database can keep, become �."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _classed(value: Mapping[str, Any]) -> str | None:
    """JSON-RPC's own way to write a date-time, a day or an exact number."""
    parts = {name: int(part) for name, part in value.items() if isinstance(part, int)}
    try:
        if value[_CLASS] == "datetime":
            order = ("year", "month", "day", "hour", "minute", "second", "microsecond")
            moment = datetime(*(parts[name] for name in order))  # type: ignore[arg-type] # noqa: DTZ001
            return moment.replace(tzinfo=UTC).isoformat()  # such servers speak UTC
        if value[_CLASS] == "date":
            return date(parts["year"], parts["month"], parts["day"]).isoformat()
        if value[_CLASS] == "timedelta":
            return str(value["seconds"])
        named = {"Decimal": "decimal", "bytes": "base64"}[str(value[_CLASS])]
        return str(value[named])
    except (KeyError, ValueError, TypeError):
        return as_text(dict(value))


def since_value(text: str, form: str, *, time_zone: str) -> Any:
    """The instant or word from which on is asked, as the API wants it."""
    if form == "same":
        return text
    moment = _instant(text, time_zone)
    if moment is None:
        return text
    if form == "unix":
        return int(moment.timestamp())
    if form == "unix_ms":
        return int(moment.timestamp() * 1000)
    utc = moment.astimezone(UTC)
    if form == "json-rpc":
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {_CLASS: "datetime", **{name: getattr(utc, name) for name in names}}
    if form == "iso":
        return utc.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return utc.strftime(form)


def _instant(text: str, time_zone: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))


def filled(value: Any, signs: Mapping[str, Any]) -> Any:
    """A copy with each `${name}` filled in; where it is the whole text, with its own type."""
    if isinstance(value, str):
        whole = _SIGN.fullmatch(value)
        if whole and whole[1] in signs:
            return signs[whole[1]]
        return _SIGN.sub(lambda found: str(signs.get(found[1], found[0])), value)
    if isinstance(value, Mapping):
        return {name: filled(item, signs) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item, signs) for item in value]
    return value


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), "a value")
