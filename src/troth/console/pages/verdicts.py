"""How does a steward settle who is who from a page, and take it back?"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions.merge_errors import MergeError, MergeReasonError
from troth.actions.merging import merge
from troth.actions.questions import (
    NoSuchQuestionError,
    NoSuchVerdictError,
    ReasonMissingError,
    keep_apart,
    make_one,
    withdraw,
)
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.lists import NotFoundError

_QUESTIONS = "/questions"


@require_POST
@page(Right.SETTLE_IDENTITY)
def keep_customers_apart(request: PageRequest, question_id: str) -> HttpResponse:
    """Settle that they are not one, then back to the questions that are left."""
    user, reason = _asked(request)
    told = _("Kept apart. Both stay customers of their own; this is not asked again.")
    return _settled(
        request,
        lambda: keep_apart(question_id=question_id, reason=reason, acting_user=user),
        told,
    )


@require_POST
@page(Right.SETTLE_IDENTITY)
def make_customers_one(request: PageRequest, question_id: str) -> HttpResponse:
    """Settle that they are one, then back to the questions that are left."""
    user, reason = _asked(request)
    told = _("Merged. The page Verdicts takes it back.")
    return _settled(
        request,
        lambda: make_one(question_id=question_id, reason=reason, acting_user=user),
        told,
    )


@require_POST
@page(Right.SETTLE_IDENTITY)
def merge_customers(request: PageRequest) -> HttpResponse:
    """Merge two customers whom no question names."""
    user, reason = _asked(request)
    pair = (request.POST.get("one", "")[:200], request.POST.get("other", "")[:200])
    told = _("Merged. The page Verdicts takes it back.")
    return _settled(
        request,
        lambda: merge(customers=pair, reason=reason, acting_user=user),
        told,
        back="/verdicts",
    )


@require_POST
@page(Right.SETTLE_IDENTITY)
def withdraw_verdict(request: PageRequest, verdict_id: str) -> HttpResponse:
    """Take a verdict back."""
    user, reason = _asked(request)
    told = _("Taken back. What it settled is open again.")
    return _settled(
        request,
        lambda: withdraw(verdict_id=verdict_id, reason=reason, acting_user=user),
        told,
        back="/verdicts",
    )


def _asked(request: PageRequest) -> tuple[User, str]:
    assert isinstance(request.user, User)
    return request.user, request.POST.get("reason", "").replace("\0", "")[:2_000]


def _settled(
    request: PageRequest, work: Callable[[], object], told: str, *, back: str = _QUESTIONS
) -> HttpResponse:
    try:
        work()
    except (ReasonMissingError, MergeReasonError):
        _refuse(request, _("Nothing was settled: say in a sentence how you know."))
    except (NoSuchQuestionError, NoSuchVerdictError):
        _refuse(request, _("Nothing was settled: this question is open no longer."))
    except (MergeError, NotFoundError) as error:
        _refuse(request, str(error))
    else:
        messages.success(request, told, extra_tags="good")
    return HttpResponseRedirect(back)


def _refuse(request: PageRequest, text: str) -> None:
    messages.error(request, text, extra_tags="bad")
