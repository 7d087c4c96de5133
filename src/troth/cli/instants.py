"""How is an instant written on the command line?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click


class _Instant(click.ParamType[datetime]):
    """ISO 8601: a date, or a date and time; without an offset it is UTC."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no instant. Write 2026-06-30 or 2026-06-30T12:00:00+02:00.",
                param,
                ctx,
            )
        return found if found.tzinfo else found.replace(tzinfo=UTC)


INSTANT = _Instant()
