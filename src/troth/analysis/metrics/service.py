"""Do we answer and solve cases as soon as we said, and how long do they take?"""

from __future__ import annotations

from ibis.expr.types import BooleanColumn, Table

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

_ITIL = "ITIL 4, Service level management practice"


def _cancelled(table: Table) -> BooleanColumn:
    return (table.resolution_state == "cancelled").fill_null(False)


def _clock_met(metric: str) -> Judge:
    """A judge of cases by one of their clocks: a breach counts the moment it happens."""

    def judge(table: Table, _: Setting) -> Judgement:
        state = table[f"{metric}_state"]
        is_breached = table[f"{metric}_breached"].fill_null(False)
        is_running = state.isin(("in_progress", "paused")).fill_null(False) & ~is_breached
        return Judgement(
            value=~is_breached,
            left_out=(
                ("no_clock", state.isnull()),
                ("cancelled", (state == "cancelled").fill_null(False) & ~is_breached),
                ("still_running", is_running),
            ),
            is_open=is_running,
        )

    return judge


def _is_open(table: Table) -> BooleanColumn:
    return table.resolved_at.isnull() & ~_cancelled(table)


def _working_hours(table: Table, _: Setting) -> Judgement:
    return Judgement(
        value=table.resolution_working_seconds,
        left_out=(
            ("cancelled", _cancelled(table)),
            ("not_resolved", table.resolved_at.isnull()),
            ("no_clock", table.resolution_working_seconds.isnull()),
        ),
        is_open=_is_open(table),
    )


def _wall_hours(table: Table, _: Setting) -> Judgement:
    return Judgement(
        value=seconds_between(table.opened_at, table.resolved_at),
        left_out=(("cancelled", _cancelled(table)), ("not_resolved", table.resolved_at.isnull())),
        is_open=_is_open(table),
    )


def _source_met(table: Table, _: Setting) -> Judgement:
    met = table.source_met_sla
    # Desks start with "met" and take it back: before the end, only a miss is settled.
    is_unsettled = table.resolved_at.isnull() & met.fill_null(True)
    return Judgement(
        value=met.fill_null(False),
        left_out=(
            ("source_silent", met.isnull()),
            ("cancelled", _cancelled(table) & met.fill_null(True)),
            ("not_resolved", is_unsettled),
        ),
        is_open=is_unsettled & met.notnull() & ~_cancelled(table),
    )


SERVICE: tuple[Metric, ...] = (
    Metric(
        name="sla_first_response_met",
        title="How often do we first answer a case in time?",
        definition=(
            "Cases whose first-response clock ended unbreached ÷ cases whose clock has ended or "
            "is breached. Time waiting for the customer does not count."
        ),
        source=_ITIL,
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="cases",
        grain="a case whose clock is settled",
        judge=_clock_met("first_response"),
    ),
    Metric(
        name="sla_resolution_met",
        title="How often do we solve a case in time?",
        definition=(
            "Cases whose resolution clock ended unbreached ÷ cases whose clock has ended or is "
            "breached. Time waiting for the customer does not count."
        ),
        source=_ITIL,
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="cases",
        grain="a case whose clock is settled",
        judge=_clock_met("resolution"),
    ),
    Metric(
        name="source_sla_met",
        title="How often was the SLA met, as the desk itself says?",
        definition=(
            "Cases that the desk marks as within its own SLA ÷ cases that it has marked, solved "
            "or already missed."
        ),
        source="The desk's own mark",
        unit=Unit.PERCENT,
        aggregation=Aggregation.SHARE,
        better=Better.HIGHER,
        owner="Operations manager",
        table="cases",
        grain="a case that the desk has marked",
        judge=_source_met,
    ),
    Metric(
        name="case_time_to_resolve",
        title="How long do we work until a case is solved?",
        definition=(
            "Median working time on the resolution clock, in hours of the case's calendar, "
            "without pauses, over resolved cases."
        ),
        source="ITIL 4, Incident management practice; the median, since durations are skewed",
        unit=Unit.WORKING_HOURS,
        aggregation=Aggregation.MEDIAN,
        better=Better.LOWER,
        owner="Operations manager",
        table="cases",
        grain="a resolved case",
        judge=_working_hours,
    ),
    Metric(
        name="case_time_to_resolve_wall",
        title="How long does a customer wait until a case is solved?",
        definition=(
            "Median of resolved_at − opened_at in hours by the clock on the wall, nights and "
            "pauses included, over resolved cases."
        ),
        source="ITIL 4, Incident management practice; the median, since durations are skewed",
        unit=Unit.HOURS,
        aggregation=Aggregation.MEDIAN,
        better=Better.LOWER,
        owner="Operations manager",
        table="cases",
        grain="a resolved case",
        judge=_wall_hours,
    ),
)
