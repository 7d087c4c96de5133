"""How is a question of capacity written down? As YAML that a planner can read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from troth.analysis.capacity.records import (
    DAY,
    Claim,
    Commitment,
    Plan,
    Resource,
    Shift,
    Stock,
)

MOST_TASKS = 20_000  # orders and cases of a day
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class CapacityDocumentError(ValueError):
    """A question of capacity cannot be read. The message says where and what was expected."""

    code = "policy:capacity:document"


def read_plan(document: object) -> Plan:
    """A plan from resources, commitments, stock and claims. Raises CapacityDocumentError."""
    top = _fields(document, "", ("resources", "commitments", "stock", "claims"))
    resources = tuple(
        _resource(item, f"resources[{at}]") for at, item in enumerate(_list(top, "resources"))
    )
    stocks = tuple(_stock(item, f"stock[{at}]") for at, item in enumerate(_list(top, "stock")))
    plan = Plan(
        resources=resources,
        commitments=tuple(
            _commitment(item, f"commitments[{at}]", {r.name for r in resources})
            for at, item in enumerate(_list(top, "commitments"))
        ),
        stocks=stocks,
        claims=tuple(
            _claim(item, f"claims[{at}]", {s.product for s in stocks})
            for at, item in enumerate(_list(top, "claims"))
        ),
    )
    for names, path in (
        ([item.name for item in resources], "resources"),
        ([item.product for item in stocks], "stock"),
    ):
        if len(set(names)) != len(names):
            _refuse(path, "a name twice", "each once")
    tasks = sum(item.most_a_day for item in plan.commitments)
    if tasks > MOST_TASKS:
        _refuse("commitments", f"{tasks} orders of a day", f"at most {MOST_TASKS}")
    return plan


def _resource(found: object, path: str) -> Resource:
    fields = _fields(found, path, ("name", "capacity", "hours", "shifts"))
    if ("shifts" in fields) == ("hours" in fields):
        _refuse(path, "hours and shifts, or neither", "one of both")
    if "hours" in fields:
        starts, ends = _span(fields["hours"], f"{path}.hours")
        capacity = _whole(fields, "capacity", path, least=1)
        return Resource(
            name=_text(fields, "name", path),
            shifts=(Shift(starts=starts, ends=ends, capacity=capacity),),
        )
    shifts = []
    for at, item in enumerate(_list(fields, "shifts", path)):
        place = f"{path}.shifts[{at}]"
        shift = _fields(item, place, ("hours", "capacity"))
        starts, ends = _span(shift.get("hours"), f"{place}.hours")
        shifts.append(
            Shift(starts=starts, ends=ends, capacity=_whole(shift, "capacity", place, least=1))
        )
    return Resource(name=_text(fields, "name", path), shifts=tuple(shifts))


def _commitment(found: object, path: str, resources: set[str]) -> Commitment:
    names = ("customer", "what", "resource", "window", "minutes", "most_a_day", "units")
    fields = _fields(found, path, names)
    resource = _text(fields, "resource", path)
    if resource not in resources:
        _refuse(f"{path}.resource", repr(resource), f"one of {', '.join(sorted(resources))}")
    earliest, latest = _span(fields.get("window"), f"{path}.window")
    return Commitment(
        customer=_text(fields, "customer", path),
        what=_text(fields, "what", path, default="delivery"),
        resource=resource,
        earliest=earliest,
        latest=latest,
        minutes=_whole(fields, "minutes", path, least=1, most=DAY),
        most_a_day=_whole(fields, "most_a_day", path, least=1, most=MOST_TASKS, default=1),
        units=_whole(fields, "units", path, least=1, default=1),
    )


def _stock(found: object, path: str) -> Stock:
    fields = _fields(found, path, ("product", "quantity"))
    return Stock(
        product=_text(fields, "product", path), quantity=_whole(fields, "quantity", path, least=0)
    )


def _claim(found: object, path: str, products: set[str]) -> Claim:
    fields = _fields(found, path, ("customer", "product", "quantity"))
    product = _text(fields, "product", path)
    if product not in products:
        _refuse(f"{path}.product", repr(product), f"one of {', '.join(sorted(products))}")
    return Claim(
        customer=_text(fields, "customer", path),
        product=product,
        quantity=_whole(fields, "quantity", path, least=1),
    )


def _fields(found: object, path: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        _refuse(path or "the file", type(found).__name__, f"fields: {', '.join(known)}")
    strange = [str(name) for name in found if name not in known]
    if strange:
        _refuse(f"{path}.{strange[0]}".lstrip("."), "a name", f"one of {', '.join(known)}")
    return found


def _list(fields: Mapping[str, Any], name: str, path: str = "") -> Sequence[Any]:
    found = fields.get(name, [])
    if not isinstance(found, list):
        _refuse(f"{path}.{name}".lstrip("."), type(found).__name__, "a list")
    return found


def _text(fields: Mapping[str, Any], name: str, path: str, default: str | None = None) -> str:
    found = fields.get(name, default)
    if not isinstance(found, str) or not found.strip():
        _refuse(f"{path}.{name}", repr(found), "a text")
    return found


def _whole(
    fields: Mapping[str, Any],
    name: str,
    path: str,
    *,
    least: int,
    most: int = 2**31,
    default: int | None = None,
) -> int:
    found = fields.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        _refuse(f"{path}.{name}", repr(found), f"a whole number from {least} to {most}")
    return found


def _span(found: object, path: str) -> tuple[int, int]:
    text = found if isinstance(found, str) else ""
    edges = [_CLOCK.fullmatch(part.strip()) for part in re.split("[-–]", text)]
    if len(edges) != 2 or not all(edges):
        _refuse(path, repr(found), "a span of the day, as 08:00-16:30")
    starts, ends = (_minute(edge.group()) for edge in edges if edge)
    if starts >= ends:
        _refuse(path, repr(found), "a span that ends after it begins, on one day")
    return starts, ends


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _refuse(path: str, found: str, expected: str) -> NoReturn:
    raise CapacityDocumentError(f"{path}: found {found}; expected {expected}.")
