"""Which items of a list pass a filter, or which one stands at a place? (DMN 1.5, 10.3.2.5)"""

from __future__ import annotations

from decimal import Decimal

from troth.core.feel import syntax as s
from troth.core.feel.compiling import Code, compiled
from troth.core.feel.running import Frame
from troth.core.feel.values import Value, kind_of


@compiled.register
def _filter(form: s.Filter) -> Code:
    of, test, at = compiled(form.of), compiled(form.test), form.at
    literal = form.test
    while isinstance(literal, s.Negation):
        literal = literal.inner
    is_index = isinstance(literal, s.Literal) and isinstance(literal.value, Decimal)

    def run(frame: Frame) -> Value:
        value = of(frame)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if is_index:
            return _indexed(items, test(frame), frame, at)
        return filtered(items, test, frame, at)

    return run


def filtered(
    items: list[Value], test: Code, frame: Frame, at: int, *, is_strict: bool = False
) -> Value:
    """Those that pass, or, where the test is a number, the one at that place.

    Where it is strict, a test that is no boolean makes the whole null, as in a boxed filter.
    """
    kept = []
    for item in items:
        members = dict(item) if isinstance(item, dict) else {}
        frame.run.step(1 + (len(members) >> 3))
        members.setdefault("item", item)
        found = test(frame.inner(members))
        if isinstance(found, Decimal):
            return _indexed(items, found, frame, at)
        if is_strict and not isinstance(found, bool | None):
            return frame.run.null(at, f"the test of a filter is a {kind_of(found)}")
        if found is True:
            kept.append(item)
    return frame.run.items(kept)


def _indexed(items: list[Value], place: Value, frame: Frame, at: int) -> Value:
    """From 1, or from the end by -1."""
    index = int(place) if isinstance(place, Decimal) and place == place.to_integral_value() else 0
    if 1 <= index <= len(items):
        return items[index - 1]
    if index and -len(items) <= index <= -1:
        return items[index]
    return frame.run.null(at, f"there is no item {place} in a list of {len(items)}")
