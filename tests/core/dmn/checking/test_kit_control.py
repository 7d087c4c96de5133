"""Is a model that works left alone? The conformance kit's models are the control.

A decision whose expected results are all values works; one whose results are null seldom does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.core.dmn.kit import KIT, value_of

from troth.core.dmn import Model, load
from troth.core.dmn.checking import Problem, check

pytestmark = pytest.mark.skipif(not KIT.exists(), reason=f"the conformance kit is not there: {KIT}")

# What is reported in decisions that give values: each is a fault that FEEL is asked to bear.
_BORNE = {
    # `false and 123` is false whatever stands beside it, and so is `true or "true"` true.
    *(("0064-feel-conjunction", f"decision00{n}_{x}") for n in (6, 8) for x in "bc"),
    *(("0065-feel-disjunction", f"decision00{n}_{x}") for n in (3, 7) for x in "bc"),
    # `[{x: 1}][y > 1]` asks for a member that no item has, and keeps none.
    ("0069-feel-list", "decision031"),
}  # fmt: skip


def _local(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None


def _asked() -> Iterator[tuple[Path, str, bool]]:
    """(model, decision, whether the result has no null in it) for each expected result."""
    for file in sorted(KIT.glob("compliance-level-*/*/*-test-*.xml")):
        tree = ElementTree.parse(file).getroot()
        (name,) = _local(tree, "modelName")
        for case in _local(tree, "testCase"):
            for node in _local(case, "resultNode"):
                expected = value_of(next(iter(_local(node, "expected")), None))
                yield (
                    file.parent / (name.text or ""),
                    node.get("name") or "",
                    not _has_null(expected),
                )


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], tuple[bool, list[Problem]]]:
    """(model, decision) → (whether it always gives values, what is reported)."""
    works: dict[tuple[Path, str], bool] = {}
    for path, name, has_value in _asked():
        works[path, name] = works.get((path, name), True) and has_value
    models: dict[Path, Model] = {
        path: load(path) for path in dict.fromkeys(path for path, _ in works)
    }
    problems = {path: check(model) for path, model in models.items()}
    return {
        (path.stem, name): (
            is_good,
            [each for each in problems[path] if each.place.node == name and not each.is_hint],
        )
        for (path, name), is_good in works.items()
        if "external-java" not in path.name  # what is called there is of another language
    }


def test_what_works_is_not_reported(
    found: dict[tuple[str, str], tuple[bool, list[Problem]]],
) -> None:
    works = {key: problems for key, (is_good, problems) in found.items() if is_good}
    reported = {key for key, problems in works.items() if problems}
    print(f"\n{len(works)} decisions that work, {len(reported - _BORNE)} false alarms")
    assert len(works) > 1_800
    assert reported == _BORNE, [str(found[key][1]) for key in reported ^ _BORNE]


def test_of_what_gives_null_most_is_reported(
    found: dict[tuple[str, str], tuple[bool, list[Problem]]],
) -> None:
    """The control of the control; the rest is null by its values, as `[][1]` is."""
    faulty = [problems for is_good, problems in found.values() if not is_good]
    reported = sum(bool(problems) for problems in faulty)
    print(f"\n{reported} of {len(faulty)} decisions that give null are reported")
    assert reported > 0.9 * len(faulty) > 1_200
