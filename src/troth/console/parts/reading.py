"""Who reads this page, in which language and zone, and what do they get when it cannot be shown?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.lists import BadListError, NotFoundError
from troth.store.queries.moment import moment_of
from troth.store.queries.policies import tier_shapes
from troth.store.queries.viewing import NotAllowedError, Viewer, viewer_of

ZONE_COOKIE = "troth_zone"


@dataclass(kw_only=True, eq=False)
class Reading:
    """One reader's look at one page."""

    viewer: Viewer

    @cached_property
    def at(self) -> datetime:
        """What counts as now."""
        return moment_of(self.viewer)

    @cached_property
    def tier_shapes(self) -> dict[str, str]:
        """The shape of each tier, by the policy in force."""
        return tier_shapes(viewer=self.viewer, at=self.at)

    def may(self, right: Right) -> bool:
        return self.viewer.may(right)


class PageRequest(HttpRequest):
    """A signed-in request, as `page` hands it on."""

    reading: Reading
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def page(right: Right | None) -> Callable[[View], View]:
    """A page for signed-in people with a right; None: for everybody who is signed in.

    Language and zone are the reader's. What a reader may not see, or what there is not, becomes a
    page that says so, with the fitting status.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def shown(request: PageRequest, *args: Any, **named: Any) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User):
                return _to_sign_in(request)
            viewer = viewer_of(user)
            request.reading = Reading(viewer=viewer)
            with ExitStack() as stack:
                stack.enter_context(timezone.override(_zone(request, viewer)))
                if viewer.language != "en" and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                    stack.enter_context(translation.override(viewer.language))
                try:
                    if right is not None:
                        viewer.require(right)
                    return view(request, *args, **named)
                except NotAllowedError as error:
                    return _refused(request, error)
                except NotFoundError as error:
                    return _missing(request, error)
                except BadListError as error:
                    return _trouble(
                        request,
                        HTTPStatus.BAD_REQUEST,
                        title=_("This list cannot be shown like that"),
                        happened=str(error),
                        todo=_("Remove the filter from the address, or start from the list."),
                    )

        return shown

    return wrap


def _to_sign_in(request: PageRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponseClientRedirect(
            f"{settings.LOGIN_URL}?next={request.htmx.current_url_abs_path or '/'}"
        )
    return redirect_to_login(request.get_full_path())


def _zone(request: HttpRequest, viewer: Viewer) -> ZoneInfo:
    """The reader's own zone: of the account, else as the browser told it."""
    name = viewer.time_zone
    if name == "UTC":
        name = request.COOKIES.get(ZONE_COOKIE, "UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _refused(request: HttpRequest, error: NotAllowedError) -> HttpResponse:
    return _trouble(
        request,
        HTTPStatus.FORBIDDEN,
        title=_("Your role does not include this page"),
        happened=_("It needs the right “%(right)s”, which the role “%(role)s” does not have.")
        % {"right": error.right.value, "role": error.role.value},
        todo=_("Ask an administrator for the right, or go back to what is yours."),
    )


def _missing(request: HttpRequest, error: NotFoundError) -> HttpResponse:
    return _trouble(
        request,
        HTTPStatus.NOT_FOUND,
        title=_("There is nothing under this address"),
        happened=_("No %(what)s is called “%(key)s”, or you may not see it.")
        % {"what": error.what, "key": error.key},
        todo=_("Check the key, or search for it with Ctrl K."),
    )


def _trouble(
    request: HttpRequest, status: HTTPStatus, *, title: str, happened: str, todo: str
) -> HttpResponse:
    context = {
        "title": title,
        "happened": happened,
        "safe": _("Nothing was changed."),
        "todo": todo,
        "status": status.value,
    }
    return render(request, "pages/trouble.html", context, status=status.value)


def utc_text(instant: datetime) -> str:
    """An instant for machines: ISO 8601 in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
