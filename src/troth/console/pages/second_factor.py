"""How does a person prove themselves a second time: at the door, and before what matters?"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.views import ReauthenticateView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.flows import activate_totp
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from troth.actions.accounts import remove_second_factor
from troth.actions.sessions import note_second_factor
from troth.console.parts.doors import take_code
from troth.console.parts.reading import PageRequest, page
from troth.store.models import User

_APP = "allauth.mfa"


class _AtTheDoor(AuthenticateView):  # type: ignore[misc] # allauth has no types
    template_name = "pages/sign_in_code.html"


class _Password(ReauthenticateView):  # type: ignore[misc] # allauth has no types
    template_name = "pages/confirm.html"


class _Code(CodeView):  # type: ignore[misc] # allauth has no types
    template_name = "pages/confirm.html"


at_the_door = never_cache(_AtTheDoor.as_view())


@never_cache
@page(None)
def confirm_password(request: PageRequest) -> HttpResponseBase:
    """The password once more, before something that matters."""
    return _rendered(_Password.as_view()(request))


@never_cache
@page(None)
def confirm_code(request: PageRequest) -> HttpResponseBase:
    """A code once more, before something that matters."""
    return _rendered(_Code.as_view(extra_context={"is_code": True})(request))


@never_cache
@page(None)
def set_up(request: PageRequest) -> HttpResponse:
    """Add an authenticator app: a QR code, and one code of it as the proof."""
    raise_if_reauthentication_required(request, app=_APP)
    user = _own(request)
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        return redirect("account")
    form = ActivateTOTPForm(data=request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        take_code(user, Authenticator.Type.TOTP, form.cleaned_data["code"])
        note_second_factor(
            action="added", work=lambda: activate_totp(request, form), acting_user=user
        )
        request.session.cycle_key()
        return redirect("recovery_codes")
    adapter = get_adapter()
    # The picture is made here of a secret of ours; nothing in it comes from outside.
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, form.secret))
    context = {
        "form": form,
        "picture": mark_safe(svg[svg.index("<svg") :]),
        "secret": " ".join(form.secret[at : at + 4] for at in range(0, len(form.secret), 4)),
    }
    status = 422 if form.is_bound else 200
    return render(request, "pages/second_factor.html", context, status=status)


@never_cache
@page(None)
def recovery_codes(request: PageRequest) -> HttpResponse:
    """Codes for when the app is lost: shown once. A POST makes new ones; the old end."""
    user = _own(request)
    raise_if_reauthentication_required(request, app=_APP)
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        return redirect("second_factor")
    if request.method == "POST":
        note_second_factor(
            action="codes-made", work=lambda: generate_recovery_codes(request), acting_user=user
        )
        return redirect("recovery_codes")
    codes, may_see = view_recovery_codes(request)
    context: dict[str, Any] = {
        "codes": codes.get_unused_codes() if codes is not None and may_see else [],
        "left": len(codes.get_unused_codes()) if codes is not None else 0,
    }
    return render(request, "pages/recovery_codes.html", context)


@require_POST
@page(None)
def turn_off(request: PageRequest) -> HttpResponse:
    """Sign in with the password alone again."""
    raise_if_reauthentication_required(request, app=_APP)
    user = _own(request)
    remove_second_factor(user=user, acting_user=user)
    request.session.cycle_key()
    messages.success(request, _("The second factor is off."), extra_tags="good")
    return HttpResponseRedirect("/account")


def _own(request: PageRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _rendered(answer: HttpResponseBase) -> HttpResponseBase:
    """In the reader's language and zone, which end with the page."""
    render_now = getattr(answer, "render", None)
    return render_now() if callable(render_now) else answer
