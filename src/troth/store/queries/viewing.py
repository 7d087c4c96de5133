"""On whose behalf is this read, or this write?

Every read by a person or a program goes through `viewing`, which opens the transaction and tells
PostgreSQL who looks and how far they see; `acting` does the same for what an action reads and
writes. Row-level security (`troth.store.protection`) goes by these settings; without them there is
no row. They belong to the transaction, or where there is none yet to the block: what was set before
is set again at its end, so that nothing is left on a connection that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from psycopg.pq import TransactionStatus

from troth.core.access.deciding import EVERY_REGION
from troth.core.access.roles import Relation, Right, Role, may, reach
from troth.store.models import User
from troth.store.models.accounts import SYSTEM_USERNAME

# The settings, in the order of _Values; docs are in migration 0004.
_SETTINGS = ("system", "viewer", "role", "relation", "regions", "team", "agent", "personal")
_SEPARATOR = "\x1f"
_Values = tuple[str, ...]
_NOBODY: _Values = ("",) * len(_SETTINGS)
_THE_PROGRAM: _Values = ("on", "", "", "", "", "", "", "")


class NotAllowedError(PermissionError):
    """Your role does not give this right. Ask an administrator, or sign in with another role."""

    def __init__(self, right: Right, role: Role) -> None:
        super().__init__(
            f"The role {role.value} does not have the right {right.value}. "
            "Ask an administrator, or sign in with a role that has it."
        )
        self.right = right
        self.role = role


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks."""

    user_id: int
    name: str
    role: Role
    time_zone: str = "UTC"
    language: str = "en"
    scopes: frozenset[Right] | None = None  # what a token leaves of the role's rights; None: all
    agent_key: str = ""  # who they are in the source systems: whose account manager they are
    team: str = ""
    regions: frozenset[str] = frozenset({EVERY_REGION})  # sales regions
    is_the_program: bool = False  # Troth itself: it sees every customer

    def may(self, right: Right) -> bool:
        return may(self.role, right) and (self.scopes is None or right in self.scopes)

    def require(self, right: Right) -> None:
        """Raises NotAllowedError where the role lacks the right."""
        if not self.may(right):
            raise NotAllowedError(right, self.role)


def viewer_of(user: User) -> Viewer:
    """The viewer that a signed-in user is."""
    return Viewer(
        user_id=user.pk,
        name=user.name,
        role=Role(user.role),
        time_zone=user.time_zone,
        language=user.language,
        scopes=user.scopes,
        agent_key=user.agent_key,
        team=user.team,
        regions=frozenset(user.regions),
        is_the_program=user.is_program and user.username == SYSTEM_USERNAME,
    )


@dataclass(frozen=True, kw_only=True)
class Sight:
    """How far a viewer sees, under one right."""

    viewer: Viewer
    relation: Relation | None  # the widest within which the right holds; None: not at all

    @property
    def is_all(self) -> bool:
        return self.viewer.is_the_program or self.relation is Relation.ALL


def sight_of(viewer: Viewer, right: Right | None) -> Sight:
    """How far this right goes; None: the one that goes farthest."""
    rights = Right if right is None else (right,)
    held = (reach(viewer.role, item) for item in rights if viewer.may(item))
    relation = max((found for found in held if found is not None), default=None)
    if relation is Relation.REGION and EVERY_REGION in viewer.regions:
        relation = Relation.ALL
    return Sight(viewer=viewer, relation=relation)


@contextmanager
def viewing(viewer: Viewer, right: Right) -> Iterator[Sight]:
    """A read transaction in the viewer's name. Raises NotAllowedError before any row is read."""
    viewer.require(right)
    sight = sight_of(viewer, right)
    if connection.in_atomic_block:
        with transaction.atomic(), _set(_values(sight)):
            yield sight
        return
    with transaction.atomic():
        _swap(_values(sight), is_local=True)  # gone with the transaction
        yield sight


@contextmanager
def acting(user: User, right: Right | None = None) -> Iterator[None]:
    """What is read and written inside is in this user's name; None: by their farthest right."""
    with _set(_values(sight_of(viewer_of(user), right))):
        yield


@contextmanager
def as_the_program() -> Iterator[None]:
    """What is read and written inside is the program's own doing: it sees every customer.

    For what nobody is shown: landing, statistics over all customers, the audit log.
    """
    with _set(_THE_PROGRAM):
        yield


@contextmanager
def as_nobody() -> Iterator[None]:
    """Nothing is seen inside until it is said in whose name: as in a request that begins."""
    with _set(_NOBODY):
        yield


def _values(sight: Sight) -> _Values:
    viewer = sight.viewer
    if viewer.is_the_program:
        return _THE_PROGRAM
    return (
        "",
        str(viewer.user_id),
        viewer.role.value,
        sight.relation.name.lower() if sight.relation else "",
        _SEPARATOR.join(sorted(viewer.regions)),
        viewer.team,
        viewer.agent_key,
        "on" if viewer.may(Right.SEE_PERSONAL) else "",
    )


@contextmanager
def _set(values: _Values) -> Iterator[None]:
    is_local = connection.in_atomic_block
    before = _swap(values, is_local=is_local)
    session = connection.connection
    try:
        yield
    finally:
        # Another session than the one that was set has nothing to be reset.
        if connection.connection is session and not session.closed:
            _reset(before, is_local=is_local)


_SWAP = "SELECT {}, {}".format(
    ", ".join(f"current_setting('troth.{name}', true)" for name in _SETTINGS),
    ", ".join(f"set_config('troth.{name}', %s, %s)" for name in _SETTINGS),
)


def _swap(values: _Values, *, is_local: bool) -> _Values:
    """Set every one, so that none is left from before; what they were."""
    parameters = [item for value in values for item in (value, is_local)]
    with connection.cursor() as cursor:
        cursor.execute(_SWAP, parameters)
        found = cursor.fetchone()
    return tuple(value or "" for value in found[: len(_SETTINGS)])


def _reset(before: _Values, *, is_local: bool) -> None:
    if is_local and (
        connection.needs_rollback
        or connection.connection.info.transaction_status == TransactionStatus.INERROR
    ):
        return  # undone by the rollback that has to come
    try:
        _swap(before, is_local=is_local)
    except DatabaseError:
        if not is_local:  # a session that may still speak for somebody is not kept
            connection.close()
        raise
