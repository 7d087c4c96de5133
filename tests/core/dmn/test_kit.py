"""Do models answer as the conformance kit of DMN expects?

No test is treated by its name. What fails is printed; 14 call functions of Java.
"""

from __future__ import annotations

from collections import Counter

import pytest
from tests.core.dmn.kit import KIT, Result, results, same

from troth.core.feel import YearsMonths

pytestmark = pytest.mark.skipif(not KIT.exists(), reason=f"the conformance kit is not there: {KIT}")


def _run(level: int) -> list[Result]:
    found = list(results(level))
    failed = [result for result in found if not result.is_passed]
    print(f"\nlevel {level}: {len(found) - len(failed)} of {len(found)}")
    for result in failed:
        print(f"  {result.case}: expected {result.expected!r}, found {result.found!r}")
    return found


def test_every_case_of_level_2_passes() -> None:
    found = _run(2)
    assert len(found) >= 116
    assert all(result.is_passed for result in found)


def test_of_level_3_all_pass_but_those_that_call_java() -> None:
    found = _run(3)
    assert len(found) >= 3_275
    failed = Counter(result.case.split("/")[0] for result in found if not result.is_passed)
    assert set(failed) <= {"0076-feel-external-java"}
    with_value = [result for result in found if result.expected is not None]
    assert sum(result.is_passed for result in with_value) >= 1_900


def test_answering_null_always_would_fail_most_that_expect_a_value() -> None:
    """The control: what the runner calls passed is not what any answer would be."""
    with_value = [result for result in results(2) if result.expected is not None]
    assert with_value
    assert not any(same(result.expected, None) for result in with_value)
    assert not same(YearsMonths(12), YearsMonths(13))
