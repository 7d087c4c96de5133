"""Who is who: the questions that wait, one with both sides, and what was said."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from troth.actions.merge_errors import MergeError
from troth.actions.merging import Merged, preview_merge, preview_unmerge
from troth.actions.questions import NoSuchQuestionError, preview_one
from troth.console.pages.lists import show_list
from troth.console.parts.exports import csv_of
from troth.console.parts.listing import Column, Filter, Listing
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.waterfall import WIDTH, waterfall
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.customers import CustomerRecord, customer
from troth.store.queries.lists import Choice, NotFoundError, Page
from troth.store.queries.questions import KINDS, QuestionRow, find_questions, question
from troth.store.queries.verdicts import find_verdicts, verdict
from troth.store.queries.viewing import Viewer

_COLUMNS = (
    Column(name="record", label=_("Source record"), sort="record", is_fixed=True),
    Column(name="customers", label=_("Would join")),
    Column(name="because", label=_("Because")),
    Column(name="weight", label=_("Match weight"), sort="weight", is_number=True),
    Column(name="asked", label=_("Asked"), sort="asked"),
)
_FILTERS = (
    Filter(name="state", label=_("State"), default="open"),
    Filter(name="kind", label=_("Kind")),
)
_SETTLED = {"open": False, "settled": True, "all": None}
_CSV = ("id", "record", "customers", "because", "weight", "asked_at", "verdict")
_PERSONAL = ("name", "email", "phone", "tax_id", "address", "postal_code")
_PLAIN = ("party_kind", "country", "city", "segment", "sales_region", "tier")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One field of both customers."""

    name: str
    values: tuple[str, ...]  # "" where there is none
    is_hidden: bool
    differs: bool


@page(Right.SEE_CUSTOMERS)
def index(request: PageRequest) -> HttpResponseBase:
    """The questions that wait for a steward."""
    viewer = request.reading.viewer
    listing = Listing(request, name="questions", columns=_COLUMNS, filters=_FILTERS, sort="asked")

    def fetch(number: int, size: int) -> Page[QuestionRow]:
        return find_questions(
            viewer=viewer,
            is_settled=_SETTLED.get(listing.chosen["state"], False),
            kind=listing.chosen["kind"],
            sort=listing.sort,
            page=number,
            size=size,
        )

    if listing.is_csv:
        return csv_of("questions", _CSV, fetch, _cells)
    states = [Choice(value=name, count=None) for name in _SETTLED]
    listing.offer("state", states, everything=False)
    listing.offer("kind", [Choice(value=name, count=None) for name in KINDS])
    context = {
        "listing": listing,
        "found": fetch(listing.page, 50),
        "may_settle": request.reading.may(Right.SETTLE_IDENTITY),
    }
    return show_list(request, "questions", context)


def _cells(row: QuestionRow) -> list[object]:
    ids = " ".join(key for key, _name in row.customers)
    return [row.id, row.source_key, ids, row.because, row.weight, row.asked_at, row.verdict]


@page(Right.SEE_CUSTOMERS)
def one(request: PageRequest, question_id: str) -> HttpResponse:
    """One question: both sides, what speaks for it, and what each verdict would change."""
    viewer = request.reading.viewer
    row = question(viewer=viewer, question_id=question_id)
    open_ones = find_questions(viewer=viewer, size=200).rows
    ids = [item.id for item in open_ones]
    place = ids.index(row.id) if row.id in ids else -1
    said = find_verdicts(viewer=viewer, customer_id=row.customers[0][0], size=20).rows
    about = {key for key, _name in row.customers}
    context = {
        "row": row,
        "sides": _sides([_record(viewer, key) for key, _name in row.customers]),
        "steps": waterfall(row.evidence),
        "width": WIDTH,
        # After one that is settled, or the last, come the others from the first on.
        "next": next((key for key in [*ids[place + 1 :], *ids] if key != row.id), ""),
        "previous": ids[place - 1] if place > 0 else "",
        "verdicts": [item for item in said if {item.one, item.other} == about],
        "may_settle": request.reading.may(Right.SETTLE_IDENTITY),
    }
    return render(request, "pages/question.html", context)


def _record(viewer: Viewer, key: str) -> CustomerRecord | None:
    try:
        return customer(viewer=viewer, customer_id=key)
    except NotFoundError:
        return None


def _sides(records: list[CustomerRecord | None]) -> list[Side]:
    found = []
    for name in (*_PERSONAL, *_PLAIN):
        values = tuple(_value(record, name) for record in records)
        hidden = any(
            record is not None
            and name in _PERSONAL
            and (record.is_personal_hidden or (record.personal and name in record.personal.masked))
            for record in records
        )
        is_said = any(values)
        if is_said or hidden:
            differs = len(set(values)) > 1 and not hidden
            found.append(Side(name=name, values=values, is_hidden=bool(hidden), differs=differs))
    return found


def _value(record: CustomerRecord | None, name: str) -> str:
    if record is None:
        return ""
    if name in _PERSONAL:
        return getattr(record.personal, name) if record.personal else ""
    return str(getattr(record.row, name) or "")


@page(Right.SETTLE_IDENTITY)
def consequences(request: PageRequest, question_id: str) -> HttpResponse:
    """What making a question's customers one would change, worked out by doing it."""
    question(viewer=request.reading.viewer, question_id=question_id)
    assert isinstance(request.user, User)
    context: dict[str, object] = {"action": f"/questions/{question_id}/make-one"}
    try:
        context["merged"] = preview_one(question_id=question_id, acting_user=request.user)
    except (MergeError, NoSuchQuestionError) as error:
        context["refusal"] = str(error)
    return render(request, "parts/consequences.html", context)


@page(Right.SEE_CUSTOMERS)
def verdicts(request: PageRequest) -> HttpResponse:
    """What stewards said that holds, and a way to merge customers that no question names."""
    listing = Listing(request, name="verdicts", columns=(), sort="given")
    context = {
        "listing": listing,
        "found": find_verdicts(viewer=request.reading.viewer, page=listing.page),
        "may_settle": request.reading.may(Right.SETTLE_IDENTITY),
    }
    return render(request, "pages/verdicts.html", context)


@page(Right.SEE_CUSTOMERS)
def one_verdict(request: PageRequest, verdict_id: str) -> HttpResponse:
    """One verdict, and what taking it back would change."""
    row = verdict(viewer=request.reading.viewer, verdict_id=verdict_id)
    may_settle = request.reading.may(Right.SETTLE_IDENTITY) and row.withdrawn_at is None
    context: dict[str, object] = {"row": row, "may_settle": may_settle}
    if may_settle and row.is_merge:
        assert isinstance(request.user, User)
        try:
            context["merged"] = preview_unmerge(customer_id=row.other, acting_user=request.user)
        except MergeError as error:
            context["refusal"] = str(error)
    return render(request, "pages/verdict.html", context)


@page(Right.SETTLE_IDENTITY)
def merge_two(request: PageRequest) -> HttpResponse:
    """What merging two customers would change; the form that does it stands below."""
    assert isinstance(request.user, User)
    pair = (request.GET.get("one", "").strip(), request.GET.get("other", "").strip())
    context: dict[str, object] = {"one": pair[0], "other": pair[1], "action": "/merge/now"}
    if all(pair):
        found: Merged | None = None
        try:
            found = preview_merge(customers=pair, acting_user=request.user)
        except (MergeError, NotFoundError) as error:
            context["refusal"] = str(error)
        context["merged"] = found
    return render(request, "pages/merge.html", context)
