"""What comes in, over HTTP: events, sources, quarantine and its replay, runs of the main job."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions.events import EventResult, land_events
from troth.actions.holding import holding_of
from troth.actions.quarantine import replay
from troth.actions.run_requests import request_run
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cloudevents import BATCH, JSON, STRUCTURED, read_events
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.problems import ProblemError
from troth.api.routes.describing import described, json_body
from troth.api.shapes.landings import (
    CloudEvent,
    EventAnswer,
    QuarantineFilters,
    QuarantineList,
    Replay,
    Replayed,
    RequestedRun,
    RunList,
    SourceList,
)
from troth.api.shapes.shape import Paging
from troth.api.signing_in import user_of, viewer
from troth.connectors.staging.holding import REFUSED
from troth.connectors.workspace import find_workspace
from troth.core.access.roles import Right
from troth.store.queries.landings import feeds
from troth.store.queries.slices import next_quarantined, next_runs

_TAG = "Landings"
_RESOLVED = {"waiting": False, "resolved": True, "all": None}
router = Router()

_EVENT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            STRUCTURED: {
                "schema": {"$ref": "#/components/schemas/CloudEvent"},
                "examples": {"structured": {"value": CloudEvent.EXAMPLE}},
            },
            BATCH: {
                "schema": {
                    "type": "array",
                    "maxItems": 1000,
                    "items": {"$ref": "#/components/schemas/CloudEvent"},
                    "examples": [[CloudEvent.EXAMPLE]],
                },
                "examples": {"batch": {"value": [CloudEvent.EXAMPLE]}},
            },
            JSON: {
                "schema": {
                    "type": "object",
                    "description": "Binary mode: the data alone; the attributes are ce- headers.",
                    "examples": [CloudEvent.EXAMPLE["data"]],
                },
                "examples": {"binary": {"value": CloudEvent.EXAMPLE["data"]}},
            },
        },
    }
}


@router.post(
    "/events",
    **described("event_send", "Send events", tag=_TAG, answers=EventAnswer, extra=_EVENT_BODY),
)
def event_send(request: HttpRequest) -> HttpResponse:
    """Changes in a source system, as CloudEvents 1.0 in structured, batched or binary mode.

    `type` is `troth.record.KIND.upserted` or `.gone`, `source` the system, `subject` the record's
    key in it, `time` when the system knew it, `data` the whole record in the fields of
    docs/reference/records.md. The extension attribute `region` says where the record may be held;
    without it, that is the region in which it is held already, or else its customer's, or else the
    workspace's. A record of a region that the workspace may not hold is refused and not kept. Each
    event lands as the record's next version; one that says nothing
    new lands nothing, and the same `source` and `id` land once. An event that cannot land is told
    and kept in quarantine, and the rest lands: a batch with such events is answered with 207, a
    single one with 422.
    """
    user = user_of(request)
    viewer(request).require(Right.LAND)
    documents, is_batch = read_events(request)
    holding = holding_of(find_workspace(Path(settings.WORKSPACE)))
    results = land_events(documents, acting_user=user, holding=holding)
    if not is_batch and results[0].outcome == "rejected":
        faults = results[0].faults
        is_refused = any(fault.code == REFUSED for fault in faults)
        raise ProblemError("region-refused" if is_refused else "rejected", errors=faults)
    answer = _answer(results)
    return json_answer(answer, status=207 if answer.rejected else 200)


def _answer(results: tuple[EventResult, ...]) -> EventAnswer:
    counted = Counter(result.outcome for result in results)
    return EventAnswer.model_validate(
        {
            "landed": counted["landed"],
            "unchanged": counted["unchanged"],
            "duplicate": counted["duplicate"],
            "rejected": counted["rejected"],
            "data": list(results),
        }
    )


@router.get("/sources", **described("source_list", "List sources", tag=_TAG, answers=SourceList))
def source_list(request: HttpRequest, filters: Query[Paging]) -> HttpResponse:
    """Every feed of every source: what it brought, when, and what waits in quarantine."""
    reach = reach_of(request, filters)
    found = slice_of(
        feeds(viewer=viewer(request)), reach, key=lambda feed: (feed.source, feed.feed)
    )
    return list_answer(request, filters, SourceList, found)


@router.get(
    "/quarantine",
    **described("quarantine_list", "List quarantined rows", tag=_TAG, answers=QuarantineList),
)
def quarantine_list(request: HttpRequest, filters: Query[QuarantineFilters]) -> HttpResponse:
    """Rows that could not be landed, each with its reason and what to do, the newest first."""
    found = next_quarantined(
        viewer=viewer(request),
        reach=reach_of(request, filters),
        source=filters.source,
        feed=filters.feed,
        code=filters.code,
        is_resolved=_RESOLVED[filters.state],
    )
    return list_answer(request, filters, QuarantineList, found)


@router.post(
    "/quarantine/replay",
    **described(
        "quarantine_replay",
        "Replay quarantined rows",
        tag=_TAG,
        answers=Replayed,
        extra=json_body(Replay.model_json_schema(), {"some": Replay.EXAMPLE, "all": {"ids": None}}),
    ),
)
def quarantine_replay(request: HttpRequest) -> HttpResponse:
    """Read rows again through the mapping as it is now: what passes lands, the rest stays.

    A row that waits no more is left out of `tried`.
    """
    user = user_of(request)
    viewer(request).require(Right.LAND)
    asked = body_of(request, Replay)
    workspace = find_workspace(Path(settings.WORKSPACE))
    return json_answer(Replayed.model_validate(replay(workspace, ids=asked.ids, acting_user=user)))


@router.get("/runs", **described("run_list", "List runs", tag=_TAG, answers=RunList))
def run_list(request: HttpRequest, filters: Query[Paging]) -> HttpResponse:
    """Runs of the main job, the newest first."""
    found = next_runs(viewer=viewer(request), reach=reach_of(request, filters))
    return list_answer(request, filters, RunList, found)


@router.post(
    "/runs",
    **described("run_start", "Start a run", tag=_TAG, answers=RequestedRun, status=202),
)
def run_start(request: HttpRequest) -> HttpResponse:
    """Ask for the main job: sync all sources, resolve, tier, decide, measure, in the background.

    Takes no body. Where a run waits already, that one is answered: it will see all that has landed
    by now. A run that has begun does not count, so there is at most one behind it.
    """
    found = request_run(acting_user=user_of(request))
    return json_answer(RequestedRun.model_validate(found), status=202)
