"""Which service levels does a contract promise?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import yaml

from troth.connectors.contracts.shapes import FeedTerms, Service
from troth.connectors.mapping.nodes import Faults, Node, node_of

_KEYS = (
    *("id", "property", "value", "valueExt", "unit", "element", "driver", "description"),
    *("scheduler", "schedule"),
)
# The standard's words for service levels, with the short forms that it allows.
_SYNONYMS = {
    "av": "availability", "th": "throughput", "er": "errorRate", "ga": "generalAvailability",
    "es": "endOfSupport", "el": "endOfLife", "re": "retention", "fy": "frequency",
    "ly": "latency", "td": "timeToDetect", "tn": "timeToNotify", "tr": "timeToRepair",
    "ta": "timeOfAvailability",
}  # fmt: skip
_NAMES = {name.casefold(): name for name in _SYNONYMS.values()} | _SYNONYMS
SPANS = ("latency", "frequency", "retention")
_DAY = 86_400
_UNITS = {
    1: ("s", "sec", "second", "seconds"),
    60: ("min", "minute", "minutes"),
    3_600: ("h", "hr", "hour", "hours"),
    _DAY: ("d", "day", "days"),
    7 * _DAY: ("w", "wk", "week", "weeks"),
    30 * _DAY: ("mo", "month", "months"),
    365 * _DAY: ("y", "yr", "year", "years"),
}
_SECONDS = {word: seconds for seconds, words in _UNITS.items() for word in words}
_DRIVERS = ("regulatory", "analytics", "operational")


def read_services(faults: Faults, node: Node | None) -> tuple[Service, ...]:
    """`slaProperties`."""
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode):
        faults.add(node, "`slaProperties` must be a list")
        return ()
    return tuple(_service(faults, item) for item in node.value)


def _service(faults: Faults, node: Node) -> Service:
    entries = faults.entries(node, of="a service level", known=_KEYS)
    texts = {
        name: faults.text(found, of=f"`{name}`")
        for name in ("property", "value", "unit", "element", "driver")
        if (found := node_of(entries, name)) is not None
    }
    for name in ("property", "value"):
        if name not in texts:
            faults.add(node, f"a service level has no `{name}`")
    word = texts.get("property", "")
    name = _NAMES.get(word.casefold(), "")
    if word and not name:
        hint = " (the standard calls it latency)" if word.casefold() == "freshness" else ""
        known = ", ".join(_SYNONYMS.values())
        faults.add(
            entries["property"][1],
            f"the standard has no service level {word!r}{hint}; it has {known}",
        )
    driver = texts.get("driver", "")
    if driver:
        faults.choice(entries["driver"][1], _DRIVERS, of="`driver`")
    return Service(
        name=name,
        value=texts.get("value", ""),
        unit=texts.get("unit", ""),
        seconds=_seconds(faults, entries, texts) if name in SPANS and "value" in texts else None,
        elements=tuple(
            part.strip() for part in texts.get("element", "").split(",") if part.strip()
        ),
        driver=driver,
        line=node.start_mark.line + 1,
    )


def _seconds(
    faults: Faults, entries: dict[str, tuple[Node, Node]], texts: dict[str, str]
) -> int | None:
    value, unit = texts["value"], texts.get("unit", "").casefold()
    if unit not in _SECONDS:
        node = entries["unit"][1] if "unit" in entries else entries["value"][1]
        words = ", ".join(words[0] for words in _UNITS.values())
        faults.add(node, f"`unit` of {texts['property']} must be one of {words}, not {unit!r}")
        return None
    try:
        found = Decimal(value) * _SECONDS[unit]
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found < 1:
        faults.add(
            entries["value"][1],
            f"`value` of {texts['property']} must be a number above 0, not {value!r}",
        )
        return None
    return int(found)


def services_of(
    faults: Faults, services: Sequence[Service], names: Sequence[str]
) -> dict[str, tuple[Service, ...]]:
    """Object → its service levels. An element that names no object of the contract is a fault."""
    found: dict[str, list[Service]] = {name: [] for name in names}
    for service in services:
        objects = {_object_of(element, names) for element in service.elements} or set(names)
        for name in objects:
            if name is None:
                faults.add_line(
                    service.line,
                    f"`element` is {', '.join(service.elements)}; expected an object of this "
                    f"contract, or object.property: {', '.join(names)}",
                )
            else:
                found[name].append(service)
    return {name: tuple(held) for name, held in found.items()}


def _object_of(element: str, names: Sequence[str]) -> str | None:
    first, _, _ = element.partition(".")
    if first in names:
        return first
    # Where there is one object, its name may be left out.
    return names[0] if len(names) == 1 and "." not in element else None


def described(terms: FeedTerms, name: str) -> str:
    """A promise as it is written: "4 h"; "" where there is none."""
    seconds = terms.seconds(name)
    for item in terms.services:
        if item.name == name and item.seconds == seconds:
            return f"{item.value} {item.unit}".strip()
    return ""
