"""How does somebody edit a policy's table and values by hand, and see at once what that does?

Saving writes a draft of a change, or writes one anew; nothing is published here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from troth.actions import changes as actions
from troth.actions.access import AccessRefusedError
from troth.actions.change_errors import BaseMovedError, ChangeError, EditedMeanwhileError
from troth.actions.policies import PolicyFileError, Written
from troth.console.parts.policy_form import PolicyForm, columns_json, heading, opened, sent
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.core.policies.changes import StepError
from troth.core.policies.differences import differences, title_of
from troth.store.models import User
from troth.store.queries.policy_editing import Editable, change_to_edit, version_to_edit

_MOST_SHOWN = 100
Holding = Callable[[], Editable]
Saving = Callable[[PolicyForm], str]


@page(Right.PROPOSE_POLICY)
def version(request: PageRequest, policy_id: str) -> HttpResponse:
    """A published version, to be drafted anew."""

    def held() -> Editable:
        return version_to_edit(viewer=request.reading.viewer, policy_id=policy_id)

    def save(form: PolicyForm) -> str:
        row = actions.draft(
            [_written(form, request)],
            title=form.typed["title"],
            reason=form.typed["reason"],
            seen=form.held.seen,
            acting_user=_me(request),
        )
        return f"/changes/{row.pk}"

    if request.method != "POST":
        # From the next midnight but one: there is a day to have it signed.
        today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        found = held()
        form = opened(
            found,
            effective_from=today + timedelta(days=2),
            title=heading(found),
            reason="",
        )
        return _shown(request, form, back=f"/policies/{policy_id}")
    return _sent(request, held, save, back=f"/policies/{policy_id}")


@page(Right.PROPOSE_POLICY)
def of_change(request: PageRequest, change_id: str, place: int) -> HttpResponse:
    """One version of a change that is not published yet, to be written anew."""

    def held() -> Editable:
        viewer = request.reading.viewer
        return change_to_edit(viewer=viewer, change_id=change_id, place=place)

    def save(form: PolicyForm) -> str:
        others = [
            Written(document=document, place=f"{change_id}: policy {at}", author=_name(request))
            for at, document in enumerate(form.held.documents, start=1)
        ]
        others[place - 1] = _written(form, request)
        void = actions.edit(
            change_id, written=others, seen=form.held.seen, acting_user=_me(request)
        )
        told = _("Written anew. Sign-offs that are void now: %(count)s.") % {"count": void}
        messages.success(request, told, extra_tags="good")
        return f"/changes/{change_id}"

    try:
        if request.method == "POST":
            return _sent(request, held, save, back=f"/changes/{change_id}")
        found = held()
    except StepError as error:
        text = _("Nothing was changed. %(reason)s") % {"reason": error}
        messages.error(request, text, extra_tags="bad")
        return HttpResponseRedirect(f"/changes/{change_id}")
    version = found.version
    form = opened(found, effective_from=version.effective_from, title="", reason=version.reason)
    return _shown(request, form, back=f"/changes/{change_id}")


def _sent(request: PageRequest, held: Holding, save: Saving, *, back: str) -> HttpResponse:
    form = sent(held(), request.POST)
    form.read()
    if request.POST.get("verb") == "check":
        if not form.typed["reason"]:
            form.faults.pop("reason", None)  # the words can wait until it is saved
        if "application/json" in request.headers.get("Accept", ""):
            return _told(request, form)
        return _shown(request, form, back=back, is_looked_at=True)
    if not form.is_readable:
        return _shown(request, form, back=back, is_looked_at=True, status=422)
    if form.held.seen not in (form.typed["seen"], form.typed["over"]):
        return _edited_meanwhile(request, form, back=back)
    try:
        return HttpResponseRedirect(save(form))
    except (EditedMeanwhileError, BaseMovedError):
        # Between our look and the lock: what they wrote is shown, and what was typed.
        again = sent(held(), request.POST)
        again.read()
        return _edited_meanwhile(request, again, back=back)
    except (ChangeError, PolicyFileError, AccessRefusedError) as error:
        more = {"error": str(error)}
        return _shown(request, form, back=back, is_looked_at=True, status=422, more=more)


def _edited_meanwhile(request: PageRequest, form: PolicyForm, *, back: str) -> HttpResponse:
    """Both are kept: theirs where it is, and here all that was typed."""
    mine, theirs = form.version(), form.held.version if form.held.documents else form.held.last
    more = {
        "over": form.held.seen,
        "theirs": None if mine is None else differences(theirs, mine),
        "their_page": back if form.held.documents or theirs is None else f"/policies/{theirs.id}",
    }
    return _shown(request, form, back=back, is_looked_at=True, status=409, more=more)


def _shown(
    request: PageRequest,
    form: PolicyForm,
    *,
    back: str,
    is_looked_at: bool = False,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    columns = form.columns
    hits = ("UNIQUE", "FIRST", "ANY", "PRIORITY")
    context = {
        "form": form,
        "heading": heading(form.held),
        "back": back,
        "of_change": bool(form.held.documents),
        "columns": columns,
        "columns_json": columns_json(columns),
        "hits": hits,
        "is_refused": status != 200,
        **(_findings(form) if is_looked_at else {}),
        **(more or {}),
    }
    template = "pages/change_policy.html" if form.held.documents else "pages/policy_edit.html"
    return render(request, template, context, status=status)


def _told(request: PageRequest, form: PolicyForm) -> JsonResponse:
    """What the script marks, where it stands; and what stands beside the table."""
    looked = form.looked
    return JsonResponse(
        {
            "cells": [[mark.line, mark.column, mark.sentence] for mark in looked.cells],
            "rows": [
                [list(mark.lines), mark.is_hint, mark.sentence]
                for mark in looked.rows
                if mark.lines
            ],
            "faults": form.faults,
            "side": render_to_string("parts/table_findings.html", _findings(form), request),
        }
    )


def _findings(form: PolicyForm) -> dict[str, Any]:
    looked = form.looked
    rows = sorted(looked.rows, key=lambda mark: mark.is_hint)
    return {
        "looked": looked,
        "others": [*looked.faults, *form.others],
        "cells": looked.cells[:_MOST_SHOWN],
        "rows": rows[:_MOST_SHOWN],
        "more": max(0, len(looked.cells) - _MOST_SHOWN) + max(0, len(rows) - _MOST_SHOWN),
        "changes": form.differences(),
        "title": title_of(form.held.version),
    }


def _written(form: PolicyForm, request: PageRequest) -> Written:
    return Written(document=form.document, place=str(_("the form")), author=_name(request))


def _name(request: PageRequest) -> str:
    me = _me(request)
    return me.name or me.username


def _me(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
