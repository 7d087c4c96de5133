"""How does an identity provider add people, change them and lock leavers out?"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from troth.actions import accounts
from troth.actions.accounts import AccountError, NoSuchUserError, UserExistsError
from troth.actions.people import add_user, user_of_token
from troth.actions.recording import writing
from troth.api.scim import documents
from troth.api.scim.documents import ScimError
from troth.api.scim.reading import Wanted, body_of, username_in, wanted_patch, wanted_user
from troth.core.access.roles import Right
from troth.store.models import User
from troth.store.queries.people import accounts as read_accounts
from troth.store.queries.viewing import NotAllowedError, viewer_of

PREFIX = "/scim/v2"
_LOG = logging.getLogger("troth.scim")
_REASON = "deactivated by the identity provider (SCIM)"
_View = Callable[..., HttpResponse]


def _scim(*methods: str) -> Callable[[_View], _View]:
    """A view for a token that may administer, whose every error is one of SCIM's."""

    def wrap(view: _View) -> _View:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, **parts: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise ScimError(405, f"Use {', '.join(methods)} here.")
                return view(request, _author(request), **parts)
            except ScimError as error:
                return documents.error_answer(error)
            except NotAllowedError as error:
                return documents.error_answer(ScimError(403, str(error)))
            except NoSuchUserError as error:
                return documents.error_answer(ScimError(404, str(error)))
            except UserExistsError as error:
                return documents.error_answer(ScimError(409, str(error), "uniqueness"))
            except AccountError as error:
                return documents.error_answer(ScimError(400, str(error), "mutability"))
            except Exception as error:
                # Its message can hold a person's data: only what it was and where.
                where = "".join(traceback.format_tb(error.__traceback__))
                _LOG.error("unexpected %s\n%s", type(error).__name__, where)
                return documents.error_answer(ScimError(500, "Something went wrong on our side."))

        return answered

    return wrap


def _author(request: HttpRequest) -> User:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_token = scheme.lower() == "bearer" and token.isascii() and token.isprintable()
    user = user_of_token(token.strip()) if is_token else None
    if user is None:
        raise ScimError(401, "Send a token that is in force as `Authorization: Bearer …`.")
    viewer_of(user).require(Right.ADMINISTER)
    return user


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri(PREFIX)


@_scim("GET", "POST")
def users(request: HttpRequest, author: User) -> HttpResponse:
    """All people, or the one of a name; or a new one."""
    if request.method == "POST":
        return _add(request, author)
    text = request.GET.get("filter")
    username = username_in(text) if text is not None else None
    found = read_accounts(viewer=viewer_of(author), username=username)
    start = max(_number(request, "startIndex", 1), 1)
    count = min(max(_number(request, "count", documents.MOST), 0), documents.MOST)
    base = _base(request)
    shown = [documents.user_document(item, base) for item in found[start - 1 : start - 1 + count]]
    return documents.answer(documents.list_document(shown, total=len(found), start=start))


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    try:
        return int(text) if len(text) < 10 else default
    except ValueError as error:
        raise ScimError(400, f"`{name}` is a whole number.", "invalidValue") from error


def _add(request: HttpRequest, author: User) -> HttpResponse:
    wanted = wanted_user(body_of(request))
    if wanted.username is None:
        raise ScimError(400, "`userName` is missing.", "invalidValue")
    if wanted.change.role is None:
        raise ScimError(400, f"`role` is missing, in {documents.OURS}.", "invalidValue")
    with writing():
        if User.objects.filter(username=wanted.username).exists():
            raise UserExistsError(
                f"There is an account {wanted.username!r} already; accounts are never deleted."
            )
        user = add_user(
            username=wanted.username,
            name=wanted.change.name or wanted.username,
            role=wanted.change.role,
            acting_user=author,
        )
        _apply(user, wanted, author)
    return _shown(request, author, wanted.username, status=201)


@_scim("GET", "PUT", "PATCH")
def user(request: HttpRequest, author: User, *, username: str) -> HttpResponse:
    """One person: as they are, or changed. There is no DELETE: deactivate instead."""
    if request.method != "GET":
        found = body_of(request)
        wanted = wanted_patch(found) if request.method == "PATCH" else wanted_user(found)
        if wanted.username not in (None, username):
            raise ScimError(400, "`userName` does not change.", "mutability")
        with writing():
            _apply(accounts.find_user(username), wanted, author)
    return _shown(request, author, username)


def _apply(person: User, wanted: Wanted, author: User) -> None:
    person = accounts.change_user(
        user=person, change=wanted.change, reason="told by SCIM", acting_user=author
    )
    if wanted.is_active is True:
        accounts.activate(user=person, reason="told by SCIM", acting_user=author)
    elif wanted.is_active is False:
        accounts.deactivate(user=person, reason=_REASON, acting_user=author)


def _shown(request: HttpRequest, author: User, username: str, *, status: int = 200) -> HttpResponse:
    found = read_accounts(viewer=viewer_of(author), username=username)
    if not found:
        raise NoSuchUserError(f"There is no user {username!r}.")
    document = documents.user_document(found[0], _base(request))
    response = documents.answer(document, status=status)
    if status == 201:
        response["Location"] = document["meta"]["location"]
    return response


@_scim("GET")
def described(request: HttpRequest, author: User, *, what: str) -> HttpResponse:
    """What of SCIM is here."""
    base = _base(request)
    if what == "ServiceProviderConfig":
        return documents.answer(documents.provider_config(base))
    found = documents.resource_types(base) if what == "ResourceTypes" else documents.schemas(base)
    return documents.answer(documents.list_document(found))


@_scim("GET", "POST", "PUT", "PATCH", "DELETE")
def unknown(request: HttpRequest, author: User) -> HttpResponse:
    """Every other address."""
    raise ScimError(404, "There is nothing under this address.")


urlpatterns: list[URLPattern] = [
    path("Users", users),
    path("Users/<path:username>", user),
    re_path(r"^(?P<what>ServiceProviderConfig|ResourceTypes|Schemas)$", described),
    re_path(r"^.*$", unknown),
]
