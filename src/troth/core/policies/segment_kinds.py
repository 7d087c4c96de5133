"""By which policy are customers put into segments, and what may its table ask of a customer?

Figures of behaviour, value and the service that was used, over the year until a run's moment; no
demographic ones, and no tier, segment, region or name: those are layers, and a segment that asked
for them would say again what somebody had said before.
"""

from __future__ import annotations

from troth.core.policies.scopes import Layer
from troth.core.policies.specs import InputSpec, OutputSpec, PolicyKind

OTHER = "other"  # the segment of whom no rule speaks


def _money(name: str, about: str) -> InputSpec:
    return InputSpec(name=name, about=about, type="number", unit="in the company's currency")


def _count(name: str, about: str, unit: str = "") -> InputSpec:
    return InputSpec(name=name, about=about, type="number", unit=unit, is_whole=True)


def _score(name: str, about: str) -> InputSpec:
    return InputSpec(name=name, about=about, type="number", allowed=(1, 2, 3, 4, 5), is_whole=True)


PROFILE = (
    _money("revenue_12m", "Revenue of the last 12 months."),
    _money("revenue_before_12m", "Revenue of the 12 months before those."),
    InputSpec(
        name="revenue_growth_percent",
        about="By how much revenue grew over the 12 months before; null where those had none.",
        type="number",
        unit="%",
    ),
    _count("orders_12m", "Orders of the last 12 months.", "orders"),
    _count("orders_before_12m", "Orders of the 12 months before those.", "orders"),
    _count("days_bought_24m", "Days with an order in the last 24 months.", "days"),
    _count("days_since_last", "Days since the last order; null where there was none.", "days"),
    _count("tenure_months", "Whole months since we first knew of them.", "months"),
    _count("cases_12m", "Cases opened in the last 12 months.", "cases"),
    _count("reopened_12m", "Of those, how many came back.", "cases"),
    _count("breached_12m", "Of those, how many missed a target.", "cases"),
    _count("contacts_12m", "Contacts that we did not begin, in the last 12 months.", "contacts"),
    InputSpec(
        name="contact_minutes_12m",
        about="How long contacts of the last 12 months took, ours too; null where none says.",
        type="number",
        unit="minutes",
    ),
    _count("channels_12m", "Channels of their cases and contacts of the last 12 months."),
    _count("returns_12m", "Goods that came back in the last 12 months.", "returns"),
    _count("promises_12m", "Promises that fell due in the last 12 months.", "promises"),
    _count("broken_promises_12m", "Of those, how many we broke.", "promises"),
    InputSpec(
        name="last_nps",
        about="The last answer to would you recommend us, in the last 12 months.",
        type="number",
    ),
    _money("goods_cost_12m", "What the goods of the last 12 months cost; null where not known."),
    _money("expected_value", "What they are expected to bring in, by the policy `value`."),
    InputSpec(
        name="leaving_percent",
        about="The chance that we lose them, by the policy `value`.",
        type="number",
        unit="%",
    ),
    _score("recency_score", "5: of the fifth that bought most recently. 1: longest ago."),
    _score("frequency_score", "5: of the fifth that bought most often in 24 months."),
    _score("monetary_score", "5: of the fifth that brought in most in 24 months."),
)

SEGMENT_KINDS = (
    PolicyKind(
        name="segments",
        about="Which customers are in which segment.",
        outputs=(
            OutputSpec(
                name="segment",
                about="The segment. In a table the first rule that holds names it.",
                type="text",
                default=OTHER,
                layers=(Layer.REGION, Layer.COMPANY),
            ),
        ),
        inputs=PROFILE,
    ),
)
