"""On whose behalf is this read?

Every read by a person or a program goes through `viewing`, which opens the transaction and tells
PostgreSQL who looks, so that row-level security can be switched on without touching a reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from troth.core.access.roles import Right, Role, may
from troth.store.models import User


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
    )


@contextmanager
def viewing(viewer: Viewer, right: Right) -> Iterator[None]:
    """A read transaction in the viewer's name. Raises NotAllowedError before any row is read."""
    viewer.require(right)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('troth.viewer', %s, true), set_config('troth.role', %s, true)",
                [str(viewer.user_id), viewer.role.value],
            )
        yield


@contextmanager
def as_the_program() -> Iterator[None]:
    """What is read and written inside is the program's own doing: it sees every customer."""
    yield
