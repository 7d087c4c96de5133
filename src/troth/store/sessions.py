"""How is a session kept? As a row of its person, under the digest of its key.

Django's own engine keeps the key itself and no person: whoever reads its table is signed in as
everybody, and nobody can be signed out everywhere. A session ends at the earlier of two instants:
`SESSION_IDLE_SECONDS` after it was last seen, `SESSION_COOKIE_AGE` after signing in (OWASP ASVS
3.3). A row that was deleted is not made again by a request that is still at work.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.utils import timezone

from troth.store.models import Session

STARTED = "troth_started"  # seconds since the epoch
AGENT = "troth_agent"
_LONGEST_AGENT = 200


def row_key(session_key: str) -> str:
    """Under which a session's row stands."""
    return sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Django's hook for sessions (`SESSION_ENGINE`)."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it has ended."""
        row = None
        if self.session_key:
            now = timezone.now()
            row = Session.objects.filter(pk=row_key(self.session_key), expires_at__gt=now).first()
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row.data)
        return found

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(pk=row_key(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the row. CreateError where the key is taken, UpdateError where it is gone."""
        if self.session_key is None:
            self.create()
            return
        data: dict[str, Any] = self._get_session(  # type: ignore[attr-defined]
            no_load=must_create
        )
        now = timezone.now()
        user_id = data.get(SESSION_KEY)
        if user_id is not None:
            data.setdefault(STARTED, now.timestamp())
        started = datetime.fromtimestamp(data.get(STARTED, now.timestamp()), UTC)
        values = {
            "user_id": None if user_id is None else int(user_id),
            "data": self.encode(data),
            "agent": str(data.get(AGENT, ""))[:_LONGEST_AGENT],
            "started_at": started,
            "seen_at": now,
            "expires_at": min(
                now + timedelta(seconds=settings.SESSION_IDLE_SECONDS),
                started + timedelta(seconds=settings.SESSION_COOKIE_AGE),
            ),
        }
        key = row_key(self.session_key)
        if not must_create:
            if not Session.objects.filter(pk=key).update(**values):
                raise UpdateError
            return
        try:
            with transaction.atomic():
                Session.objects.create(key_sha256=key, **values)
        except IntegrityError as error:
            raise CreateError from error

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            Session.objects.filter(pk=row_key(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expires_at__lte=timezone.now()).delete()
