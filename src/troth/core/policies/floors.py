"""Below which answer may a customer never fall, and why is it asked for?

The standard is what holds with the customer, tier and segment layers off (DESIGN §3.8). It is the
floor for those who opt out, and for decisions whose facts cannot be trusted: such layers are left
out, contract and guardrails stay, and nothing may be worse than the standard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from troth.core.consent.states import Standing, State
from troth.core.policies.guardrails import is_better
from troth.core.policies.kinds import kind_named
from troth.core.policies.resolution import Resolution
from troth.core.policies.scopes import PERSONAL, Layer, Subject, without


class FloorReason(StrEnum):
    """Why layers are left out; the reason's code is "floor:" and this."""

    CONSENT = "consent"  # the customer does not permit what they rest on
    STALE = "stale"  # a fact is older than its contract allows
    UNVERIFIED = "unverified"  # nobody has verified a fact that must be
    OUTAGE = "outage"  # what they rest on cannot be reached


@dataclass(frozen=True, kw_only=True)
class Floor:
    """One reason to leave layers out. `values` holds plain values, by name, that tell why."""

    because: FloorReason
    layers: tuple[Layer, ...] = PERSONAL
    values: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not set(self.layers) <= set(PERSONAL):
            raise ValueError(f"only {', '.join(PERSONAL)} can be left out, not {self.layers}")

    @property
    def code(self) -> str:
        """ "floor:consent"."""
        return f"floor:{self.because.value}"


def consent_floors(standings: Iterable[Standing]) -> tuple[Floor, ...]:
    """One floor for each purpose that is not permitted and that layers rest on."""
    return tuple(
        consent_floor(item.purpose, item.state, item.notice.layers)
        for item in standings
        if item.notice.layers and not item.is_permitted
    )


def consent_floor(purpose: str, state: State, layers: Collection[str]) -> Floor:
    """The floor of a purpose that is not permitted, with the names of the layers it has."""
    return Floor(
        because=FloorReason.CONSENT,
        layers=tuple(layer for layer in PERSONAL if layer.value in layers),
        values={"purpose": purpose, "state": state.value},
    )


def left_out(floors: Iterable[Floor]) -> frozenset[Layer]:
    """All layers that are off."""
    return frozenset(layer for floor in floors for layer in floor.layers)


def permitted(subject: Subject, floors: Iterable[Floor]) -> Subject:
    """The subject with the layers off that are left out."""
    off = left_out(floors)
    return without(subject, off) if off else subject


def no_worse(own: Resolution, standard: Resolution) -> Resolution:
    """Output by output the own answer, or the standard's where that is better for the customer.

    Of outputs without a direction the own answer stands. No answer counts as the worst.
    """
    specs = kind_named(own.kind).by_name
    outputs = []
    for mine, plain in zip(own.outputs, standard.outputs, strict=True):
        spec = specs[mine.output]
        is_worse = (
            spec.better is not None
            and plain.value is not None
            and (mine.value is None or is_better(spec, plain.value, mine.value))
        )
        outputs.append(plain if is_worse else mine)
    return replace(own, outputs=tuple(outputs))
