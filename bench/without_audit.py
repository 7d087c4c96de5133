"""The same application, but nothing is appended to the audit log: what an audited write is held
against. Only the bench serves it."""

from __future__ import annotations

from troth.site.wsgi import application  # sets Django up, before anything of ours is imported

__all__ = ["application"]

from troth.actions import recording


def _append_nothing(entries: object) -> None:
    """In the place of what the bench weighs."""


recording._append = _append_nothing
