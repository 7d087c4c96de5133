"""How is a finding told to people?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from troth.core.dmn.analysis.axes import Axis
from troth.core.feel.text import feel_of

Part = tuple[tuple[int, int], ...]  # a run of codes for each axis


def listed(items: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def rules_text(rules: Sequence[int], *, most: int = 5) -> str:
    """Rules that count from 0, as `rule 3` or `rules 3, 4 and 7`."""
    shown = [str(rule + 1) for rule in rules[:most]]
    if len(rules) > most:
        shown.append(f"{len(rules) - most} more")
    return f"rule{'s' if len(rules) > 1 else ''} {listed(shown)}"


def at_point(axes: Sequence[Axis], point: Sequence[int], rules: Iterable[int]) -> str:
    """`when a = 1 and b = "x"`: the inputs about which one of the rules asks."""
    asked = list(rules)
    parts = [
        f"{axis.name} = {feel_of(axis.values[code])}"
        for axis, code in zip(axes, point, strict=True)
        if any(axis.sets[rule] != axis.whole for rule in asked)
    ]
    return f"when {' and '.join(parts)}" if parts else "for every input"


def within_part(axes: Sequence[Axis], part: Part) -> str:
    """`when a > 3 and b = "x"`."""
    parts = []
    for axis, (first, end) in zip(axes, part, strict=True):
        text = axis.text(first, end)
        if text == "-":
            continue
        if text[:1] in "<>" and ", " not in text:
            parts.append(f"{axis.name} {text}")
        elif text.startswith("not("):
            parts.append(f"{axis.name} not in {text[3:]}")
        elif ".." in text or ", " in text:
            parts.append(f"{axis.name} in ({text})" if ", " in text else f"{axis.name} in {text}")
        else:
            parts.append(f"{axis.name} = {text}")
    return f"when {' and '.join(parts)}" if parts else "for any input"
