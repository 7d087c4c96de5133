"""How does the conformance kit of DMN judge our models? It reads its test cases and asks them.

The kit (dmn-tck on GitHub, Apache-2.0) is data beside the repository, never in it.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from troth.core.dmn import load, write
from troth.core.dmn.reading import read_definitions
from troth.core.feel.temporal_text import read_clock, read_day, read_duration, read_moment
from troth.core.feel.values import incoming, outgoing

KIT = Path(__file__).resolve().parents[4] / "shared" / "dmn-tck"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_KIND = "{http://www.w3.org/2001/XMLSchema-instance}type"
_AT = dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One expected value and what came."""

    level: int
    case: str  # folder/test/result
    expected: Any
    found: Any
    problem: str | None = None

    @property
    def is_passed(self) -> bool:
        return self.problem is None and same(self.expected, self.found)


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if _local(child) == name]


def value_of(element: ElementTree.Element | None) -> Any:
    """The value that an input, a result or an item holds."""
    if element is None:
        return None
    components = _children(element, "component")
    if components:
        return {child.get("name"): value_of(child) for child in components}
    for child in element:
        if child.get(_NIL) == "true":
            return None
        if _local(child) == "list":
            return [value_of(item) for item in _children(child, "item")]
        if _local(child) == "value":
            return _plain(child)
    return None


def _plain(element: ElementTree.Element) -> Any:
    text, kind = element.text or "", (element.get(_KIND) or "xsd:string").rpartition(":")[2]
    match kind:
        case "decimal" | "double" | "integer" | "int" | "float" | "long":
            return Decimal(text)
        case "boolean":
            return text.strip() in ("true", "1")
        case "date":
            return outgoing(read_day(text))
        case "time":
            return outgoing(read_clock(text))
        case "dateTime":
            return outgoing(read_moment(text))
        case "duration" | "dayTimeDuration" | "yearMonthDuration":
            return outgoing(read_duration(text))
        case _:
            return text


def same(expected: Any, found: Any) -> bool:
    """Whether two values are one, numbers to eight digits as the kit's own runners compare."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            same(expected[k], found[k]) for k in expected
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, Decimal) and isinstance(found, Decimal):
        return expected == found or math.isclose(float(expected), float(found), rel_tol=1e-8)
    if type(expected) is not type(found):
        return False
    return bool(incoming(expected) == incoming(found))


def rewritten(to: Path, level: int) -> Path:
    """The kit with each model of a level written anew, from what was read of it alone."""
    for file in (KIT / f"compliance-level-{level}").glob("*/*"):
        copy = to / file.relative_to(KIT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        document = file.read_bytes()
        if file.suffix == ".dmn":
            document = write(read_definitions(document, source=file.name)).encode()
        copy.write_bytes(document)
    return to


def results(*levels: int, kit: Path = KIT) -> Iterator[Result]:
    """Each expected result of the kit's levels."""
    for level in levels:
        for file in sorted((kit / f"compliance-level-{level}").glob("*/*-test-*.xml")):
            yield from _of_file(level, file)


def _of_file(level: int, file: Path) -> Iterator[Result]:
    tree = ElementTree.parse(file).getroot()
    (name,) = (child.text or "" for child in _children(tree, "modelName"))
    try:
        model = load(file.parent / name)
    except Exception as error:
        model, problem = None, f"{type(error).__name__}: {error}"
    for case in _children(tree, "testCase"):
        inputs = {node.get("name"): value_of(node) for node in _children(case, "inputNode")}
        for node in _children(case, "resultNode"):
            where = f"{file.parent.name}/{case.get('id')}/{node.get('name')}"
            expected = value_of(next(iter(_children(node, "expected")), None))
            if model is None:
                yield Result(
                    level=level, case=where, expected=expected, found=None, problem=problem
                )
                continue
            asked = node.get("name") or ""
            if case.get("type") == "decisionService" or case.get("type") == "bkm":
                asked = case.get("invocableName") or asked
            try:
                found = model.evaluate(asked, inputs, at=_AT)
                if case.get("type") == "decisionService" and isinstance(found, dict):
                    found = (
                        found.get(node.get("name"), found)
                        if isinstance(found.get(node.get("name")), type(expected))
                        else found
                    )
            except Exception as error:
                yield Result(
                    level=level,
                    case=where,
                    expected=expected,
                    found=None,
                    problem=f"{type(error).__name__}: {error}",
                )
                continue
            yield Result(level=level, case=where, expected=expected, found=found)


if __name__ == "__main__":
    failed: list[Result] = []
    for level in (2, 3):
        found = list(results(level))
        passed = [result for result in found if result.is_passed]
        valued = [result for result in found if result.expected is not None]
        print(
            f"level {level}: {len(passed)} of {len(found)}; with a value "
            f"{sum(r.is_passed for r in valued)} of {len(valued)}"
        )
        failed += [result for result in found if not result.is_passed]
    for result in failed[: int(sys.argv[1]) if len(sys.argv) > 1 else 1000]:
        print(
            f"L{result.level} {result.case}: expected {result.expected!r}, found "
            f"{result.found!r} {(result.problem or '')[:160]}"
        )
