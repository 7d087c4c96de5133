"""Which policies are there, what does each answer, and which answer is better for a customer?"""

from __future__ import annotations

from decimal import Decimal

from troth.core.policies.case_kinds import CASE_KINDS
from troth.core.policies.order_kinds import ORDER_KINDS
from troth.core.policies.scopes import Layer
from troth.core.policies.segment_kinds import SEGMENT_KINDS
from troth.core.policies.specs import OutputSpec, PolicyKind


class UnknownKindError(LookupError):
    """No policy kind has this name. Use one of the names in KINDS."""


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
    OutputSpec(
        name="minimum_stay_months",
        about="For how many months a customer stays in a tier at least before falling out of it.",
        type="integer",
        unit="months",
        better="higher",
        default=0,
        minimum=0,
        maximum=60,
        layers=_COMPANY_OR_REGION,
    ),
)

_COMPANY = (Layer.COMPANY,)

_VALUE = (
    OutputSpec(
        name="relation",
        about="Whether a customer signs off: contractual, whose leaving is seen, or "
        "non_contractual, of whom only silence tells. Each has models of its own.",
        type="text",
        default="non_contractual",
        allowed=("non_contractual", "contractual"),
    ),
    OutputSpec(
        name="margin_percent",
        about="The share of revenue that is kept; 100 values revenue itself.",
        type="decimal",
        unit="%",
        default=Decimal(100),
        minimum=Decimal(1),
        maximum=Decimal(100),
    ),
    OutputSpec(
        name="horizon_months",
        about="How far ahead lifetime value looks.",
        type="integer",
        unit="months",
        default=36,
        minimum=1,
        maximum=120,
        layers=_COMPANY,
    ),
    OutputSpec(
        name="discount_percent",
        about="What money of a year later is worth less.",
        type="decimal",
        unit="% a year",
        default=Decimal(10),
        minimum=Decimal(0),
        maximum=Decimal(100),
        layers=_COMPANY,
    ),
    OutputSpec(
        name="silence_days",
        about="A customer who buys nothing, or leaves, within so many days counts as lost.",
        type="integer",
        unit="days",
        default=182,
        minimum=7,
        maximum=1095,
        layers=_COMPANY,
    ),
)

KINDS: tuple[PolicyKind, ...] = (
    *ORDER_KINDS,
    *CASE_KINDS,
    PolicyKind(name="tiers", about="Which customers are in which tier.", outputs=_TIERS),
    PolicyKind(name="value", about="What a customer's worth is reckoned by.", outputs=_VALUE),
    *SEGMENT_KINDS,
)

BY_NAME: dict[str, PolicyKind] = {kind.name: kind for kind in KINDS}


def kind_named(name: str) -> PolicyKind:
    """The kind of this name. Raises UnknownKindError."""
    try:
        return BY_NAME[name]
    except KeyError:
        known = ", ".join(BY_NAME)
        raise UnknownKindError(f"no policy kind is called {name!r}; use one of {known}") from None
