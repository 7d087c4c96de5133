"""Who works with Troth: people, programs and how they get in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from troth.core.access.roles import Right, Role, may

SYSTEM_USERNAME = "troth"  # the program itself


def every_region() -> list[str]:
    """The regions of a person who was not told any."""
    return ["*"]


class UserManager(BaseUserManager["User"]):
    """Django's hook for looking a user up by name."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person or a program. Authors are never deleted: a leaver becomes inactive."""

    username = models.TextField(unique=True)
    name = models.TextField()
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    time_zone = models.TextField(default="UTC")
    language = models.TextField(default="en")
    is_active = models.BooleanField(default=True)
    # What "own", "team" and "region" mean for this person in the table of rights.
    agent_key = models.TextField(blank=True)  # who they are in the source systems: "desk:a17"
    team = models.TextField(blank=True)
    regions = models.JSONField(default=every_region)  # sales regions; ["*"] is every one
    is_program = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects = UserManager()

    # What the token that is in use leaves of the role's rights; None: no token, or all of them.
    scopes: frozenset[Right] | None = None

    def may(self, right: Right) -> bool:
        """Whether the role gives this right and the token in use has not left it out."""
        return may(Role(self.role), right) and (self.scopes is None or right in self.scopes)


class ApiToken(models.Model):
    """A program's way in. Only the digest of the token is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    label = models.TextField()
    scopes = models.JSONField(default=list)  # rights, a part of its user's; [] is all of them
    token_sha256 = models.TextField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)


class LoginLink(models.Model):
    """A link that signs one person in once, for the demo workspace on the loopback."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    token_sha256 = models.TextField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
