"""How does a steward settle a question of identity from a page?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from troth.actions.questions import NoSuchQuestionError, ReasonMissingError, keep_apart
from troth.console.parts.reading import PageRequest, page
from troth.core.access.roles import Right
from troth.store.models import User


@require_POST
@page(Right.SETTLE_IDENTITY)
def keep_customers_apart(request: PageRequest, question_id: str) -> HttpResponse:
    """Settle that they are not one, then back to the questions that are left."""
    assert isinstance(request.user, User)
    reason = request.POST.get("reason", "").replace("\0", "")
    try:
        keep_apart(question_id=question_id, reason=reason, acting_user=request.user)
    except ReasonMissingError:
        _refuse(request, _("Nothing was settled: say in a sentence how you know."))
    except NoSuchQuestionError:
        _refuse(request, _("Nothing was settled: this question is open no longer."))
    else:
        messages.success(
            request,
            _("Kept apart. Both stay customers of their own; this is not asked again."),
            extra_tags="good",
        )
    return HttpResponseRedirect("/questions")


def _refuse(request: PageRequest, text: str) -> None:
    messages.error(request, text, extra_tags="bad")
