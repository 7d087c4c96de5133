"""How does one part of a page fail without taking the others with it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from troth.store.queries.viewing import NotAllowedError

_LOG = structlog.get_logger("troth.card")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One part of a page: what it shows, or that it could not be read."""

    name: str
    content: Any = None
    has_failed: bool = False
    is_refused: bool = False  # the reader's role does not include it


def card(name: str, load: Callable[[], Any]) -> Card:
    """Load one part. A fault is logged and shown in its place; the rest of the page stands."""
    try:
        return Card(name=name, content=load())
    except NotAllowedError:
        return Card(name=name, is_refused=True)
    except Exception:  # whatever it is, it must not take the page with it
        _LOG.exception("card_failed", card=name)
        return Card(name=name, has_failed=True)
