"""What does the API say of what comes in, and of the runs of the main job?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.actions.event_attributes import LARGEST_REGION
from troth.api.shapes.shape import FieldFault, Listing, Maybe, Paging, Shape, listed
from troth.core.records.kinds import BY_NAME


class QuarantineFilters(Paging):
    """Which rows in quarantine?"""

    source: str = Field("", max_length=200, description="Of this source.", examples=["erp"])
    feed: str = Field("", max_length=200, description="Of this feed.", examples=["orders"])
    code: str = Field(
        "", max_length=200, description="With this fault.", examples=["row:date:unreadable"]
    )
    state: Literal["waiting", "resolved", "all"] = Field(
        "waiting", description="Waiting for somebody, or over.", examples=["waiting"]
    )


class QuarantinedRow(Shape):
    """One row that could not be landed, with the reason and the row."""

    id: int
    source: str
    feed: str
    file: str
    row: int | None = Field(description="Data row in the file, from 1.")
    line: int | None = Field(description="Line in the file, from 1.")
    key: Maybe
    column: Maybe
    code: str
    message: str = Field(description="What was found, what was expected, what to do.")
    seen_at: datetime
    resolved_at: datetime | None
    resolution: Maybe
    values: dict[str, Any] | None = Field(
        description="The whole row; null where you may not see what is personal."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": 17,
        "source": "erp",
        "feed": "orders",
        "file": "orders-2026-01.csv",
        "row": 204,
        "line": 205,
        "key": "erp:SO-1204",
        "column": "placed",
        "code": "row:date:unreadable",
        "message": "the date '31.02.2026' in column 'placed' does not exist; correct it",
        "seen_at": "2026-02-01T02:00:00Z",
        "resolved_at": None,
        "resolution": None,
        "values": {"number": "SO-1204", "placed": "31.02.2026"},
    }


class QuarantineList(Listing):
    """Rows in quarantine, the newest first."""

    data: list[QuarantinedRow]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(QuarantinedRow, "/quarantine")


class Replay(Shape):
    """Which rows to read again."""

    model_config = ConfigDict(extra="forbid", strict=True)
    ids: list[Annotated[int, Field(ge=1, le=2**63 - 1)]] | None = Field(
        max_length=1_000, description="Of the rows; null for every row that waits."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"ids": [17]}


class Replayed(Shape):
    """What a replay came to."""

    tried: int = Field(description="Rows that waited and were read again.")
    landed: int = Field(description="Versions written.")
    resolved: int = Field(description="Rows that are out of quarantine now.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"tried": 1, "landed": 1, "resolved": 1}


class Source(Shape):
    """One feed of one source: what it brought, when, and what waits in quarantine."""

    source: str
    feed: str
    kind: Maybe = Field(description="Of the records; null where nothing ever landed.")
    landed_at: datetime | None = Field(description="Of the newest landing.")
    newest_known_at: datetime | None = Field(description="The newest thing that it told of.")
    fact_count: int
    landing_count: int
    quarantined: int
    lag_seconds: int | None = Field(description="At the last run; null without a contract.")
    promised_seconds: int | None = Field(description="How far behind its contract lets it be.")
    is_late: bool = Field(description="Whether it was further behind than promised.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "source": "erp",
        "feed": "orders",
        "kind": "order",
        "landed_at": "2026-02-01T02:00:00Z",
        "newest_known_at": "2026-01-31T23:58:12Z",
        "fact_count": 20412,
        "landing_count": 31,
        "quarantined": 3,
        "lag_seconds": 108,
        "promised_seconds": 14_400,
        "is_late": False,
    }


class SourceList(Listing):
    """Feeds, by source and name."""

    data: list[Source]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Source, "/sources")


class Run(Shape):
    """One run of the main job."""

    id: int
    as_of: datetime | None = Field(description="What counted as now.")
    started_at: datetime
    finished_at: datetime | None
    stage: str
    summary: dict[str, Any]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": 12,
        "as_of": "2026-01-31T23:59:00Z",
        "started_at": "2026-02-01T02:00:00Z",
        "finished_at": "2026-02-01T02:03:10Z",
        "stage": "done",
        "summary": {"landed": 412, "decided": 97},
    }


class RequestedRun(Shape):
    """The job that will run the main job."""

    job_id: int = Field(description="Stands in the audit entry of who asked first.")
    is_new: bool = Field(description="False: it waited already, and sees what has landed by now.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"job_id": 31, "is_new": True}


class RunList(Listing):
    """Runs, the newest first."""

    data: list[Run]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Run, "/runs")


class CloudEvent(Shape):
    """One change of one record in a source system (CloudEvents 1.0, structured JSON)."""

    specversion: Literal["1.0"]
    id: str = Field(min_length=1, max_length=512, description="The same event lands once.")
    source: str = Field(
        min_length=1, max_length=64, pattern=r"^[^\s:]+$", description="Name of the system."
    )
    type: str = Field(
        pattern=rf"^troth\.record\.({'|'.join(BY_NAME)})\.(upserted|gone)$",
        description="troth.record.KIND.upserted or troth.record.KIND.gone.",
    )
    subject: str = Field(
        min_length=1, max_length=512, description="Key of the record in that system."
    )
    time: datetime | None = Field(None, description="When the system knew it.")
    datacontenttype: str | None = Field(None, description="application/json.")
    region: str | None = Field(
        None,
        min_length=1,
        max_length=LARGEST_REGION,
        description="Where the record may be held; its customer's region without it.",
    )
    data: dict[str, Any] | None = Field(
        None, description="The whole record, in the fields of docs/reference/records.md."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "specversion": "1.0",
        "id": "a3f9-0001",
        "source": "erp",
        "type": "troth.record.order.upserted",
        "subject": "SO-1001",
        "time": "2026-01-12T09:31:00Z",
        "datacontenttype": "application/json",
        "data": {
            "customer": "erp:C-1001",
            "placed_at": "2026-01-12T09:30:00Z",
            "status": "open",
            "total": {"amount": "129.90", "currency": "BRL"},
        },
    }


class EventOutcome(Shape):
    """What became of one event."""

    index: int = Field(description="Its place among those sent, from 0.")
    id: str
    source: str
    key: str = Field(description="Of the record.")
    outcome: Literal["landed", "unchanged", "duplicate", "rejected"] = Field(
        description="unchanged: it says nothing new; duplicate: this very event came before."
    )
    revision: int | None = Field(description="The record's newest version.")
    errors: list[FieldFault] = Field(validation_alias="faults")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "index": 0,
        "id": "a3f9-0001",
        "source": "erp",
        "key": "erp:SO-1001",
        "outcome": "landed",
        "revision": 1,
        "errors": [],
    }


class EventAnswer(Shape):
    """What became of the events, in their order."""

    landed: int
    unchanged: int
    duplicate: int
    rejected: int
    data: list[EventOutcome]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "landed": 1,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 0,
        "data": [EventOutcome.EXAMPLE],
    }
