"""What do `for`, `some` and `every` go through, and what do they give?

DMN 1.5, 10.3.2.14: over lists, ranges and `a..b`; later iterators see the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from troth.core.feel import syntax as s
from troth.core.feel.civil import Day, day_at
from troth.core.feel.comparing import order
from troth.core.feel.compiling import Code, compiled, mentions
from troth.core.feel.running import Frame
from troth.core.feel.sizes import weight_of
from troth.core.feel.values import NUMBERS, Range, Value, kind_of

# (name, what it goes through, up to where, place)
Axis = tuple[str, Code, Code | None, int]


class _NotIterable(Exception):  # noqa: N818 - not an error: null, with its reason
    """What an iterator is over is no list."""


def _axes(iterators: tuple[s.Iterator, ...], at: int) -> list[Axis]:
    return [
        (axis.name, compiled(axis.over), compiled(axis.to) if axis.to is not None else None, at)
        for axis in iterators
    ]


@compiled.register
def _for(form: s.For) -> Code:
    has_partial = mentions(form.result, "partial")
    axes = _axes(form.iterators, form.at)
    return iterated(axes, compiled(form.result), form.at, has_partial=has_partial)


def iterated(axes: Sequence[Axis], result: Code, at: int, *, has_partial: bool) -> Code:
    """The results over all combinations; `partial` is the list of those so far."""

    def run(frame: Frame) -> Value:
        done: list[Value] = []
        weight = 1
        try:
            for inner in _frames(axes, frame):
                if has_partial:
                    frame.run.step(len(done))
                    inner = inner.inner({"partial": frame.run.items(done)})
                found = result(inner)
                weight += weight_of(found)
                frame.run.sized(weight)
                done.append(found)
        except _NotIterable as reason:
            return frame.run.null(at, str(reason))
        return frame.run.items(done)

    return run


@compiled.register
def _quantified(form: s.Quantified) -> Code:
    axes = _axes(form.iterators, form.at)
    return quantified(axes, compiled(form.test), form.at, is_every=form.is_every)


def quantified(
    axes: Sequence[Axis], test: Code, at: int, *, is_every: bool, is_strict: bool = False
) -> Code:
    """Whether some, or every, combination passes.

    Where it is strict, a test that is no boolean makes the whole null, as in a boxed one.
    """

    def run(frame: Frame) -> Value:
        is_unknown = False
        try:
            for inner in _frames(axes, frame):
                found = test(inner)
                if is_strict and not isinstance(found, bool | None):
                    return frame.run.null(at, f"the test is a {kind_of(found)}")
                if found is (not is_every):
                    return not is_every
                is_unknown = is_unknown or not isinstance(found, bool)
        except _NotIterable as reason:
            return frame.run.null(at, str(reason))
        return None if is_unknown else is_every

    return run


def _frames(axes: Sequence[Axis], frame: Frame) -> Iterator[Frame]:
    """A frame for each combination, the last iterator turning fastest."""
    if not axes:
        yield frame
        return
    # A row of iterators is held in a row: many of them are no deep nest.
    waiting = [(frame, _started(axes[0], frame))]
    while waiting:
        outer, items = waiting[-1]
        for value in items:
            frame.run.step()
            inner = outer.inner({axes[len(waiting) - 1][0]: value})
            if len(waiting) == len(axes):
                yield inner
                continue
            waiting.append((inner, _started(axes[len(waiting)], inner)))
            break
        else:
            waiting.pop()


def _started(axis: Axis, frame: Frame) -> Iterator[Value]:
    _, over, to, _ = axis
    return _items(over(frame), to, frame)


def _items(value: Value, to: Code | None, frame: Frame) -> Iterator[Value]:
    if to is not None:
        yield from _count(value, to(frame))
        return
    match value:
        case list():
            yield from value
        case Range(start=start, end=end):
            if order(start, end) == 1:
                raise _NotIterable("the range ends before it starts")
            yield from _in_range(value, start, end)
        case None:
            raise _NotIterable("there is nothing to go through: null")
        case _:
            yield value


def _in_range(value: Range, start: Value, end: Value) -> Iterator[Value]:
    for item in _count(start, end):
        is_outside = (item == start and not value.has_start) or (item == end and not value.has_end)
        if not is_outside:
            yield item


def _count(start: Value, end: Value) -> Iterator[Value]:
    """Whole numbers or days from the one to the other, up or down."""
    match start, end:
        case (Decimal(), Decimal()):
            step = Decimal(1 if start <= end else -1)
            while (start <= end) if step > 0 else (start >= end):
                yield start
                start = NUMBERS.add(start, step)
        case (Day(), Day()):
            first, last = start.ordinal, end.ordinal
            way = 1 if first <= last else -1
            yield from map(day_at, range(first, last + way, way))
        case _:
            raise _NotIterable(f"no counting from {kind_of(start)} to {kind_of(end)}")
