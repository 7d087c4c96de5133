"""Which policies are there, what does each answer, and which answer is better for a customer?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from troth.core.policies.scopes import Layer

OutputType = Literal["integer", "decimal", "text", "boolean", "list", "mapping"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One answer of a policy: its type, unit, direction, built-in default and what is valid."""

    name: str
    about: str
    type: OutputType
    unit: str = ""
    better: Better | None = None  # for the customer; only numbers have a direction
    default: Any = None  # None: no answer
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    allowed: tuple[Any, ...] = ()
    format: Literal["clock_time", "time_zone", "calendar"] | None = None
    item: OutputSpec | None = None  # what each entry of a list must be
    fields: tuple[OutputSpec, ...] = ()  # what a mapping must hold; empty: `format` decides
    layers: tuple[Layer, ...] = tuple(Layer)  # the layers that may answer it

    @property
    def is_number(self) -> bool:
        return self.type in ("integer", "decimal")


@dataclass(frozen=True, kw_only=True)
class PolicyKind:
    """One kind of policy and its outputs."""

    name: str
    about: str
    outputs: tuple[OutputSpec, ...]
    by_name: Mapping[str, OutputSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {spec.name: spec for spec in self.outputs})


class UnknownKindError(LookupError):
    """No policy kind has this name. Use one of the names in KINDS."""


_WORKING_WEEK = {
    "name": "company default",
    "time_zone": "UTC",
    "week": {"mon-fri": ["08:00-18:00"]},
}

_LEAD_TIME = (
    OutputSpec(
        name="service_quantile",
        about="The share of orders that should arrive by the promised time.",
        type="decimal",
        better="higher",
        default=Decimal("0.9"),
        minimum=Decimal("0.5"),
        maximum=Decimal("0.999"),
    ),
    OutputSpec(
        name="default_lead_time_days",
        about="The lead time that is promised where no lane has a history yet.",
        type="integer",
        unit="days",
        better="lower",
        default=14,
        minimum=0,
        maximum=730,
    ),
    OutputSpec(
        name="history_days",
        about="How far back a lane's history counts as recent.",
        type="integer",
        unit="days",
        default=120,
        minimum=1,
        maximum=3650,
    ),
    OutputSpec(
        name="borrow_weight",
        about="How many orders of its own the history of a wider lane counts as.",
        type="integer",
        unit="orders",
        default=30,
        minimum=0,
        maximum=100_000,
    ),
    OutputSpec(
        name="maximum_lead_time_days",
        about="The longest lead time that may be promised: a committed ceiling.",
        type="integer",
        unit="days",
        better="lower",
        minimum=0,
        maximum=730,
    ),
)

_DELIVERY = (
    OutputSpec(
        name="weekdays",
        about="The days on which the customer receives goods; Monday is 0.",
        type="list",
        default=tuple(range(7)),
        item=OutputSpec(name="weekday", about="Monday is 0.", type="integer", minimum=0, maximum=6),
    ),
    OutputSpec(
        name="window_opens",
        about="When receiving begins, on the customer's clock.",
        type="text",
        unit="HH:MM",
        default="00:00",
        format="clock_time",
    ),
    OutputSpec(
        name="window_closes",
        about="When receiving ends, on the customer's clock; 24:00 is the end of the day.",
        type="text",
        unit="HH:MM",
        default="24:00",
        format="clock_time",
    ),
    OutputSpec(
        name="time_zone",
        about="The zone of the customer's clock; without one, the order's own.",
        type="text",
        unit="IANA zone",
        format="time_zone",
    ),
)


def _minutes(metric: str, severity: int, default: int) -> OutputSpec:
    return OutputSpec(
        name=f"{metric}_minutes_{severity}",
        about=f"Target of {metric.replace('_', ' ')} for a case of severity {severity}.",
        type="integer",
        unit="working minutes",
        better="lower",
        default=default,
        minimum=1,
        maximum=525_600,
    )


_SERVICE_LEVEL = (
    OutputSpec(
        name="calendar",
        about="The business calendar on which targets count.",
        type="mapping",
        default=_WORKING_WEEK,
        format="calendar",
    ),
    *(_minutes("first_response", at + 1, of) for at, of in enumerate((60, 240, 480, 960))),
    *(_minutes("resolution", at + 1, of) for at, of in enumerate((480, 1440, 2880, 5760))),
)

_QUEUE = (
    OutputSpec(
        name="rank_weight",
        about="Points that a case of this tier or customer starts with.",
        type="decimal",
        unit="points",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(1_000_000),
    ),
    OutputSpec(
        name="aging_points_per_hour",
        about="Points that every case gains for each hour that it waits, so that none starves.",
        type="decimal",
        unit="points per hour",
        default=Decimal(1),
        minimum=Decimal("0.001"),  # without aging a case could wait for ever
        maximum=Decimal(1_000_000),
        layers=(Layer.GUARDRAIL, Layer.COMPANY),  # one rate for all keeps the order a static key
    ),
    *(
        OutputSpec(
            name=f"severity_points_{at + 1}",
            about=f"Points that a case of severity {at + 1} starts with.",
            type="decimal",
            unit="points",
            default=Decimal(of),
            minimum=Decimal(0),
            maximum=Decimal(1_000_000),
        )
        for at, of in enumerate((48, 24, 8, 0))
    ),
)

# A tier cannot depend on the tier, the segment or the customer that it is asked for.
_COMPANY_OR_REGION = (Layer.REGION, Layer.COMPANY)

_TIERS = (
    OutputSpec(
        name="thresholds",
        layers=_COMPANY_OR_REGION,
        about="The tiers from best to last, by revenue over the trailing months. "
        "Leaving below entering keeps a customer from switching to and fro.",
        type="list",
        default=(
            {"name": "gold", "shape": "star", "enter": Decimal(50000), "leave": Decimal(40000)},
            {"name": "silver", "shape": "diamond", "enter": Decimal(10000), "leave": Decimal(8000)},
            {"name": "standard", "shape": "circle", "enter": Decimal(0), "leave": Decimal(0)},
        ),
        item=OutputSpec(
            name="tier",
            about="One tier.",
            type="mapping",
            fields=(
                OutputSpec(name="name", about="What people call it.", type="text"),
                OutputSpec(name="shape", about="The shape that marks it on a page.", type="text"),
                OutputSpec(
                    name="enter",
                    about="Revenue from which a customer enters.",
                    type="decimal",
                    minimum=Decimal(0),
                ),
                OutputSpec(
                    name="leave",
                    about="Revenue below which a customer leaves.",
                    type="decimal",
                    minimum=Decimal(0),
                ),
            ),
        ),
    ),
    OutputSpec(
        name="currency",
        about="The currency of the thresholds, ISO 4217.",
        type="text",
        default="EUR",
        layers=_COMPANY_OR_REGION,
    ),
    OutputSpec(
        name="trailing_months",
        about="How many months of revenue count.",
        type="integer",
        unit="months",
        default=12,
        minimum=1,
        maximum=120,
        layers=_COMPANY_OR_REGION,
    ),
)

# One line a kind.
KINDS: tuple[PolicyKind, ...] = (
    PolicyKind(name="lead_time", about="How long an order may take.", outputs=_LEAD_TIME),
    PolicyKind(name="delivery", about="When a customer receives goods.", outputs=_DELIVERY),
    PolicyKind(name="service_level", about="How soon a case is answered.", outputs=_SERVICE_LEVEL),
    PolicyKind(name="queue", about="In which order cases are worked.", outputs=_QUEUE),
    PolicyKind(name="tiers", about="Which customers are in which tier.", outputs=_TIERS),
)

BY_NAME: dict[str, PolicyKind] = {kind.name: kind for kind in KINDS}


def kind_named(name: str) -> PolicyKind:
    """The kind of this name. Raises UnknownKindError."""
    try:
        return BY_NAME[name]
    except KeyError:
        known = ", ".join(BY_NAME)
        raise UnknownKindError(f"no policy kind is called {name!r}; use one of {known}") from None
