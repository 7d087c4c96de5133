"""Users and tokens over HTTP: who gets in, and who no more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import accounts, people
from troth.actions.sessions import end_sessions
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.people import (
    ChangeUser,
    IssuedToken,
    NewToken,
    NewUser,
    ReasonFor,
    SignedOut,
    SignInLink,
    Token,
    TokenFilters,
    TokenList,
    User,
    UserFilters,
    UserList,
)
from troth.api.shapes.shape import Shape
from troth.api.signing_in import is_by_token, user_of, viewer
from troth.core.access.roles import Right, Role
from troth.store.models import User as Account
from troth.store.queries import people as queries
from troth.store.queries.lists import NotFoundError

_TAG = "Users"
_ID_DIGITS = 18
router = Router()


def _takes(shape: type[Shape], example: str) -> dict[str, object]:
    return json_body(shape.model_json_schema(), {example: shape.EXAMPLE})


@router.get("/users", **described("user_list", "List users", tag=_TAG, answers=UserList))
def user_list(request: HttpRequest, filters: Query[UserFilters]) -> HttpResponse:
    """People and programs, who is locked out as well."""
    rows = queries.accounts(viewer=viewer(request))
    found = slice_of(rows, reach_of(request, filters), key=lambda row: (row.username,))
    return list_answer(request, filters, UserList, found)


@router.get("/users/{username}", **described("user_show", "Show a user", tag=_TAG, answers=User))
def user_show(request: HttpRequest, username: str) -> HttpResponse:
    """One person or program."""
    return _shown(request, username)


@router.post(
    "/users",
    **described(
        "user_add", "Add a user", tag=_TAG, answers=User, extra=_takes(NewUser, "colleague")
    ),
)
def user_add(request: HttpRequest) -> HttpResponse:
    """Make an account. A person comes in by a link or an identity provider, a program by tokens."""
    viewer(request).require(Right.ADMINISTER)
    asked = body_of(request, NewUser)
    if Account.objects.filter(username=asked.username).exists():
        raise accounts.UserExistsError(
            f"There is an account {asked.username!r} already; accounts are never deleted. "
            "Choose another name, or change that account."
        )
    people.add_user(
        username=asked.username,
        name=asked.name,
        role=Role(asked.role),
        is_program=asked.is_program,
        acting_user=user_of(request),
    )
    return _shown(request, asked.username)


@router.post(
    "/users/{username}/change",
    **described(
        "user_change", "Change a user", tag=_TAG, answers=User, extra=_takes(ChangeUser, "moved")
    ),
)
def user_change(request: HttpRequest, username: str) -> HttpResponse:
    """Change the name, role, team or sales regions; it counts from the next request on."""
    account = _account(request, username)
    asked = body_of(request, ChangeUser)
    change = accounts.Change(
        name=asked.name,
        role=None if asked.role is None else Role(asked.role),
        team=asked.team,
        regions=asked.regions,
        agent_key=asked.agent_key,
    )
    accounts.change_user(
        user=account, change=change, reason=asked.reason, acting_user=user_of(request)
    )
    return _shown(request, username)


@router.post(
    "/users/{username}/deactivate",
    **described(
        "user_deactivate",
        "Lock a user out",
        tag=_TAG,
        answers=User,
        extra=_takes(ReasonFor, "left"),
    ),
)
def user_deactivate(request: HttpRequest, username: str) -> HttpResponse:
    """Lock a leaver out at once: account, sessions and tokens."""
    account = _account(request, username)
    asked = body_of(request, ReasonFor)
    accounts.deactivate(user=account, reason=asked.reason, acting_user=user_of(request))
    return _shown(request, username)


@router.post(
    "/users/{username}/activate",
    **described("user_activate", "Let a user in again", tag=_TAG, answers=User),
)
def user_activate(request: HttpRequest, username: str) -> HttpResponse:
    """Let somebody in again. Sessions and tokens that ended stay ended."""
    accounts.activate(user=_account(request, username), acting_user=user_of(request))
    return _shown(request, username)


@router.post(
    "/users/{username}/link",
    **described("user_link", "Make a sign-in link", tag=_TAG, answers=SignInLink),
)
def user_link(request: HttpRequest, username: str) -> HttpResponse:
    """A link that signs somebody in once, within a day. It is shown in this answer alone."""
    account = _account(request, username)
    token = people.issue_login_link(user=account, acting_user=user_of(request))
    url = request.build_absolute_uri(f"/sign-in/link/{token}")
    return _secret(SignInLink(username=username, url=url))


@router.post(
    "/users/{username}/sign-out",
    **described("user_sign_out", "Sign a user out", tag=_TAG, answers=SignedOut),
)
def user_sign_out(request: HttpRequest, username: str) -> HttpResponse:
    """End every session of somebody."""
    account = _account(request, username)
    ended = end_sessions(user=account, acting_user=user_of(request))
    return json_answer(SignedOut(username=username, sessions=ended))


@router.post(
    "/users/{username}/remove-factor",
    **described(
        "user_remove_factor",
        "Remove a second factor",
        tag=_TAG,
        answers=User,
        extra=_takes(ReasonFor, "lost"),
    ),
)
def user_remove_factor(request: HttpRequest, username: str) -> HttpResponse:
    """Take the second factor away from who has lost it."""
    account = _account(request, username)
    asked = body_of(request, ReasonFor)
    accounts.remove_second_factor(user=account, reason=asked.reason, acting_user=user_of(request))
    return _shown(request, username)


@router.get("/tokens", **described("user_tokens", "List tokens", tag=_TAG, answers=TokenList))
def user_tokens(request: HttpRequest, filters: Query[TokenFilters]) -> HttpResponse:
    """Tokens, without their secrets: one's own, or with the right to administer, anybody's."""
    rows = queries.tokens(viewer=viewer(request), username=filters.user or None)
    reach = reach_of(request, filters)
    found = slice_of(rows, reach, key=lambda row: (f"{row.id:0{_ID_DIGITS}}",))
    return list_answer(request, filters, TokenList, found)


@router.post(
    "/tokens",
    **described(
        "user_token", "Issue a token", tag=_TAG, answers=IssuedToken, extra=_takes(NewToken, "erp")
    ),
)
def user_token(request: HttpRequest) -> HttpResponse:
    """A token for somebody, or in a session of the console for oneself. It is shown in this answer
    alone. A token issues no other, unless it may administer: one that is lost would live on."""
    if is_by_token(request):
        viewer(request).require(Right.ADMINISTER)
    asked = body_of(request, NewToken)
    own = user_of(request)
    account = own if asked.user == own.username else _account(request, asked.user)
    token = people.issue_token(
        user=account,
        label=asked.label,
        days=asked.days,
        scopes=[Right(scope) for scope in asked.scopes],
        acting_user=own,
    )
    return _secret(IssuedToken(username=account.username, token=token))


@router.post(
    "/tokens/{token_id}/revoke",
    **described(
        "user_revoke", "Revoke a token", tag=_TAG, answers=Token, extra=_takes(ReasonFor, "lost")
    ),
)
def user_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    """End a token now: one's own, or with the right to administer, anybody's."""
    number = _number(token_id)
    queries.token(viewer=viewer(request), token_id=number)
    asked = body_of(request, ReasonFor)
    people.revoke_token(token_id=number, reason=asked.reason, acting_user=user_of(request))
    found = queries.token(viewer=viewer(request), token_id=number)
    return json_answer(Token.model_validate(found))


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > _ID_DIGITS:
        raise NotFoundError("token", text)
    return int(text)


def _account(request: HttpRequest, username: str) -> Account:
    """The account; who may not administer is not told whether there is one."""
    viewer(request).require(Right.ADMINISTER)
    return accounts.find_user(username)


def _shown(request: HttpRequest, username: str) -> HttpResponse:
    for found in queries.accounts(viewer=viewer(request), username=username):
        return json_answer(User.model_validate(found))
    raise NotFoundError("user", username)


def _secret(shape: Shape) -> HttpResponse:
    answer = json_answer(shape)
    answer["Cache-Control"] = "no-store"
    return answer
