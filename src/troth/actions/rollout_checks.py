"""Which roll-outs have done harm, and which stages are due?

Each open roll-out is measured on the orders and cases that were decided since its first stage:
inside for whoever was in the stage of that moment, outside for the others of its scope. A guardrail
that is crossed undoes it at once; else a stage whose time has come is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.utils import timezone

from troth.actions.freeze_gate import PolicyFrozenError
from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.actions.rollouts import OPEN, NoSuchRolloutError, RolloutError, advance, roll_back
from troth.analysis.rollouts import CREDIT_OWED, Side, readings
from troth.core.access.roles import Right
from troth.core.ledger.canonical import decimal_text
from troth.core.policies.audiences import Audience
from troth.core.policies.book import PolicyBook
from troth.core.policies.rollouts import Verdict, guardrail_of, judged, stage_of
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.store.facts.policies import published_versions
from troth.store.facts.rollouts import TABLES, countries, decided_at, served_since
from troth.store.facts.subjects import Entitlements
from troth.store.models import Rollout, User
from troth.store.queries.viewing import as_the_program

_KEY = {"promises": "order_key", "cases": "case_key"}
_UNPAID = ("broken", "late")


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one look at all roll-outs did, by roll-out."""

    advanced: tuple[str, ...]
    rolled_back: tuple[str, ...]
    held_up: tuple[str, ...]  # a stage was due, and could not be published


def watch(*, acting_user: User, at: datetime | None = None) -> Watched:
    """Check every open roll-out, undo those that do harm, and publish the stages that are due."""
    now = at or timezone.now()
    advanced, rolled_back, held_up = [], [], []
    with as_the_program():
        rows = list(Rollout.objects.filter(state__in=OPEN).order_by("created_at", "id"))
    for row in rows:
        crossed = [item for item in check(row.pk, acting_user=acting_user, at=now) if
                   item.is_crossed]  # fmt: skip
        if crossed:
            rolled_back.append(row.pk)
            continue
        due = stage_of(row.stages[row.stage]).starts_at
        if due is None or due > now:
            continue
        try:
            next_stage = row.stage + 1
            why = "Its time has come."
            advance(row.pk, reason=why, acting_user=acting_user, stage=next_stage, at=now)
            advanced.append(row.pk)
        except (RolloutError, PolicyFrozenError):
            held_up.append(row.pk)
    return Watched(advanced=tuple(advanced), rolled_back=tuple(rolled_back), held_up=tuple(held_up))


def check(rollout_id: str, *, acting_user: User, at: datetime | None = None) -> tuple[Verdict, ...]:
    """Measure one roll-out, keep what came out, and undo it where a guardrail is crossed.

    The undoing is the program's, whoever looked. Raises NoSuchRolloutError, NotAllowedError.
    """
    now = at or timezone.now()
    with recorded(
        acting_user=acting_user,
        action="rollout:guardrails:measured",
        right=Right.RUN,
        subject=rollout_id,
        is_company_wide=True,
    ) as entry:
        row = Rollout.objects.select_for_update().filter(pk=rollout_id).first()
        if row is None:
            raise NoSuchRolloutError(
                f"There is no roll-out {rollout_id!r}. `troth rollout list` shows all there are."
            )
        found = _verdicts(row, now) if row.state in OPEN else ()
        kept = [_document(item) for item in found]
        entry.is_empty = kept == row.readings or row.state not in OPEN
        if not entry.is_empty:
            row.readings, row.checked_at = kept, now
            row.save(update_fields=["readings", "checked_at"])
            entry.wrote(row)
            entry.detail = {"told": [item.sentence for item in found]}
    crossed = [item for item in found if item.is_crossed]
    if crossed:
        told = " ".join(f"{item.sentence}." for item in crossed)
        roll_back(
            rollout_id,
            reason=f"Undone by its guardrail. {told}",
            acting_user=system_user(),
            at=now,
            verdicts=crossed,
        )
    return found


def _document(verdict: Verdict) -> dict[str, Any]:
    reading, rail = verdict.reading, verdict.guardrail
    return {
        "measure": reading.measure,
        "unit": reading.unit,
        "inside": None if reading.inside is None else decimal_text(reading.inside),
        "outside": None if reading.outside is None else decimal_text(reading.outside),
        "inside_count": reading.inside_count,
        "outside_count": reading.outside_count,
        "worse_by": None if rail.worse_by is None else decimal_text(rail.worse_by),
        "bound": None if rail.bound is None else decimal_text(rail.bound),
        "minimum": rail.minimum,
        "is_higher_better": reading.is_higher_better,
        "is_enough": verdict.is_enough,
        "is_crossed": verdict.is_crossed,
    }


def _verdicts(row: Rollout, now: datetime) -> tuple[Verdict, ...]:
    rails = [guardrail_of(document) for document in row.guardrails]
    if not rails or not row.stage:
        return ()
    inside, outside = _Sides(row).of(is_owed=any(rail.measure == CREDIT_OWED for rail in rails))
    found = readings([rail.measure for rail in rails], inside, outside, as_of=now)
    by_name = {reading.measure: reading for reading in found}
    return tuple(judged(rail, by_name[rail.measure]) for rail in rails)


class _Sides:
    """The orders and cases of a roll-out's scope, those inside its stages and the others."""

    def __init__(self, row: Rollout) -> None:
        self._scope = Scope(layer=Layer(row.layer), key=row.scope)
        # For whom from when on: everybody's place is that of the moment of the decision.
        self._stages: list[tuple[datetime, Audience | None]] = [
            (datetime.fromisoformat(stage["published_at"]), stage_of(stage).audience(row.pk))
            for stage in row.stages[: row.stage]
        ]
        self._since = self._stages[0][0]
        self._countries = countries()
        self._entitlements = Entitlements.load()
        self._book = PolicyBook.compile_as_known(published_versions())

    def of(self, *, is_owed: bool) -> tuple[Side, Side]:
        tables: dict[str, tuple[pa.Table, pa.Table]] = {}
        credit: dict[str, Decimal] = {}
        for name in TABLES:
            table = served_since(name, self._since)
            instants = decided_at(name, self._since)
            masks: tuple[list[bool], list[bool]] = ([], [])
            for record, subject, at in self._rows(table, name, instants):
                is_here = subject is not None and self._is_in_scope(subject)
                is_in = is_here and subject is not None and self._is_inside(subject, at)
                masks[0].append(is_in)
                masks[1].append(is_here and not is_in)
                if is_owed and is_here and subject and record.get("state") in _UNPAID:
                    credit[record["order_key"]] = self._credit(record, subject, at)
            tables[name] = (table.filter(pa.array(masks[0], pa.bool_())),
                            table.filter(pa.array(masks[1], pa.bool_())))  # fmt: skip
        sides = [
            Side(promises=tables["promises"][at], cases=tables["cases"][at], credit=credit)
            for at in (0, 1)
        ]
        return sides[0], sides[1]

    def _rows(
        self, table: pa.Table, name: str, instants: dict[str, datetime]
    ) -> Iterator[tuple[dict[str, Any], Subject | None, datetime]]:
        columns = [_KEY[name], "customer", "segment", "sales_region"]
        if name == "promises":
            columns += ["state", "total", "currency", "placed_at", "requested_at"]
        for record in table.select(columns).to_pylist():
            at = instants.get(record[_KEY[name]])
            if at is None:  # decided between two reads
                yield record, None, self._since
                continue
            customer = record["customer"]
            yield record, self._entitlements.subject_at(
                customer,
                at,
                segment=record["segment"] or None,
                regions=(record["sales_region"] or None, self._countries.get(customer or "")),
            ), at  # fmt: skip

    def _is_in_scope(self, subject: Subject) -> bool:
        keys = dict(subject.layers()).get(self._scope.layer, ())
        return self._scope.key in keys or self._scope.layer is Layer.GUARDRAIL

    def _is_inside(self, subject: Subject, at: datetime) -> bool:
        held = [audience for begun, audience in self._stages if begun <= at.astimezone(UTC)]
        if not held:
            return False
        return held[-1] is None or held[-1].has(subject)

    def _credit(self, record: dict[str, Any], subject: Subject, at: datetime) -> Decimal:
        case = {
            "placed_at": record["placed_at"],
            "requested_at": record["requested_at"],
            "country": subject.regions[-1] if subject.regions else None,
            "total": record["total"],
            "total_currency": record["currency"] or None,
        }
        found = self._book.values("price_terms", subject, at, case).resolution
        return Decimal(found["late_delivery_credit_percent"] or 0)
