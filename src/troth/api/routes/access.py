"""Access over HTTP: who may do what to whom, restricted customers, broken glass."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from troth.actions import access as actions
from troth.api.answering import json_answer
from troth.api.bodies import body_of
from troth.api.cursors import list_answer, reach_of, slice_of
from troth.api.routes.describing import described, json_body
from troth.api.shapes.access import (
    AccessAnswer,
    AccessAnswerList,
    AccessFilters,
    BreakGlass,
    CanQuestion,
    Changed,
    Glass,
    GlassFilters,
    GlassList,
    NamePerson,
    PersonRightList,
    Restrict,
    RestrictedCustomerList,
    ReviewGlass,
    UnnamePerson,
    WhoFilters,
)
from troth.api.shapes.shape import Shape
from troth.api.signing_in import user_of, viewer
from troth.core.access.roles import Right
from troth.store.models import Customer
from troth.store.queries import access as queries

_TAG = "Access"
_REVIEWED = {"open": False, "reviewed": True, "all": None}
router = Router()


def _takes(shape: type[Shape], example: str) -> dict[str, object]:
    return json_body(shape.model_json_schema(), {example: shape.EXAMPLE})


@router.get(
    "/access",
    **described("access_list", "List rights", tag=_TAG, answers=PersonRightList),
)
def access_list(request: HttpRequest, filters: Query[AccessFilters]) -> HttpResponse:
    """Every right of everybody who may sign in, and how far it goes."""
    rows = queries.rights_of(viewer=viewer(request), username=filters.user)
    reach = reach_of(request, filters)
    found = slice_of(rows, reach, key=lambda row: (row.username, row.right.value))
    return list_answer(request, filters, PersonRightList, found)


@router.get(
    "/access/can", **described("access_can", "May somebody?", tag=_TAG, answers=AccessAnswer)
)
def access_can(request: HttpRequest, asked: Query[CanQuestion]) -> HttpResponse:
    """Whether one person may do one thing, with every rule that says so."""
    found = queries.can(
        viewer=viewer(request), username=asked.user, right=Right(asked.right), thing=asked.thing
    )
    return json_answer(AccessAnswer.model_validate(found))


@router.get(
    "/access/who", **described("access_who", "Who may?", tag=_TAG, answers=AccessAnswerList)
)
def access_who(request: HttpRequest, filters: Query[WhoFilters]) -> HttpResponse:
    """What everybody who may sign in may do to one thing, and why."""
    rows = queries.who(viewer=viewer(request), right=Right(filters.right), thing=filters.thing)
    found = slice_of(rows, reach_of(request, filters), key=lambda row: (row.username,))
    return list_answer(request, filters, AccessAnswerList, found)


@router.get(
    "/access/restricted",
    **described(
        "restricted_list", "List restricted customers", tag=_TAG, answers=RestrictedCustomerList
    ),
)
def restricted_list(request: HttpRequest, filters: Query[AccessFilters]) -> HttpResponse:
    """The restricted customers, each with its named people; with `user`, where they are one."""
    rows = [
        row
        for row in queries.restricted_customers(viewer=viewer(request))
        if not filters.user or filters.user in (item.username for item in row.named)
    ]
    found = slice_of(rows, reach_of(request, filters), key=lambda row: (row.id,))
    return list_answer(request, filters, RestrictedCustomerList, found)


@router.get(
    "/access/glasses", **described("glass_list", "List broken glass", tag=_TAG, answers=GlassList)
)
def glass_list(request: HttpRequest, filters: Query[GlassFilters]) -> HttpResponse:
    """Who took access in an emergency, and what waits for its review."""
    rows = queries.glasses(viewer=viewer(request), is_reviewed=_REVIEWED[filters.state])
    found = slice_of(
        rows, reach_of(request, filters), key=lambda row: (row.starts_at.isoformat(), row.id)
    )
    return list_answer(request, filters, GlassList, found)


@router.post(
    "/access/restrict",
    **described(
        "customer_restrict",
        "Restrict a customer",
        tag=_TAG,
        answers=Changed,
        extra=_takes(Restrict, "colleague"),
    ),
)
def customer_restrict(request: HttpRequest) -> HttpResponse:
    """Make a customer visible to named people alone."""
    return _restricted(request, actions.restrict)


@router.post(
    "/access/unrestrict",
    **described(
        "customer_unrestrict",
        "Restrict a customer no more",
        tag=_TAG,
        answers=Changed,
        extra=_takes(Restrict, "over"),
    ),
)
def customer_unrestrict(request: HttpRequest) -> HttpResponse:
    """Make a customer visible again to whoever's rights reach it."""
    return _restricted(request, actions.unrestrict)


def _restricted(request: HttpRequest, verb: Callable[..., Customer]) -> HttpResponse:
    viewer(request).require(Right.RESTRICT_CUSTOMERS)
    asked = body_of(request, Restrict)
    row = verb(customer_id=asked.customer, reason=asked.reason, acting_user=user_of(request))
    return json_answer(Changed(customer=row.pk, is_restricted=row.is_restricted))


@router.post(
    "/access/name",
    **described(
        "person_name",
        "Name a person",
        tag=_TAG,
        answers=AccessAnswer,
        extra=_takes(NamePerson, "until"),
    ),
)
def person_name(request: HttpRequest) -> HttpResponse:
    """Name somebody for a customer; not oneself. Answers what they may see of it now."""
    viewer(request).require(Right.NAME_PEOPLE)
    asked = body_of(request, NamePerson)
    actions.name_person(
        customer_id=asked.customer,
        user=actions.active_user(asked.user),
        reason=asked.reason,
        ends_at=asked.ends_at,
        acting_user=user_of(request),
    )
    return _sees(request, asked.user, asked.customer)


@router.post(
    "/access/unname",
    **described(
        "person_unname",
        "Take a name back",
        tag=_TAG,
        answers=AccessAnswer,
        extra=_takes(UnnamePerson, "moved"),
    ),
)
def person_unname(request: HttpRequest) -> HttpResponse:
    """Take somebody's name for a customer back. Answers what they may see of it now."""
    viewer(request).require(Right.NAME_PEOPLE)
    asked = body_of(request, UnnamePerson)
    actions.unname_person(
        customer_id=asked.customer,
        user=actions.active_user(asked.user),
        reason=asked.reason,
        acting_user=user_of(request),
    )
    return _sees(request, asked.user, asked.customer)


@router.post(
    "/access/break",
    **described(
        "glass_break",
        "Break the glass",
        tag=_TAG,
        answers=Glass,
        extra=_takes(BreakGlass, "emergency"),
    ),
)
def glass_break(request: HttpRequest) -> HttpResponse:
    """See a restricted customer in an emergency, for a while. It is told, and reviewed by
    somebody else."""
    viewer(request).require(Right.BREAK_GLASS)
    asked = body_of(request, BreakGlass)
    glass = actions.break_glass(
        customer_id=asked.customer,
        reason=asked.reason,
        hours=asked.hours,
        acting_user=user_of(request),
    )
    return json_answer(Glass.model_validate(glass))


@router.post(
    "/access/glasses/{glass_id}/review",
    **described(
        "glass_review",
        "Review a broken glass",
        tag=_TAG,
        answers=Glass,
        extra=_takes(ReviewGlass, "justified"),
    ),
)
def glass_review(request: HttpRequest, glass_id: str) -> HttpResponse:
    """Say whether it was justified, once, when its time is over; not by whoever broke it."""
    viewer(request).require(Right.REVIEW_GLASS)
    asked = body_of(request, ReviewGlass)
    glass = actions.review_glass(
        glass_id=glass_id,
        verdict=asked.verdict,
        comment=asked.comment,
        acting_user=user_of(request),
    )
    return json_answer(Glass.model_validate(glass))


def _sees(request: HttpRequest, username: str, customer: str) -> HttpResponse:
    found = queries.can(
        viewer=viewer(request), username=username, right=Right.SEE_CUSTOMERS, thing=customer
    )
    return json_answer(AccessAnswer.model_validate(found))
