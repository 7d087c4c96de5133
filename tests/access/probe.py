"""One question to Troth, as the matrix of access asks it; and what such questions send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from troth.core.access.roles import Right

Judged = Literal["thing", "written", "listed", "common"]

WHY = "The customer is on the telephone."
NAMING = {"customer": "{customer}", "user": "stranger", "reason": WHY}
RESTRICTING = {"customer": "{customer}", "reason": WHY}

SIGNING = {
    "function": "operations",
    "verdict": "approved",
    "reason": WHY,
    "digest": "{digest}",
}

PURPOSE = {
    "purpose": "surveys",
    "basis": "consent",
    "title": "Surveys",
    "text": "We ask you how we did.",
}
FREEZING = {
    "scope": "customer:{customer}",
    "kind": "launch",
    "title": "Launch",
    "reason": WHY,
    "first_on": "2126-01-01",
    "last_on": "2126-01-02",
}
FREEZE_FORM = {
    "layer": "customer",
    "key": "{customer}",
    "kind": "launch",
    "title": "Launch",
    "reason": WHY,
    "first_on": "2126-01-01",
    "last_on": "2126-01-02",
    "time_zone": "UTC",
}
CALENDAR = (
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Launch\nDTSTART:21260101T080000Z\n"
    "DURATION:P1D\nEND:VEVENT\nEND:VCALENDAR\n"
)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question to Troth. {…} in address and body are filled with one customer's keys.

    thing: asked for each customer, the status counts; written: the same, whether anything was
    written counts; listed: asked once, whether each customer's `mark` is in the answer counts;
    common: asked once, of nobody's, the status counts.
    """

    surface: str
    name: str
    address: str
    right: Right | None
    judged: Judged
    mark: str = ""
    body: Any = None  # of a POST: a dict is sent as JSON to the API, as a form to a page

    @property
    def id(self) -> str:
        return f"{self.surface} {self.name}"


def api(name: str, address: str, right: Right | None, judged: Judged, mark: str = "",
         body: Any = None) -> Probe:  # fmt: skip
    return Probe(surface="api", name=name, address=f"/api/v1{address}", right=right,
                 judged=judged, mark=mark, body=body)  # fmt: skip


def page(name: str, address: str, right: Right | None, judged: Judged, mark: str = "",
          body: Any = None) -> Probe:  # fmt: skip
    return Probe(surface="page", name=name, address=address, right=right, judged=judged,
                 mark=mark, body=body)  # fmt: skip
