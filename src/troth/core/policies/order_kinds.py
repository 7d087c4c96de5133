"""Which policies does an order obey, and what may their tables ask?"""

from __future__ import annotations

from decimal import Decimal

from troth.core.policies.specs import InputSpec, OutputSpec, PolicyKind

_ORDER = (
    InputSpec(name="placed_at", about="When the order was placed.", type="instant"),
    InputSpec(name="requested_at", about="By when the customer wants it.", type="instant"),
    InputSpec(name="origin", about="The region or site that it leaves from.", type="text"),
    InputSpec(name="destination", about="The region that it goes to.", type="text"),
    InputSpec(name="country", about="The country that it goes to, ISO 3166.", type="text"),
    InputSpec(name="channel", about="How it came in.", type="text"),
    InputSpec(name="total", about="What it comes to, in its currency.", type="number"),
    InputSpec(name="total_currency", about="The currency of the total, ISO 4217.", type="text"),
)

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
    OutputSpec(
        name="packaging",
        about="How the goods are packed.",
        type="text",
        default="standard",
    ),
    OutputSpec(
        name="inserts",
        about="What is put into the parcel beside the goods: papers, samples, a card.",
        type="list",
        item=OutputSpec(name="insert", about="What the warehouse calls it.", type="text"),
    ),
)


_PRICE_TERMS = (
    OutputSpec(
        name="payment_days",
        about="How long an invoice may stay unpaid.",
        type="integer",
        unit="days",
        better="higher",
        default=30,
        minimum=0,
        maximum=365,
    ),
    OutputSpec(
        name="discount_percent",
        about="What is taken off the list price.",
        type="decimal",
        unit="%",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(100),
    ),
    OutputSpec(
        name="early_payment_percent",
        about="What is taken off when an invoice is paid early.",
        type="decimal",
        unit="%",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(100),
    ),
    OutputSpec(
        name="early_payment_days",
        about="Within how many days is early.",
        type="integer",
        unit="days",
        better="higher",
        minimum=1,
        maximum=365,
    ),
    OutputSpec(
        name="free_shipping_from",
        about="The total from which shipping costs nothing; without an answer it always costs.",
        type="decimal",
        unit="in the order's currency",
        better="lower",
        minimum=Decimal(0),
    ),
    OutputSpec(
        name="late_delivery_credit_percent",
        about="What is credited for a promise that was broken.",
        type="decimal",
        unit="% of the order",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(100),
    ),
)

_ALLOCATION_PRIORITY = (
    OutputSpec(
        name="weight",
        about="How much an order counts where stock does not suffice for all.",
        type="decimal",
        unit="points",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(1_000_000),
    ),
    OutputSpec(
        name="protected_share",
        about="The share of scarce stock that is kept for such orders.",
        type="decimal",
        better="higher",
        default=Decimal(0),
        minimum=Decimal(0),
        maximum=Decimal(1),
    ),
    OutputSpec(
        name="most_rounds_waited",
        about="After how many rounds an order goes before all better ones, so that none starves.",
        type="integer",
        unit="rounds",
        better="lower",
        default=5,
        minimum=1,
        maximum=1000,
    ),
    OutputSpec(
        name="most_days_waited",
        about="After how many days an order goes before all better ones, so that none starves.",
        type="integer",
        unit="days",
        better="lower",
        default=14,
        minimum=1,
        maximum=365,
    ),
    OutputSpec(
        name="may_split",
        about="Whether part of an order may be sent before the rest.",
        type="boolean",
        default=True,
    ),
)

ORDER_KINDS = (
    PolicyKind(
        name="lead_time",
        about="How long an order may take.",
        outputs=_LEAD_TIME,
        inputs=_ORDER,
    ),
    PolicyKind(
        name="delivery",
        about="When and how a customer receives goods.",
        outputs=_DELIVERY,
        inputs=_ORDER,
    ),
    PolicyKind(
        name="price_terms",
        about="At what terms a customer buys.",
        outputs=_PRICE_TERMS,
        inputs=_ORDER,
    ),
    PolicyKind(
        name="allocation_priority",
        about="Who comes first where stock does not suffice.",
        outputs=_ALLOCATION_PRIORITY,
        inputs=_ORDER,
    ),
)
