"""What is held about a person, what would erasing them do, and who was erased?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from troth.actions import privacy as actions
from troth.actions.personal_exports import export_personal
from troth.actions.privacy import ErasurePlan, ErasureReason
from troth.console.parts.cards import card
from troth.console.parts.reading import PageRequest, page
from troth.console.parts.workplace import workspace
from troth.core.access.roles import Right
from troth.store.facts.persons import UnknownSubjectError
from troth.store.models import User
from troth.store.queries.erasures import find_erasures

_HERE = "/privacy"


@never_cache
@page(Right.ERASE)
def index(request: PageRequest) -> HttpResponse:
    """Whom it is about; then what would go and what would stay; and what was done."""
    return _shown(request, _clean(request.GET.get("subject", "")))


def _shown(
    request: PageRequest, subject: str, *, error: str = "", status: int = 200
) -> HttpResponse:
    user, viewer = _me(request), request.reading.viewer
    context = {
        "subject": subject,
        "error": error,
        "plan": card("plan", lambda: _plan(subject, user)) if subject else None,
        "reasons": [reason.value for reason in ErasureReason],
        "erasures": card("erasures", lambda: find_erasures(viewer=viewer)),
        "may_export": request.reading.may(Right.EXPORT_PERSONAL),
    }
    return render(request, "pages/privacy.html", context, status=status)


def _plan(subject: str, user: User) -> ErasurePlan | None:
    """None where nobody of this name is known."""
    try:
        return actions.plan_of(subject, acting_user=user)
    except UnknownSubjectError:
        return None


@require_POST
@page(Right.ERASE)
def erase(request: PageRequest) -> HttpResponse:
    """The second step: erase, where the subject was typed once more."""
    subject, typed = _clean(request.POST.get("subject", "")), _clean(request.POST.get("typed", ""))
    reason = request.POST.get("reason", "")
    if typed != subject or reason not in list(ErasureReason):
        error = _("Nothing was erased. Type the subject exactly as it stands above, and say why.")
        return _shown(request, subject, error=error, status=422)
    try:
        done = actions.erase(subject, reason=ErasureReason(reason), acting_user=_me(request))
    except UnknownSubjectError:
        return _shown(request, subject, status=404)
    told = _("%(subject)s is erased. `troth privacy scrub` empties the table files as well.")
    messages.success(request, told % {"subject": done.subject}, extra_tags="good")
    return HttpResponseRedirect(_HERE)


@never_cache
@require_POST
@page(Right.EXPORT_PERSONAL)
def export(request: PageRequest) -> HttpResponse:
    """Everything that is held about somebody, as a file to keep safe and to delete."""
    subject = _clean(request.POST.get("subject", ""))
    company = workspace().name
    try:
        done = export_personal(subject, company=company, acting_user=_me(request))
    except UnknownSubjectError:
        return _shown(request, subject, status=404)
    answer = HttpResponse(done.content, content_type="application/zip")
    name = "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in done.subject)
    answer["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return answer


def _me(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:600]
