"""What is counted for all processes together? Attempts at the door, and codes that were used.

Django's cache, on a table. Its own database cache keeps pickles, counts its rows at every write
and throws live rows away when it is full, so that a flood could wash a limit out; here a value is
JSON, each call is one statement, and only what has expired is deleted.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

from troth.store.models import SharedValue

_SET = """
INSERT INTO store_sharedvalue AS kept (key, value, expires_at) VALUES (%s, %s::jsonb, %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
# Taken only where nothing that is still in force stands there: one statement, so one winner.
_ADD = _SET + "WHERE kept.expires_at <= %s RETURNING key"


class PostgresCache(BaseCache):
    """Django's hook for a cache (`CACHES`)."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = SharedValue.objects.filter(pk=self.make_and_validate_key(key, version)).first()
        if row is None or (row.expires_at is not None and row.expires_at <= timezone.now()):
            return default
        return row.value

    def set(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SET, self._row(key, value, timeout, version))

    def add(
        self,
        key: str,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Whether it was free; of several callers at once, one gets it."""
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [*self._row(key, value, timeout, version), timezone.now()])
            return cursor.fetchone() is not None

    def touch(
        self,
        key: str,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        found = SharedValue.objects.filter(pk=self.make_and_validate_key(key, version))
        return found.update(expires_at=self._expires_at(timeout)) > 0

    def delete(self, key: str, version: int | None = None) -> bool:
        found = SharedValue.objects.filter(pk=self.make_and_validate_key(key, version))
        return found.delete()[0] > 0

    def clear(self) -> None:
        SharedValue.objects.all().delete()

    def _row(self, key: str, value: Any, timeout: Any, version: int | None) -> list[Any]:
        name = self.make_and_validate_key(key, version)
        return [name, json.dumps(value), self._expires_at(timeout)]

    def _expires_at(self, timeout: Any) -> datetime | None:
        if timeout is None:
            return None
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return datetime.fromtimestamp(time.time() + (seconds or 0), UTC)
