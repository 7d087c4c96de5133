"""Do we keep what we promise, how tight are our promises, and how steady are we?"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from ibis import interval, literal
from ibis.expr.types import BooleanColumn, Column, Table

from troth.analysis.metrics.metric import (
    Aggregation,
    Better,
    Judge,
    Judgement,
    Metric,
    Setting,
    Unit,
    seconds_between,
)

_SCOR_COMMIT = "ASCM SCOR 12.0, RL.2.2 Delivery Performance to Customer Commit Date"
_SHARPNESS = (
    "Gneiting, Balabdaoui and Raftery, Probabilistic forecasts, calibration and sharpness, "
    "JRSS B 69 (2007): sharp subject to being kept"
)


def _cancelled(table: Table) -> BooleanColumn:
    return (table.state == "cancelled").fill_null(False)


def _now(setting: Setting) -> Column:
    return literal(setting.as_of, type="timestamp('UTC')")


def _delivered_orders(
    value: Callable[[Table], Column], *, needs: tuple[tuple[str, str], ...]
) -> Judge:
    """A judge of delivered orders that have each column of `needs` (reason → column)."""

    def judge(table: Table, setting: Setting) -> Judgement:
        undelivered = table.delivered_at.isnull() & ~_cancelled(table)
        given_up = table.first_promised_at + interval(days=setting.lost_after_days)
        is_lost = undelivered & (given_up < _now(setting)).fill_null(False)
        return Judgement(
            value=value(table),
            left_out=(
                ("cancelled", _cancelled(table)),
                ("never_delivered", is_lost),
                ("not_delivered_yet", undelivered),
                *((reason, table[column].isnull()) for reason, column in needs),
            ),
            is_open=undelivered & ~is_lost,
        )

    return judge


def _by(column: str) -> Callable[[Table], Column]:
    return lambda table: (table.delivered_at <= table[column]).fill_null(False)


def _lead_time(column: str) -> Callable[[Table], Column]:
    return lambda table: seconds_between(table.placed_at, table[column])


def _off_promise(table: Table) -> Column:
    return seconds_between(table.first_promised_at, table.delivered_at)


def _otif(column: str, *, missing: str) -> Judge:
    """A judge of deliveries against one reference date, under the setting's terms."""

    def judge(table: Table, setting: Setting) -> Judgement:
        terms = setting.terms
        latest = table[column] + interval(hours=terms.late_hours)
        is_on_time = table.arrived_at <= latest
        if terms.early_hours is not None:
            earliest = table[column] - interval(hours=terms.early_hours)
            is_on_time = is_on_time & (table.arrived_at >= earliest)
        is_not_due = table.arrived_at.isnull() & (latest >= _now(setting)).fill_null(False)
        return Judgement(
            value=is_on_time.fill_null(False) & ~table.is_short,
            left_out=(
                ("cancelled", _cancelled(table)),
                (missing, table[column].isnull()),
                ("not_due_yet", is_not_due),
            ),
            assumed=(("quantity_not_known", ~table.is_full_known),),
            is_open=is_not_due & ~_cancelled(table),
        )

    return judge


def _cold_start(table: Table, _: Setting) -> Judgement:
    return Judgement(
        value=table.is_cold_start.fill_null(False),
        left_out=(
            ("cancelled", _cancelled(table)),
            ("cold_start_not_known", table.is_cold_start.isnull()),
        ),
    )


_OURS = (("no_promise", "first_promised_at"),)
_SOURCES = (("no_source_promise", "source_promised_at"),)
_FULL = (
    "and in full, no line short ÷ deliveries that are due. Late, short or overdue is a failure. "
    "Where no delivered quantity is known, the delivery is taken as in full, and how many were "
    "is shown beside the value. Tolerance and level are the contract's terms."
)

PROMISES: tuple[Metric, ...] = (
    Metric(
        name="otif_request",
        title="How often does a delivery come on time and in full, as the customer asked?",
        definition=f"Deliveries that arrived within the window round the requested date {_FULL}",
        source="ASCM SCOR 12.0, RL.1.1 Perfect Order Fulfillment, its parts time and quantity",
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="deliveries",
        grain="an order that is due, or each line of it",
        judge=_otif("requested_at", missing="no_requested_date"),
        reference="requested date",
    ),
    Metric(
        name="otif_promise",
        title="How often does a delivery come on time and in full, as we first promised?",
        definition=f"Deliveries that arrived within the window round the first promise {_FULL}",
        source="ASCM SCOR 12.0, RL.1.1 Perfect Order Fulfillment, its parts time and quantity",
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="deliveries",
        grain="an order that is due, or each line of it",
        judge=_otif("first_promised_at", missing="no_promise"),
        reference="first promise",
    ),
    Metric(
        name="promise_coverage",
        title="How often do we keep our first promise?",
        definition="Delivered orders with delivered_at ≤ first_promised_at ÷ delivered orders.",
        source=_SCOR_COMMIT,
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="promises",
        grain="a delivered order",
        judge=_delivered_orders(_by("first_promised_at"), needs=_OURS),
        target=Decimal(90),  # what the service quantile of the built-in policy aims at
    ),
    Metric(
        name="source_promise_coverage",
        title="How often was the promise of the source system kept?",
        definition=(
            "Delivered orders with delivered_at ≤ source_promised_at ÷ delivered orders that the "
            "source system gave a promise for."
        ),
        source=_SCOR_COMMIT,
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="promises",
        grain="a delivered order",
        judge=_delivered_orders(_by("source_promised_at"), needs=_OURS + _SOURCES),
    ),
    Metric(
        name="promise_tightness",
        title="How soon do we promise?",
        definition="Mean of first_promised_at − placed_at in days, over delivered orders.",
        source=_SHARPNESS,
        unit=Unit.DAYS,
        aggregation=Aggregation.MEAN,
        better=Better.LOWER,
        owner="Operations manager",
        table="promises",
        grain="a delivered order",
        judge=_delivered_orders(_lead_time("first_promised_at"), needs=_OURS),
    ),
    Metric(
        name="source_promise_tightness",
        title="How soon did the source system promise?",
        definition="Mean of source_promised_at − placed_at in days, over delivered orders.",
        source=_SHARPNESS,
        unit=Unit.DAYS,
        aggregation=Aggregation.MEAN,
        better=Better.LOWER,
        owner="Operations manager",
        table="promises",
        grain="a delivered order",
        judge=_delivered_orders(_lead_time("source_promised_at"), needs=_OURS + _SOURCES),
    ),
    Metric(
        name="on_time_consistency",
        title="How steadily do we arrive, measured against our first promise?",
        definition=(
            "Sample standard deviation of delivered_at − first_promised_at in days, over "
            "delivered orders. Being early by the same span each time is steady."
        ),
        source=(
            "Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains "
            "(4th ed., 2017), ch. 6: the deviation of lead time is what a buyer must buffer"
        ),
        unit=Unit.DAYS,
        aggregation=Aggregation.DEVIATION,
        better=Better.LOWER,
        owner="Operations manager",
        table="promises",
        grain="a delivered order",
        judge=_delivered_orders(_off_promise, needs=_OURS),
    ),
    Metric(
        name="cold_start_share",
        title="How often do we promise without any history of the lane?",
        definition="Orders promised by the company default for want of history ÷ orders.",
        source="Troth's own: a promise decision says so in its reasons",
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.LOWER,
        owner="Operations engineer",
        table="promises",
        grain="an order that was not cancelled",
        judge=_cold_start,
    ),
)
