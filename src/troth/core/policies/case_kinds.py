"""Which policies does the work for a customer obey, and what may their tables ask?"""

from __future__ import annotations

from decimal import Decimal

from troth.core.policies.scopes import Layer
from troth.core.policies.specs import InputSpec, OutputSpec, PolicyKind

_SEVERITY = InputSpec(
    name="severity",
    about="1 is the worst, 4 the mildest.",
    type="number",
    allowed=(1, 2, 3, 4),
    is_whole=True,
)
_CASE = (
    _SEVERITY,
    InputSpec(name="opened_at", about="When the case was opened.", type="instant"),
    InputSpec(name="category", about="What the desk calls its subject.", type="text"),
    InputSpec(name="team", about="The team that has it.", type="text"),
    InputSpec(name="country", about="The customer's country, ISO 3166.", type="text"),
    InputSpec(name="has_order", about="Whether it is about an order.", type="boolean"),
)

_WORKING_WEEK = {
    "name": "company default",
    "time_zone": "UTC",
    "week": {"mon-fri": ["08:00-18:00"]},
}


def _minutes(metric: str, severity: int, default: int) -> OutputSpec:
    return OutputSpec(
        name=f"{metric}_minutes_{severity}",
        label=f"{metric.replace('_', ' ')} of severity {severity}",
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

_EXCEPTION_AUTHORITY = (
    OutputSpec(
        name="role",
        about="Who may grant it: a role.",
        type="text",
        default="operations_manager",
        allowed=("agent", "operations_manager", "executive"),
    ),
    OutputSpec(
        name="most_per_case",
        about="What one exception may cost at most.",
        type="decimal",
        unit="in the company's currency",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
    ),
    OutputSpec(
        name="most_per_month",
        about="What all exceptions of one person may cost in a month.",
        type="decimal",
        unit="in the company's currency",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
    ),
    OutputSpec(
        name="most_days",
        about="How long an exception may last.",
        type="integer",
        unit="days",
        better="higher",
        default=30,
        minimum=1,
        maximum=730,
    ),
)

_COMMUNICATION = (
    OutputSpec(
        name="channels",
        about="How a customer is written to, the preferred way first.",
        type="list",
        default=("email",),
        item=OutputSpec(
            name="channel",
            about="One way.",
            type="text",
            allowed=("email", "phone", "sms", "post", "portal"),
        ),
    ),
    OutputSpec(
        name="quiet_from",
        about="From when on the customer's clock nobody calls or writes.",
        type="text",
        unit="HH:MM",
        default="20:00",
        format="clock_time",
    ),
    OutputSpec(
        name="quiet_until",
        about="Until when nobody calls or writes.",
        type="text",
        unit="HH:MM",
        default="08:00",
        format="clock_time",
    ),
    OutputSpec(
        name="tell_delay_hours",
        about="How soon a customer is told that a promise will not hold.",
        type="integer",
        unit="hours",
        better="lower",
        default=24,
        minimum=0,
        maximum=720,
    ),
    OutputSpec(
        name="most_messages_per_week",
        about="How many messages that were not asked for a customer gets at most.",
        type="integer",
        unit="messages",
        better="lower",
        default=3,
        minimum=0,
        maximum=100,
    ),
    OutputSpec(
        name="named_contact",
        about="Whether one person answers for the customer.",
        type="boolean",
        default=False,
    ),
)

_ESCALATION = (
    OutputSpec(
        name="steps",
        about="Who is told when a target is at risk, in the order of the share of time used.",
        type="list",
        default=(
            {"at_share": Decimal("0.75"), "to": "team"},
            {"at_share": Decimal(1), "to": "operations_manager"},
        ),
        item=OutputSpec(
            name="step",
            about="One step.",
            type="mapping",
            fields=(
                OutputSpec(
                    name="at_share",
                    about="Of the working time until the target, the share that is used.",
                    type="decimal",
                    minimum=Decimal(0),
                    maximum=Decimal(10),
                ),
                OutputSpec(name="to", about="The role or team that is told.", type="text"),
            ),
        ),
    ),
    OutputSpec(
        name="reopened_times",
        about="After how many reopenings a case is escalated at once.",
        type="integer",
        better="lower",
        default=2,
        minimum=1,
        maximum=100,
    ),
)

_EXCEPTION = (
    InputSpec(name="kind", about="What is asked for beyond the policy.", type="text"),
    InputSpec(name="cost", about="What it would cost, in the company's currency.", type="number"),
)
_MESSAGE = (
    InputSpec(name="subject", about="What the message is about.", type="text"),
    InputSpec(name="country", about="The customer's country, ISO 3166.", type="text"),
)

CASE_KINDS = (
    PolicyKind(
        name="service_level",
        about="How soon a case is answered.",
        outputs=_SERVICE_LEVEL,
        inputs=_CASE,
    ),
    PolicyKind(
        name="queue", about="In which order cases are worked.", outputs=_QUEUE, inputs=_CASE
    ),
    PolicyKind(
        name="escalation",
        about="Who is told when a target is at risk.",
        outputs=_ESCALATION,
        inputs=_CASE,
    ),
    PolicyKind(
        name="exception_authority",
        about="Who may give more than the policy gives, and how much.",
        outputs=_EXCEPTION_AUTHORITY,
        inputs=_EXCEPTION,
    ),
    PolicyKind(
        name="communication",
        about="How and when a customer is written to.",
        outputs=_COMMUNICATION,
        inputs=_MESSAGE,
    ),
)
