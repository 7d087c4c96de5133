"""Which changes of policies are there, how far is each, and who has to sign it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from troth.core.access.deciding import Person, Thing, decide
from troth.core.access.roles import Right, Role, may
from troth.core.access.vocabulary import State
from troth.core.policies.approvals import SIGNS, Function
from troth.core.policies.changes import (
    UNPROPOSED,
    ChangeState,
    Step,
    state_at,
    steps_of,
)
from troth.core.policies.differences import differences, title_of
from troth.core.policies.versions import PolicyVersion as Version
from troth.core.policies.versions import from_written
from troth.store.facts.access import person_of
from troth.store.facts.policies import to_version
from troth.store.models import PolicyChange as ChangeModel
from troth.store.models import PolicySignOff, PolicyVersion, User
from troth.store.queries.lists import (
    PAGE_SIZE,
    Amount,
    BadListError,
    NotFoundError,
    Page,
    cut,
    ordered,
)
from troth.store.queries.policies import PolicyChange as Difference
from troth.store.queries.slices import Reach, Slice, sliced
from troth.store.queries.viewing import Sight, Viewer, viewing
from troth.store.queries.visibility import visible_changes, visible_policies

SORTS = {"title": "title", "created": "created_at", "changed": "changed_at", "state": "state"}
_OPEN = ("draft", "checked", "replayed", "proposed", "approved")
STATES = ("open", *(state.value for state in ChangeState), "all")


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One change of policies."""

    id: str
    title: str
    reason: str
    author: str
    state: str  # at the moment that was asked for
    customers: int | None  # whom it reaches; None: not measured yet
    needed: tuple[str, ...]  # functions that have to sign
    missing: tuple[str, ...]  # of these, those that did not yet
    created_at: datetime
    changed_at: datetime
    proposed_at: datetime | None
    published_at: datetime | None
    live_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ChangedPolicy:
    """One version that a change adds, in words."""

    title: str
    kind: str
    scope: str
    effective_from: datetime
    effective_to: datetime | None
    reason: str
    version: str  # its id once it is published, else ""
    replaces: str  # id, "" where there was none
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeFinding:
    """One thing that is wrong with a change, or worth a look."""

    kind: str
    sentence: str
    rules: tuple[str, ...]
    witness: tuple[tuple[str, str], ...]  # (input, FEEL) of a case that shows it
    is_hint: bool
    is_in_the_way: bool


@dataclass(frozen=True, kw_only=True)
class ChangeReach:
    """Whom a change reaches, counted over everything."""

    customers: int
    money: tuple[Amount, ...]  # of a year's orders
    promises: int
    moved: int | None  # dates that moved in the replay; None: not replayed


@dataclass(frozen=True, kw_only=True)
class SignOffRow:
    """One yes or no."""

    function: str
    name: str
    verdict: str
    reason: str
    signed_at: datetime
    is_void: bool  # the change was edited since


@dataclass(frozen=True, kw_only=True)
class NeededSignOff:
    """One sign-off that a change needs."""

    function: str
    because: tuple[str, ...]
    given: SignOffRow | None
    people: tuple[str, ...]  # who may give it, by name
    is_mine: bool  # whether the viewer may give it now


@dataclass(frozen=True, kw_only=True)
class ChangeRecord:
    """One change, with all that whoever signs it has to see."""

    row: ChangeRow
    digest: str  # of what a sign-off is given to
    revision: int
    makers: tuple[str, ...]
    rule: str  # how its sign-offs were chosen
    policies: tuple[ChangedPolicy, ...]
    findings: tuple[ChangeFinding, ...]
    reach: ChangeReach | None
    replay: Mapping[str, Any]
    needed: tuple[NeededSignOff, ...]
    sign_offs: tuple[SignOffRow, ...]  # all that were ever given, the newest first
    moved: tuple[str, ...]  # "kind scope" of what was published in between
    documents: tuple[Mapping[str, Any], ...]
    steps: tuple[str, ...]  # what can be done to it in its state


def find_changes(
    *,
    viewer: Viewer,
    at: datetime,
    q: str = "",
    state: str = "open",
    sort: str = "-changed",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page[ChangeRow]:
    """Changes; `q`: a part of the title, or an id. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = in_state(readable(sight), state, at)
        if q:
            rows = rows.filter(Q(pk=q) | Q(title__icontains=q))
        rows = ordered(rows, sort=sort, columns=SORTS, key="pk")
        return cut(rows, page=page, size=size, to_row=lambda row: change_row(row, at))


def next_changes(
    *, viewer: Viewer, reach: Reach, at: datetime, state: str = "open"
) -> Slice[ChangeRow]:
    """Changes, the newest first. Raises BadListError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        rows = in_state(readable(sight), state, at)
        return sliced(
            rows, by=("-created_at", "id"), reach=reach, to_row=lambda row: change_row(row, at)
        )


def change(*, viewer: Viewer, change_id: str, at: datetime) -> ChangeRecord:
    """One change. Raises NotFoundError, NotAllowedError."""
    with viewing(viewer, Right.SEE_POLICIES) as sight:
        row = readable(sight).filter(pk=change_id).first()
        if row is None:
            raise NotFoundError("change", change_id)
        policies, moved = _policies(row, sight)
        given = tuple(_sign_off(item, row) for item in _sign_offs(row))
        makers = {user.pk: user for user in User.objects.filter(pk__in=row.makers)}
        return ChangeRecord(
            row=change_row(row, at),
            digest=row.digest,
            revision=row.revision,
            makers=tuple(_name(makers[pk]) for pk in row.makers if pk in makers),
            rule=row.rule,
            policies=policies,
            findings=tuple(_finding(item) for item in row.findings),
            reach=_reach(row.reach),
            replay=row.replay,
            needed=_needed(row, given, viewer),
            sign_offs=given,
            moved=moved,
            documents=tuple(row.documents),
            steps=tuple(step.value for step in steps_of(ChangeState(row.state))),
        )


def readable(sight: Sight) -> QuerySet[ChangeModel]:
    """The changes that a viewer may read; drafts are for those who write and check policies."""
    rows = visible_changes(ChangeModel.objects.select_related("author"), sight)
    rows = rows.prefetch_related("sign_offs")
    person = Person(user_id=sight.viewer.user_id, role=sight.viewer.role)
    draft = Thing(is_common=True, states=frozenset({State.DRAFT}))
    if decide(person, Right.SEE_POLICIES, draft).is_allowed:
        return rows
    unproposed = [state.value for state in UNPROPOSED]
    # What was withdrawn before anybody was asked stays a draft.
    return rows.exclude(state__in=unproposed).exclude(state="withdrawn", proposed_at=None)


def in_state(rows: QuerySet[ChangeModel], state: str, at: datetime) -> QuerySet[ChangeModel]:
    """Those that are in a state at an instant. Raises BadListError."""
    if state not in STATES:
        offered = ", ".join(STATES)
        raise BadListError(f"No list of changes is called {state!r}. Use one of {offered}.")
    published = Q(state=ChangeState.SCHEDULED.value)
    ended = Q(ended_at__lte=at)
    match state:
        case "all":
            return rows
        case "open":
            return rows.filter(state__in=_OPEN)
        case "scheduled":
            return rows.filter(published & Q(live_at__gt=at) & ~ended)
        case "live":
            return rows.filter(published & Q(live_at__lte=at)).exclude(ended)
        case "superseded":
            return rows.filter(Q(state=state) | (published & ended))
    return rows.filter(state=state)


def change_row(row: ChangeModel, at: datetime) -> ChangeRow:
    """A row as it stands at an instant; its author and sign-offs are loaded."""
    needed = tuple(item["function"] for item in row.needed)
    signed = {
        item.function
        for item in row.sign_offs.all()
        if item.digest == row.digest and item.verdict == "approved"
    }
    return ChangeRow(
        id=row.pk,
        title=row.title,
        reason=row.reason,
        author=_name(row.author),
        state=state_at(
            ChangeState(row.state), live_at=row.live_at, ended_at=row.ended_at, at=at
        ).value,
        customers=row.reach.get("customers"),
        needed=needed,
        missing=tuple(name for name in needed if name not in signed),
        created_at=row.created_at,
        changed_at=row.changed_at,
        proposed_at=row.proposed_at,
        published_at=row.published_at,
        live_at=row.live_at,
        ended_at=row.ended_at,
    )


def _policies(row: ChangeModel, sight: Sight) -> tuple[tuple[ChangedPolicy, ...], tuple[str, ...]]:
    """Each version against the one that it replaces, and what was published in between."""
    last = {slot: _last(slot, sight) for slot in row.base}
    is_published = bool(row.versions)
    found: list[ChangedPolicy] = []
    before: dict[str, Version | None] = {}
    for place, document in enumerate(row.documents):
        version = from_written(document)
        slot = f"{version.kind} {version.scope}"
        if slot not in before:
            held = visible_policies(PolicyVersion.objects.filter(pk=row.base[slot]), sight).first()
            before[slot] = None if held is None else to_version(held)
        old = before[slot]
        found.append(
            ChangedPolicy(
                title=title_of(version),
                kind=version.kind,
                scope=str(version.scope),
                effective_from=version.effective_from,
                effective_to=version.effective_to,
                reason=version.reason,
                version=row.versions[place] if is_published else "",
                replaces="" if old is None else old.id,
                differences=tuple(
                    Difference(
                        about=item.about,
                        before=item.before,
                        after=item.after,
                        sentence=item.sentence,
                    )
                    for item in differences(old, version)
                ),
            )
        )
        before[slot] = version
    moved = () if is_published else tuple(s for s in last if last[s] != row.base[s])
    return tuple(found), moved


def _last(slot: str, sight: Sight) -> str:
    """The id of the last version of a kind and scope; "" where there is none."""
    kind, _, scope = slot.partition(" ")
    layer, _, key = scope.partition(":")
    rows = PolicyVersion.objects.filter(kind=kind, layer=layer, scope=key)
    newest = visible_policies(rows, sight).order_by("-number").first()
    return "" if newest is None else newest.pk


def _sign_offs(row: ChangeModel) -> QuerySet[PolicySignOff]:
    return row.sign_offs.select_related("user").order_by("-signed_at", "pk")


def _sign_off(item: PolicySignOff, row: ChangeModel) -> SignOffRow:
    return SignOffRow(
        function=item.function,
        name=_name(item.user),
        verdict=item.verdict,
        reason=item.reason,
        signed_at=item.signed_at,
        is_void=item.digest != row.digest,
    )


def _needed(
    row: ChangeModel, given: Iterable[SignOffRow], viewer: Viewer
) -> tuple[NeededSignOff, ...]:
    valid = {item.function: item for item in given if not item.is_void}
    signed = set(row.sign_offs.filter(digest=row.digest).values_list("user_id", flat=True))
    is_open = Step.SIGN in steps_of(ChangeState(row.state))
    found = []
    for item in row.needed:
        function = Function(item["function"])
        mine = valid.get(function.value)
        people = [] if mine else _people(function, row, signed)
        found.append(
            NeededSignOff(
                function=function.value,
                because=tuple(item["because"]),
                given=mine,
                people=tuple(_name(user) for user in people),
                is_mine=is_open
                and viewer.may(SIGNS[function])
                and viewer.user_id in {user.pk for user in people},
            )
        )
    return tuple(found)


def _people(function: Function, row: ChangeModel, signed: set[int]) -> list[User]:
    """Who may sign for a function, and has not signed for another."""
    right = SIGNS[function]
    roles = [role.value for role in Role if may(role, right)]
    users = User.objects.filter(role__in=roles, is_active=True).order_by("username")
    return [
        user
        for user in users
        if user.pk not in signed
        and decide(
            person_of(user),
            right,
            Thing(is_common=True, concerns=user.pk if user.pk in row.makers else None),
        ).is_allowed
    ]


def _finding(item: Mapping[str, Any]) -> ChangeFinding:
    return ChangeFinding(
        kind=item["kind"],
        sentence=item["sentence"],
        rules=tuple(item["rules"]),
        witness=tuple((item["witness"] or {}).items()),
        is_hint=item["is_hint"],
        is_in_the_way=item["is_in_the_way"],
    )


def _reach(found: Mapping[str, Any]) -> ChangeReach | None:
    if not found:
        return None
    return ChangeReach(
        customers=found["customers"],
        money=tuple(
            Amount(amount=Decimal(amount), currency=currency)
            for currency, amount in found["money"].items()
        ),
        promises=found["promises"],
        moved=found["moved"],
    )


def _name(user: User) -> str:
    return user.name or user.username
