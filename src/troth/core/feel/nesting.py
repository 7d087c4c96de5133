"""How deep does an expression nest, in calls of Python that reading, checking and running it take?

Python stops at a thousand nested calls, wherever that is. So the depth is counted beforehand, from
the form alone, and an expression that goes too deep is told as such, always at the same place.
"""

from __future__ import annotations

from dataclasses import fields

from troth.core.feel import syntax as s

# Of the thousand calls that Python nests, those that FEEL may: below them stands whoever asks,
# above them what walks a value.
MOST_FRAMES = 480
_LEVEL, _WIDE = 3, 5  # calls for each form; for those that go through many
_MANY = (s.Call, s.Filter, s.For, s.In, s.InstanceOf, s.ListOf, s.Quantified, s.UnaryTests)
# Forms of which a row is taken in a row, along this part.
_ROWS: tuple[tuple[type[s.Form], str], ...] = (
    (s.Arithmetic, "left"), (s.Logic, "left"), (s.If, "other"),
)  # fmt: skip


def frames_of(form: s.Form) -> int:
    """How deep the code of a form nests, at most."""
    deepest = 0
    waiting: list[tuple[object, int]] = [(form, 0)]
    while waiting:
        part, depth = waiting.pop()
        if isinstance(part, tuple):
            waiting += [(inner, depth) for inner in part]
        elif isinstance(part, s.Form | s.Iterator):
            below = depth + (_WIDE if isinstance(part, _MANY) else _LEVEL)
            deepest = max(deepest, below)
            along = _along(part)
            for field in fields(part):
                inner = getattr(part, field.name)
                is_same_row = field.name == along and type(inner) is type(part)
                waiting.append((inner, depth if is_same_row else below))
    return deepest


def _along(form: object) -> str | None:
    return next((name for kind, name in _ROWS if isinstance(form, kind)), None)
