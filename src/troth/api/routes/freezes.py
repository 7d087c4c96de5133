"""Freezes over HTTP: when nothing may change for whom, in and out as calendars too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from troth.actions import freezes as actions
from troth.actions.event_records import Fault
from troth.actions.freeze_calendars import import_calendar
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of
from troth.api.problems import ProblemError
from troth.api.routes.describing import described, json_body
from troth.api.shapes.freezes import (
    CancelFreeze,
    Freeze,
    FreezeDetail,
    FreezeFilters,
    FreezeList,
    FreezeOverride,
    ImportedFreezes,
    ImportFreezes,
    NewFreeze,
    OverrideFreeze,
)
from troth.api.shapes.shape import Shape
from troth.api.signing_in import user_of, viewer
from troth.connectors.calendars import written_calendar
from troth.core.access.roles import Right
from troth.core.policies import freezes as core
from troth.core.policies.recurrence import parse
from troth.core.policies.scopes import Scope, ScopeError, parse_scope
from troth.store.queries import freezes as queries
from troth.store.queries.freezes import OverrideRow
from troth.store.queries.slices import next_freezes

_TAG = "Freezes"
router = Router()


def _takes(shape: type[Shape], example: str) -> dict[str, object]:
    return json_body(shape.model_json_schema(), {example: shape.EXAMPLE})


@router.get("/freezes", **described("freeze_list", "List freezes", tag=_TAG, answers=FreezeList))
def freeze_list(request: HttpRequest, filters: Query[FreezeFilters]) -> HttpResponse:
    """Every freeze, ended ones too, by the beginning of its first time."""
    found = next_freezes(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        at=timezone.now(),
        kind=filters.kind,
        layer=filters.layer,
        scope=filters.scope,
    )
    return list_answer(request, filters, FreezeList, found)


@router.get(
    "/freezes.ics",
    **described("freeze_export", "Export freezes as a calendar", tag=_TAG, answers=FreezeList),
)
def freeze_export(request: HttpRequest) -> HttpResponse:
    """Every freeze that was not ended, as iCalendar (RFC 5545): a feed for calendar programs."""
    events = queries.freeze_events(viewer=viewer(request), at=timezone.now())
    document = written_calendar(events, name="Troth: freezes")
    answer = HttpResponse(document, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-cache"
    return answer


@router.post(
    "/freezes",
    **described(
        "freeze_add", "Add a freeze", tag=_TAG, answers=Freeze, extra=_takes(NewFreeze, "close")
    ),
)
def freeze_add(request: HttpRequest) -> HttpResponse:
    """Freeze a scope. From now on nothing that reaches it is published into that time."""
    viewer(request).require(Right.MANAGE_FREEZES)
    asked = body_of(request, NewFreeze)
    row = actions.add(
        core.NewFreeze(
            kind=core.FreezeKind(asked.kind),
            title=asked.title,
            reason=asked.reason,
            span=_span(asked),
            time_zone=asked.time_zone,
            repeats=parse(asked.repeats) if asked.repeats else None,
        ),
        scope=_scope(asked.scope),
        acting_user=user_of(request),
    )
    return _shown(request, row.pk)


def _span(asked: NewFreeze) -> core.WholeDays | core.Between:
    if asked.first_on and asked.last_on and not (asked.starts_at or asked.ends_at):
        return core.WholeDays(first_on=asked.first_on, last_on=asked.last_on)
    if asked.starts_at and asked.ends_at and not (asked.first_on or asked.last_on):
        return core.Between(
            starts_at=core.whole_second_in_utc(asked.starts_at, "starts_at"),
            ends_at=core.whole_second_in_utc(asked.ends_at, "ends_at"),
        )
    fault = Fault(
        path="first_on",
        found="neither two days nor two instants",
        expected="first_on and last_on, or starts_at and ends_at",
        remedy="Give one of the two pairs, whole.",
    )
    raise ProblemError("invalid", errors=[fault])


def _scope(text: str) -> Scope:
    try:
        return parse_scope(text)
    except ScopeError as error:
        fault = Fault(
            path="scope", found=text[:200], expected="a layer and its key", remedy=f"{error}."
        )
        raise ProblemError("invalid", errors=[fault]) from error


@router.post(
    "/freezes/import",
    **described(
        "freeze_import",
        "Import a calendar",
        tag=_TAG,
        answers=ImportedFreezes,
        extra=_takes(ImportFreezes, "preview"),
    ),
)
def freeze_import(request: HttpRequest) -> HttpResponse:
    """Bring the events of a calendar in as freezes of one scope, all or none.

    An event is known by its UID: sent again it changes what differs. A freeze whose event is gone
    is told and still holds.
    """
    viewer(request).require(Right.MANAGE_FREEZES)
    asked = body_of(request, ImportFreezes)
    found = import_calendar(
        asked.calendar.encode(),
        scope=_scope(asked.scope),
        kind=core.FreezeKind(asked.kind),
        time_zone=asked.time_zone,
        acting_user=user_of(request),
        is_preview=asked.is_preview,
    )
    return json_answer(ImportedFreezes.model_validate(found))


@router.get(
    "/freezes/{freeze_id}",
    **described("freeze_show", "Show a freeze", tag=_TAG, answers=FreezeDetail),
)
def freeze_show(request: HttpRequest, freeze_id: str) -> HttpResponse:
    """One freeze, its next times, and what was let through."""
    found = queries.freeze(viewer=viewer(request), freeze_id=freeze_id, at=timezone.now())
    return json_answer(FreezeDetail.model_validate(found))


@router.post(
    "/freezes/{freeze_id}/cancel",
    **described(
        "freeze_cancel",
        "End a freeze",
        tag=_TAG,
        answers=Freeze,
        extra=_takes(CancelFreeze, "early"),
    ),
)
def freeze_cancel(request: HttpRequest, freeze_id: str) -> HttpResponse:
    """End a freeze now. It stays in the list, and what it held up may be published."""
    viewer(request).require(Right.MANAGE_FREEZES)
    asked = body_of(request, CancelFreeze)
    actions.cancel(freeze_id=freeze_id, reason=asked.reason, acting_user=user_of(request))
    return _shown(request, freeze_id)


@router.post(
    "/freezes/{freeze_id}/override",
    **described(
        "freeze_override",
        "Override a freeze",
        tag=_TAG,
        answers=FreezeOverride,
        extra=_takes(OverrideFreeze, "law"),
    ),
)
def freeze_override(request: HttpRequest, freeze_id: str) -> HttpResponse:
    """Let one change be published within a freeze, by somebody else who publishes it."""
    viewer(request).require(Right.OVERRIDE_FREEZE)
    asked = body_of(request, OverrideFreeze)
    row = actions.override(
        freeze_id=freeze_id,
        change=asked.change,
        reason=asked.reason,
        acting_user=user_of(request),
    )
    found = queries.freeze(viewer=viewer(request), freeze_id=freeze_id, at=timezone.now())
    given: OverrideRow = next(item for item in found.overrides if item.id == row.pk)
    return json_answer(FreezeOverride.model_validate(given))


def _shown(request: HttpRequest, freeze_id: str) -> HttpResponse:
    found = queries.freeze(viewer=viewer(request), freeze_id=freeze_id, at=timezone.now())
    return json_answer(Freeze.model_validate(found.row))
