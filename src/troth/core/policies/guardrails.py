"""What is the nearest value that law and company allow?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from troth.core.policies.specs import OutputSpec

Bound = Mapping[str, Any]  # any of minimum, maximum (inclusive), allowed


class ContradictoryGuardrailsError(ValueError):
    """No value satisfies all guardrails in force. Publication refuses this: check its history."""


def is_better(spec: OutputSpec, value: Any, than: Any) -> bool:
    """Whether one value is strictly better for the customer; never where there is no direction."""
    if spec.better == "higher":
        return bool(value > than)
    return spec.better == "lower" and bool(value < than)


def is_satisfiable(bounds: Sequence[Bound]) -> bool:
    """Whether some value satisfies all bounds."""
    low, high, allowed = _intersection(bounds)
    if allowed is not None:
        return bool(allowed)
    return low is None or high is None or low <= high


def refuses(spec: OutputSpec, value: Any, bound: Bound) -> bool:
    """Whether one bound, by itself, does not let a value stand."""
    return bool(clamped(spec, value, [bound]) != value)


def clamped(spec: OutputSpec, value: Any, bounds: Sequence[Bound]) -> Any:
    """The value itself where all bounds allow it, else the nearest that they allow.

    Of two equally near values the one better for the customer, without a direction the smaller;
    of values that are no numbers the first allowed. No answer counts as the worst one for the
    customer: where a direction and a bound on that side exist, it becomes that bound.
    Raises ContradictoryGuardrailsError.
    """
    if not bounds:
        return value
    if not is_satisfiable(bounds):
        raise ContradictoryGuardrailsError(f"no {spec.name} satisfies {list(bounds)}")
    low, high, allowed = _intersection(bounds)
    if value is None:
        return _worst(spec, low, high, allowed)
    if allowed is not None:
        return value if value in allowed else _nearest(spec, value, allowed)
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def _intersection(bounds: Sequence[Bound]) -> tuple[Any, Any, list[Any] | None]:
    low = max((item["minimum"] for item in bounds if item.get("minimum") is not None), default=None)
    high = min(
        (item["maximum"] for item in bounds if item.get("maximum") is not None), default=None
    )
    sets = [item["allowed"] for item in bounds if item.get("allowed") is not None]
    if not sets:
        return low, high, None
    common = [
        value
        for value in sets[0]
        if all(value in others for others in sets[1:])
        and (low is None or value >= low)
        and (high is None or value <= high)
    ]
    return low, high, common


def _nearest(spec: OutputSpec, value: Any, allowed: list[Any]) -> Any:
    if not spec.is_number:
        return allowed[0]
    sign = -1 if spec.better == "higher" else 1
    return min(allowed, key=lambda item: (abs(item - value), sign * item))


def _worst(spec: OutputSpec, low: Any, high: Any, allowed: list[Any] | None) -> Any:
    if spec.better is None:
        return None
    if spec.better == "higher":
        return min(allowed) if allowed is not None else low
    return max(allowed) if allowed is not None else high
