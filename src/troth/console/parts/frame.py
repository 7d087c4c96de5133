"""What does the frame around every page need to know?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from troth.console.parts.reading import Reading
from troth.console.parts.words import Text
from troth.core.access.roles import Right
from troth.store.facts.access import Glass
from troth.store.queries.access import own_glasses

THEME_COOKIE = "troth_theme"


@dataclass(frozen=True, kw_only=True)
class Place:
    """One entry of the rail."""

    path: str
    label: Text
    icon: str
    right: Right | None
    key: str  # pressed after g
    more: tuple[str, ...] = ()  # other paths that belong to it


@dataclass(frozen=True, kw_only=True)
class Group:
    """Entries of the rail that belong together."""

    label: Text
    places: tuple[Place, ...]


# One line a page.
GROUPS: tuple[Group, ...] = (
    Group(
        label=_("Operations"),
        places=(
            Place(path="/", label=_("Today"), icon="today", right=None, key="t"),
            Place(
                path="/orders",
                label=_("Orders"),
                icon="orders",
                right=Right.SEE_ORDERS,
                key="o",
            ),
            Place(
                path="/differences",
                label=_("Differences"),
                icon="differences",
                right=Right.SEE_ORDERS,
                key="b",
            ),
        ),
    ),
    Group(
        label=_("Customers"),
        places=(
            Place(
                path="/customers",
                label=_("Customers"),
                icon="customers",
                right=Right.SEE_CUSTOMERS,
                key="c",
            ),
            Place(
                path="/segments",
                label=_("Segments"),
                icon="segments",
                right=Right.SEE_CUSTOMERS,
                key="g",
            ),
            Place(
                path="/value",
                label=_("Value"),
                icon="value",
                right=Right.SEE_CUSTOMERS,
                key="w",
            ),
            Place(
                path="/questions",
                label=_("Stewardship"),
                icon="settle",
                right=Right.SEE_CUSTOMERS,
                key="i",
            ),
        ),
    ),
    Group(
        label=_("Service"),
        places=(
            Place(path="/cases", label=_("Cases"), icon="cases", right=Right.SEE_CASES, key="s"),
        ),
    ),
    Group(
        label=_("Policies"),
        places=(
            Place(
                path="/policies",
                label=_("Policies"),
                icon="policies",
                right=Right.SEE_POLICIES,
                key="p",
            ),
            Place(
                path="/rollouts",
                label=_("Roll-outs"),
                icon="columns",
                right=Right.SEE_POLICIES,
                key="r",
            ),
            Place(
                path="/changes",
                label=_("Changes"),
                icon="settle",
                right=Right.SEE_POLICIES,
                key="n",
            ),
            Place(
                path="/freezes",
                label=_("Freezes"),
                icon="freeze",
                right=Right.SEE_POLICIES,
                key="f",
            ),
            Place(
                path="/decisions",
                label=_("Decisions"),
                icon="decisions",
                right=Right.SEE_DECISIONS,
                key="d",
            ),
        ),
    ),
    Group(
        label=_("Measures"),
        places=(
            Place(
                path="/measures",
                label=_("Measures"),
                icon="measures",
                right=Right.SEE_MEASURES,
                key="m",
            ),
        ),
    ),
    Group(
        label=_("Governance"),
        places=(
            Place(
                path="/sources",
                label=_("Sources"),
                icon="sources",
                right=Right.SEE_QUARANTINE,
                key="q",
                more=("/quarantine", "/contracts"),
            ),
            Place(
                path="/outbox",
                label=_("Outbox"),
                icon="export",
                right=Right.SEE_OUTBOX,
                key="x",
            ),
            Place(path="/audit", label=_("Audit"), icon="audit", right=Right.SEE_AUDIT, key="a"),
            Place(
                path="/people",
                label=_("People"),
                icon="person",
                right=Right.ADMINISTER,
                key="e",
            ),
            Place(
                path="/access", label=_("Access"), icon="hidden", right=Right.SEE_ACCESS, key="h"
            ),
            Place(path="/privacy", label=_("Privacy"), icon="lock", right=Right.ERASE, key="v"),
            Place(
                path="/purposes",
                label=_("Purposes"),
                icon="settle",
                right=Right.DECLARE_PURPOSE,
                key="u",
            ),
            Place(
                path="/assessments",
                label=_("Assessments"),
                icon="why",
                right=Right.SIGN_ASSESSMENTS,
                key="j",
            ),
        ),
    ),
)


def places_of(request: HttpRequest) -> list[dict[str, Any]]:
    """The rail's groups with the entries that this reader may open."""
    reading = getattr(request, "reading", None)
    if reading is None:
        return []
    here = request.path
    groups = []
    for group in GROUPS:
        places = [
            {"place": place, "is_here": _is_here(place, here)}
            for place in group.places
            if place.right is None or reading.may(place.right)
        ]
        if places:
            groups.append({"label": group.label, "places": places})
    return groups


def _is_here(place: Place, path: str) -> bool:
    if place.path == "/":
        return path == "/"
    return any(path == root or path.startswith(f"{root}/") for root in (place.path, *place.more))


def _broken_glasses(reading: Reading | None) -> Callable[[], tuple[Glass, ...]]:
    """What the reader has broken and what is running; read when the frame is shown."""
    return lambda: () if reading is None else own_glasses(viewer=reading.viewer)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for the frame."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    reading: Reading | None = getattr(request, "reading", None)
    return {
        "reading": reading,
        "broken_glasses": _broken_glasses(reading),
        "may_break_glass": reading is not None and reading.may(Right.BREAK_GLASS),
        "may_replay": reading is not None and reading.may(Right.LAND),
        "rail": places_of(request),
        "theme": theme if theme in ("light", "dark") else "",
    }
