"""Which components has a calendar file, and on which line does each property stand?

A calendar may come from anybody, so that everything is bounded before it is read: bytes, lines,
components, depth. Folded lines (RFC 5545, 3.1) are put together and keep the number of their first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from icalendar.parser import Contentline, Parameters

LARGEST = 2_000_000  # bytes
_LONGEST_LINE = 20_000  # characters, unfolded
_MOST_PROPERTIES = 300  # of one component
_DEEPEST = 4
MOST_EVENTS = 5_000


class CalendarFileError(Exception):
    """This file is no calendar that can be read. Export it again as iCalendar (.ics)."""

    code = "freeze.calendar"


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of a component."""

    line: int
    name: str
    value: str  # as it stands there, escapes included
    parameters: Parameters


@dataclass(kw_only=True)
class Component:
    """One component: a calendar, an event, a time zone."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [item for item in self.properties if item.name == name]

    def first(self, name: str) -> Property | None:
        return next(iter(self.all(name)), None)


def components_of(document: bytes) -> Component:
    """The VCALENDAR of a file. Raises CalendarFileError with the line where it is none."""
    if len(document) > LARGEST:
        raise CalendarFileError(
            f"The calendar has {len(document):,} bytes, at most {LARGEST:,} are read. "
            "Export fewer events, or a shorter time."
        )
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CalendarFileError(
            f"Byte {error.start} is no UTF-8. Export the calendar as UTF-8, as RFC 5545 asks for."
        ) from error
    root: Component | None = None
    open_ones: list[Component] = []
    for number, line in _unfolded(text):
        found = _property(number, line)
        if found.name == "BEGIN":
            component = Component(name=found.value.strip().upper(), line=number)
            if not open_ones:
                if root is not None or component.name != "VCALENDAR":
                    _refuse(number, f"BEGIN:{component.name}", "one VCALENDAR and nothing else")
                root = component
            elif len(open_ones) >= _DEEPEST:
                _refuse(number, f"BEGIN:{component.name}", f"at most {_DEEPEST} within another")
            else:
                _add(open_ones[-1], component)
            open_ones.append(component)
        elif found.name == "END":
            if not open_ones or open_ones[-1].name != found.value.strip().upper():
                expected = f"END:{open_ones[-1].name}" if open_ones else "BEGIN:VCALENDAR"
                _refuse(number, f"END:{found.value}", expected)
            open_ones.pop()
        elif not open_ones:
            _refuse(number, found.name, "BEGIN:VCALENDAR")
        else:
            if len(open_ones[-1].properties) >= _MOST_PROPERTIES:
                _refuse(number, found.name, f"at most {_MOST_PROPERTIES} properties a component")
            open_ones[-1].properties.append(found)
    if root is None:
        raise CalendarFileError("The file is empty. Export the calendar as iCalendar (.ics).")
    if open_ones:
        begun = open_ones[-1]
        raise CalendarFileError(
            f"{begun.name}, begun on line {begun.line}, has no end: the file was cut off. "
            "Export it again."
        )
    return root


def _add(parent: Component, child: Component) -> None:
    if len(parent.children) >= MOST_EVENTS + 500:
        _refuse(child.line, f"BEGIN:{child.name}", f"at most {MOST_EVENTS:,} events")
    parent.children.append(child)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line), empty ones left out."""
    number, parts, size = 0, [""], 0
    for place, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        if line[:1] in (" ", "\t") and number:
            parts.append(line[1:])
        else:
            if number:
                yield number, "".join(parts)
            number, parts, size = (place if line.strip() else 0), [line], 0
        size += len(line)
        if size > _LONGEST_LINE:
            _refuse(place, f"{size:,} characters", f"at most {_LONGEST_LINE:,} a line")
    if number:
        yield number, "".join(parts)


def _property(number: int, line: str) -> Property:
    try:
        name, parameters, value = _split(Contentline, line)
    except ValueError as error:
        raise CalendarFileError(
            f"line {number}: found {line[:60]!r}, expected NAME:value or NAME;PARAMETER=value:value"
            ", as RFC 5545 writes a line. Correct it, or export the calendar again."
        ) from error
    return Property(line=number, name=name.upper(), value=value, parameters=parameters)


def _split(reader: Any, line: str) -> tuple[str, Parameters, str]:
    """(name, parameters, value) of a line; the library types its reader no further."""
    name, parameters, value = reader(line).raw_parts()
    return name, parameters, value


def _refuse(line: int, found: str, expected: str) -> None:
    raise CalendarFileError(
        f"line {line}: found {found[:60]}, expected {expected}. Export the calendar again."
    )
