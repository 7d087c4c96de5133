"""How do two ranges, or a point and a range, lie to one another? (DMN 1.5, 10.3.4.11)

After Allen's interval algebra (J. F. Allen, 1983), with ends that belong to a range or do not.
"""

from __future__ import annotations

from troth.core.feel import syntax as s
from troth.core.feel.arithmetic import NoValue
from troth.core.feel.builtins.table import FUNCTIONS, builtin
from troth.core.feel.comparing import equal, order
from troth.core.feel.compiling import compiled
from troth.core.feel.errors import FeelSyntaxError
from troth.core.feel.parsing import parse
from troth.core.feel.running import Frame, Run
from troth.core.feel.values import Range, Value


def _order(one: Value, other: Value) -> int:
    place = order(one, other)
    if place is None:
        raise NoValue("the ends have no order")
    return place


def _same(one: Value, other: Value) -> bool:
    return equal(one, other) is True


@builtin("before(point1: Any, point2: Any)", "before(range1: Any, range2: Any)",
         "before(point: Any, range: Any)", "before(range: Any, point: Any)")  # fmt: skip
def _before(one: Value, other: Value) -> Value:
    end, has_end = (one.end, one.has_end) if isinstance(one, Range) else (one, True)
    start, has_start = (other.start, other.has_start) if isinstance(other, Range) else (other, True)
    place = _order(end, start)
    return place < 0 or (place == 0 and not (has_end and has_start))


@builtin("after(point1: Any, point2: Any)", "after(range1: Any, range2: Any)",
         "after(point: Any, range: Any)", "after(range: Any, point: Any)")  # fmt: skip
def _after(one: Value, other: Value) -> Value:
    return _before(other, one)


@builtin("meets(range1: range, range2: range)")
def _meets(one: Range, other: Range) -> Value:
    return one.has_end and other.has_start and _same(one.end, other.start)


@builtin("met by(range1: range, range2: range)")
def _met_by(one: Range, other: Range) -> Value:
    return _meets(other, one)


@builtin("overlaps(range1: range, range2: range)")
def _overlaps(one: Range, other: Range) -> Value:
    return not _before(one, other) and not _before(other, one)


def _starts_first(one: Range, other: Range) -> bool:
    place = _order(one.start, other.start)
    return place < 0 or (place == 0 and one.has_start and not other.has_start)


def _ends_first(one: Range, other: Range) -> bool:
    place = _order(one.end, other.end)
    return place < 0 or (place == 0 and not one.has_end and other.has_end)


@builtin("overlaps before(range1: range, range2: range)")
def _overlaps_before(one: Range, other: Range) -> Value:
    return _overlaps_before_by_start(one, other) and not _ends_first(other, one)


def _same_end(one: Range, other: Range) -> bool:
    return one.has_end == other.has_end and _same(one.end, other.end)


def _same_start(one: Range, other: Range) -> bool:
    return one.has_start == other.has_start and _same(one.start, other.start)


@builtin("overlaps after(range1: range, range2: range)")
def _overlaps_after(one: Range, other: Range) -> Value:
    return _overlaps_before_by_start(other, one) and not _ends_first(one, other)


def _overlaps_before_by_start(one: Range, other: Range) -> bool:
    return _starts_first(one, other) and not _before(one, other)


@builtin("finishes(point: Any, range: range)", "finishes(range1: Any, range2: range)")
def _finishes(one: Value, other: Range) -> Value:
    if not isinstance(one, Range):
        return other.has_end and _same(one, other.end)
    return _same_end(one, other) and not _starts_first(one, other)


@builtin("finished by(range: range, point: Any)", "finished by(range1: range, range2: Any)")
def _finished_by(one: Range, other: Value) -> Value:
    return _finishes(other, one)


@builtin("includes(range: range, point: Any)", "includes(range1: range, range2: Any)")
def _includes(one: Range, other: Value) -> Value:
    if isinstance(other, Range):
        return not _starts_first(other, one) and not _ends_first(one, other)
    first, last = _order(one.start, other), _order(other, one.end)
    return (first < 0 or (first == 0 and one.has_start)) and (
        last < 0 or (last == 0 and one.has_end)
    )


@builtin("during(point: Any, range: range)", "during(range1: Any, range2: range)")
def _during(one: Value, other: Range) -> Value:
    return _includes(other, one)


@builtin("starts(point: Any, range: range)", "starts(range1: Any, range2: range)")
def _starts(one: Value, other: Range) -> Value:
    if not isinstance(one, Range):
        return other.has_start and _same(one, other.start)
    return _same_start(one, other) and not _ends_first(other, one)


@builtin("started by(range: range, point: Any)", "started by(range1: range, range2: Any)")
def _started_by(one: Range, other: Value) -> Value:
    return _starts(other, one)


@builtin("coincides(point1: Any, point2: Any)", "coincides(range1: range, range2: range)")
def _coincides(one: Value, other: Value) -> Value:
    if isinstance(one, Range) and isinstance(other, Range):
        return _same_start(one, other) and _same_end(one, other)
    return equal(one, other)


@builtin("range(from: string)", needs_run=True)
def _range(run: Run, text: str) -> Value:
    """A range of literals, such as `[1..5)`."""
    try:
        form = parse(text, FUNCTIONS)
    except FeelSyntaxError as error:
        raise NoValue(f"the text is no range: {error}") from None
    if not isinstance(form, s.RangeOf) or not all(map(_is_plain, (form.start, form.end))):
        raise NoValue("the text is no range of literals")
    return _evaluated(form, run)


def _is_plain(form: s.Form | None) -> bool:
    if isinstance(form, s.Call) and isinstance(form.function, s.Name):
        is_made = form.function.name in ("date", "time", "date and time", "duration")
        return is_made and all(isinstance(given, s.Literal) for given in form.positional)
    if isinstance(form, s.Negation):
        return _is_plain(form.inner)
    return isinstance(form, s.Literal)


def _evaluated(form: s.Form, run: Run) -> Value:
    found = compiled(form)(Frame(FUNCTIONS, None, run))
    if not isinstance(found, Range) or (found.start is None and found.end is None):
        raise NoValue("the text is no range")
    if order(found.start, found.end) == 1:
        raise NoValue("the range ends before it starts")
    return found
