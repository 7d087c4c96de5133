"""Does a check stay silent over good expressions, find what is planted, and never cry wolf?"""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.feel.checking.planting import (
    KINDS,
    NAMES,
    expression,
    planted,
    read,
    run_form,
    seen,
    values,
)

from troth.core.feel.checking import Effect, check
from troth.core.feel.types import conforms
from troth.core.feel.values import Value, incoming

_DICE = st.integers(0, 2**32).map(random.Random)
_DEPTH = 3


def _holds(effect: Effect, value: Value) -> bool:
    """Whether a value is what a finding said it would be."""
    match effect:
        case Effect.NULL:
            return value is None
        case Effect.NEVER:
            return value is not True
        case _:
            return not isinstance(value, bool)  # all misfits here are of what should be true


@settings(deadline=None, max_examples=300)
@given(_DICE, st.sampled_from(sorted(KINDS)))
def test_a_good_expression_has_no_finding_and_gives_what_its_type_says(
    dice: random.Random, kind: str
) -> None:
    text = expression(dice, kind, _DEPTH)
    checked = check(text, NAMES, expects=KINDS[kind])
    assert checked.findings == (), text
    assert conforms(run_form(read(text), incoming(values(dice))), checked.type), text


@settings(deadline=None, max_examples=300)
@given(_DICE, st.sampled_from(sorted(KINDS)))
def test_what_is_reported_comes_true_for_values_of_the_declared_types(
    dice: random.Random, kind: str
) -> None:
    fault = planted(dice, read(expression(dice, kind, _DEPTH)))
    if fault is None:
        return
    for finding in check(fault.form, NAMES).findings:
        assert finding.form is not None
        for value in seen(fault.form, finding.form, values(dice)):
            assert _holds(finding.effect, value), finding.sentence


def test_nearly_all_that_is_planted_is_found() -> None:
    """What is not, is no fault: an argument that may be left out, a list asked for null."""
    dice = random.Random(20260329)
    count: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _ in range(1_500):
        form = read(expression(dice, dice.choice(sorted(KINDS)), _DEPTH))
        fault = planted(dice, form)
        if fault is not None:
            count[fault.sort] += 1
            found[fault.sort] += bool(check(fault.form, NAMES).findings)
    for sort in sorted(count):
        print(f"\n{sort}: {found[sort]} of {count[sort]} planted faults found", end="")
    assert found["name"] == count["name"] > 250
    assert found["operand"] >= 0.98 * count["operand"] > 150
    assert found["argument"] >= 0.75 * count["argument"] > 200


def test_a_part_that_has_values_would_be_seen_as_a_false_report() -> None:
    """The control of the test above: a watched part gives what it gave."""
    form = read("amount + 1")
    (value,) = seen(form, form, values(random.Random(1)))
    assert not _holds(Effect.NULL, value)
    assert _holds(Effect.NULL, None)
