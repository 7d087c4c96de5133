"""On whose behalf does this request come?

A program sends a token, a page of the console has a session. Whoever sends a token is judged by it
alone; a session must prove on every write that the page is ours.
"""

from __future__ import annotations

from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from troth.actions.people import user_of_token
from troth.api.problems import ProblemError
from troth.store.models import User
from troth.store.queries.viewing import Viewer, viewer_of

_KNOWN = "_troth_api_user"


def user_of(request: HttpRequest) -> User:
    """Who sends this request, found out once. Raises AuthenticationError, ProblemError (csrf)."""
    known: User | None = getattr(request, _KNOWN, None)
    if known is None:
        known = _by_token(request) if is_by_token(request) else _by_session(request)
        setattr(request, _KNOWN, known)
    return known


def is_by_token(request: HttpRequest) -> bool:
    """Whether a token speaks, and not somebody who is signed in."""
    return "Authorization" in request.headers


def viewer(request: HttpRequest) -> Viewer:
    """The viewer whom a read is for."""
    return viewer_of(user_of(request))


def _by_token(request: HttpRequest) -> User:
    scheme, _, token = request.headers["Authorization"].partition(" ")
    is_token = scheme.lower() == "bearer" and token.isascii() and token.isprintable()
    user = user_of_token(token.strip()) if is_token else None
    if user is None:
        raise AuthenticationError
    return user


def _by_session(request: HttpRequest) -> User:
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        raise AuthenticationError
    if check_csrf(request) is not None:
        raise ProblemError("csrf")
    return user


class Token(AuthBase):
    """A program's token, as the description names it."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_description = "The token of an integration, issued by `troth user token`."

    def __call__(self, request: HttpRequest) -> User:
        return user_of(request)


class Session(AuthBase):
    """A signed-in person's session. `user_of` tells both apart, so this one has nothing to do."""

    openapi_type = "apiKey"
    openapi_in = "cookie"
    openapi_name = "sessionid"
    openapi_description = "The session of the console; a POST needs the header X-CSRFToken too."

    def __call__(self, request: HttpRequest) -> None:
        return None
