"""What does the API say of a freeze, and what does it take to make, end or override one?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from troth.api.shapes.shape import Listing, Maybe, Paging, Shape, listed

Kind = Literal["fiscal_close", "season", "launch", "downtime"]
_SCOPE = "`company`, or a layer and its key: `tier:Gold`, `customer:cus_…`."
_REASON = "Why, in a sentence of 10 characters or more; it is kept."
_CLOSE = "The books are closed until the 5th."


class FreezeFilters(Paging):
    """Which freezes?"""

    kind: str = Field("", max_length=200, description="Of this kind.", examples=["season"])
    layer: str = Field("", max_length=200, description="Of this layer.", examples=["tier"])
    scope: str = Field(
        "", max_length=600, description="For this key within the layer.", examples=["Gold"]
    )


class Freeze(Shape):
    """When nothing may change for whom."""

    id: str = Field(description="frz_ and 16 hex digits.")
    layer: str = Field(description="company, region, segment, tier, contract or customer.")
    scope: Maybe = Field(description="The key within the layer; null for the company.")
    kind: str = Field(description="fiscal_close, season, launch or downtime.")
    title: str
    reason: str
    time_zone: str = Field(description="In which days are counted and repetitions fall.")
    is_whole_days: bool
    first_on: date | None = Field(description="The first day, where it is of whole days.")
    last_on: date | None = Field(description="The last day, frozen too.")
    starts_at: datetime = Field(description="When it holds for the first time.")
    ends_at: datetime = Field(description="From here on it holds no more; not included.")
    repeats: Maybe = Field(description="By which rule of RFC 5545 it returns; null: once.")
    skips: list[str] = Field(description="Days on which a repetition does not begin.")
    calendar: Maybe = Field(description="The calendar that it was imported from.")
    uid: str = Field(description="The event's in that calendar.")
    author: str
    created_at: datetime
    state: str = Field(description="planned, running, over, ended or cancelled.")
    next_starts_at: datetime | None = Field(description="Of the time that holds, else the next.")
    next_ends_at: datetime | None
    ended_at: datetime | None
    ended_by: Maybe
    end_reason: Maybe
    override_count: int
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "frz_3f2a9c01b7d4e856",
        "layer": "tier",
        "scope": "Gold",
        "kind": "fiscal_close",
        "title": "Close of the year",
        "reason": _CLOSE,
        "time_zone": "Europe/Berlin",
        "is_whole_days": True,
        "first_on": "2026-12-28",
        "last_on": "2027-01-05",
        "starts_at": "2026-12-27T23:00:00Z",
        "ends_at": "2027-01-05T23:00:00Z",
        "repeats": "FREQ=YEARLY",
        "skips": [],
        "calendar": None,
        "uid": "frz_3f2a9c01b7d4e856@troth",
        "author": "Olga Operations",
        "created_at": "2026-11-20T10:00:00Z",
        "state": "planned",
        "next_starts_at": "2026-12-27T23:00:00Z",
        "next_ends_at": "2027-01-05T23:00:00Z",
        "ended_at": None,
        "ended_by": None,
        "end_reason": None,
        "override_count": 0,
    }


class FreezeList(Listing):
    """Freezes by the beginning of their first time, ended ones too."""

    data: list[Freeze]
    EXAMPLE: ClassVar[Mapping[str, Any]] = listed(Freeze, "/freezes")


class FreezeOverride(Shape):
    """That one change may be published within a freeze."""

    id: str
    window_id: str
    change: str = Field(description="The policy version's id, or that of the change it is in.")
    authority: str = Field(description="Who answers for it.")
    reason: str
    given_at: datetime
    used_at: datetime | None
    version: Maybe = Field(description="The version that was published by it.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "id": "ovr_3f2a9c01b7d4e856",
        "window_id": "frz_3f2a9c01b7d4e856",
        "change": "pol_5d0c8f1e2a3b4c5d6e7f8091",
        "authority": "Eva Executive",
        "reason": "A law asks for it by Monday.",
        "given_at": "2026-12-29T10:00:00Z",
        "used_at": None,
        "version": None,
    }


class FreezeTime(Shape):
    """One time that a freeze holds."""

    starts_at: datetime
    ends_at: datetime = Field(description="Not included.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "starts_at": "2026-12-27T23:00:00Z",
        "ends_at": "2027-01-05T23:00:00Z",
    }


class FreezeDetail(Shape):
    """One freeze, its next times and its overrides."""

    freeze: Freeze = Field(validation_alias="row")
    times: list[FreezeTime] = Field(description="A few, from the one that holds or comes next.")
    overrides: list[FreezeOverride]
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "freeze": Freeze.EXAMPLE,
        "times": [FreezeTime.EXAMPLE],
        "overrides": [FreezeOverride.EXAMPLE],
    }


class NewFreeze(Shape):
    """For whom nothing may change, when and why: whole days, or from an instant until another."""

    model_config = ConfigDict(extra="forbid")
    scope: str = Field(min_length=1, max_length=600, description=_SCOPE)
    kind: Kind
    title: str = Field(min_length=1, max_length=200, description="Names no person.")
    reason: str = Field(min_length=1, max_length=2_000)
    time_zone: str = Field("UTC", max_length=100, description="Of IANA, as Europe/Berlin.")
    first_on: date | None = Field(None, description="The first whole day.")
    last_on: date | None = Field(None, description="The last whole day, frozen too.")
    starts_at: datetime | None = Field(None, description="With its offset; where not of days.")
    ends_at: datetime | None = Field(None, description="From here on it holds no more.")
    repeats: str = Field("", max_length=500, description="An RRULE, by the month or the year.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "scope": "tier:Gold",
        "kind": "fiscal_close",
        "title": "Close of the year",
        "reason": _CLOSE,
        "time_zone": "Europe/Berlin",
        "first_on": "2026-12-28",
        "last_on": "2027-01-05",
        "repeats": "FREQ=YEARLY",
    }


class CancelFreeze(Shape):
    """Why it ends."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: str = Field(min_length=1, max_length=2_000, description=_REASON)
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"reason": "The close was done two days early."}


class OverrideFreeze(Shape):
    """Which change may be published all the same, and why."""

    model_config = ConfigDict(extra="forbid", strict=True)
    change: str = Field(
        min_length=1, max_length=200, description="The version's id, or the change's."
    )
    reason: str = Field(min_length=1, max_length=2_000, description=_REASON)
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "change": "pol_5d0c8f1e2a3b4c5d6e7f8091",
        "reason": "A law asks for it by Monday.",
    }


class ImportFreezes(Shape):
    """A calendar whose events are freezes of one scope."""

    model_config = ConfigDict(extra="forbid", strict=True)
    scope: str = Field(min_length=1, max_length=600, description=_SCOPE)
    kind: Kind = Field("fiscal_close", description="Where an event's category says none.")
    time_zone: str = Field("", max_length=100, description="Of days, where the file says none.")
    calendar: str = Field(max_length=2_000_000, description="iCalendar, RFC 5545.")
    is_preview: bool = Field(False, description="Change nothing, say what would be.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "scope": "customer:cus_3f2a9c01b7d4e856",
        "kind": "season",
        "time_zone": "Europe/Berlin",
        "calendar": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Season\r\n"
        "DTSTART;VALUE=DATE:20261127\r\nDURATION:P30D\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "is_preview": True,
    }


class ImportedFreeze(Shape):
    """What became of one event."""

    what: str = Field(description="added, changed, unchanged, or ended: left as somebody ended it.")
    window_id: Maybe = Field(description="Null where it is not there yet.")
    title: str
    uid: str
    changed: list[str] = Field(description="The fields that differ.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "what": "changed",
        "window_id": "frz_3f2a9c01b7d4e856",
        "title": "Close of the year",
        "uid": "close@erp",
        "changed": ["last_on", "ends_at"],
    }


class ImportedFreezes(Shape):
    """What became of a calendar."""

    events: list[ImportedFreeze]
    vanished: list[ImportedFreeze] = Field(
        description="Freezes of this calendar that the file has no more; they still hold."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {"events": [ImportedFreeze.EXAMPLE], "vanished": []}
