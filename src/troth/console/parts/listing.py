"""What did the reader ask of a list, and which addresses change one part of it?

Filters, sort and page stand in the URL, so that a view can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext as _

from troth.console.parts.words import Text, label
from troth.store.queries.lists import BadListError, Choice


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    label: Text
    sort: str = ""  # the name that the read sorts by; "" where it does not
    is_number: bool = False
    is_fixed: bool = False  # cannot be hidden


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of a list."""

    name: str
    label: Text
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class Head:
    """One column's head as the template draws it."""

    column: Column
    href: str
    direction: str  # ascending, descending or ""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One thing that narrows the list, with the address that takes it away."""

    label: str
    value: str
    href: str


@dataclass(frozen=True, kw_only=True)
class Option:
    """One choice of a filter."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Menu:
    """One filter with its choices."""

    name: str
    label: Text
    options: tuple[Option, ...]


class Listing:
    """One list as it was asked for."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        name: str,
        columns: Iterable[Column],
        filters: Iterable[Filter] = (),
        sort: str,
    ) -> None:
        self.path = request.path
        self.name = name
        self.columns = tuple(columns)
        self.filters = tuple(filters)
        self._default_sort = sort
        asked = request.GET
        self.q = asked.get("q", "").strip()[:200]
        self.chosen = {item.name: asked.get(item.name, item.default) for item in self.filters}
        self.sort = asked.get("sort") or sort
        self.page = _page(asked.get("page", "1"))
        self.is_csv = asked.get("format") == "csv"
        self.menus: list[Menu] = []

    def offer(self, name: str, choices: Iterable[Choice], *, everything: bool = True) -> None:
        """Give a filter its choices, in their order."""
        spec = next(item for item in self.filters if item.name == name)
        now = self.chosen[name]
        options = [
            Option(
                value=choice.value,
                label=label(choice.value),
                count=choice.count,
                is_chosen=choice.value == now,
            )
            for choice in choices
        ]
        if now and not any(option.is_chosen for option in options):
            options.append(Option(value=now, label=label(now), count=None, is_chosen=True))
        if everything:
            options.insert(0, Option(value="", label=_("All"), count=None, is_chosen=not now))
        self.menus.append(Menu(name=name, label=spec.label, options=tuple(options)))

    def href(self, **changed: object) -> str:
        """The address of this list with some parts changed; the page starts over."""
        asked: dict[str, object] = {"q": self.q, **self.chosen}
        if self.sort != self._default_sort:
            asked["sort"] = self.sort
        asked |= changed
        defaults = {item.name: item.default for item in self.filters}
        kept = {
            key: value
            for key, value in asked.items()
            if value not in (None, "") and value != defaults.get(key)
        }
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    @property
    def csv_href(self) -> str:
        return self.href(format="csv")

    def page_href(self, number: int) -> str:
        return self.href(page=number if number > 1 else "")

    @property
    def heads(self) -> list[Head]:
        name, is_down = self.sort.removeprefix("-"), self.sort.startswith("-")
        heads = []
        for column in self.columns:
            direction, href = "", ""
            if column.sort:
                is_here = column.sort == name
                if is_here:
                    direction = "descending" if is_down else "ascending"
                starts_down = column.is_number and not is_here
                flips = (is_here and not is_down) or starts_down
                href = self.href(sort=f"-{column.sort}" if flips else column.sort)
            heads.append(Head(column=column, href=href, direction=direction))
        return heads

    @property
    def chips(self) -> list[Chip]:
        chips = []
        if self.q:
            chips.append(Chip(label=_("Search"), value=self.q, href=self.href(q="")))
        for item in self.filters:
            value = self.chosen[item.name]
            if value and value != item.default:
                chips.append(
                    Chip(
                        label=str(item.label),
                        value=label(value),
                        href=self.href(**{item.name: item.default}),
                    )
                )
        return chips

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What is chosen and has no menu: the form of the filters keeps it."""
        offered = {menu.name for menu in self.menus}
        return [
            (item.name, self.chosen[item.name])
            for item in self.filters
            if item.name not in offered and self.chosen[item.name] != item.default
        ]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chips)


def _page(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise BadListError(_("The page is a whole number from 1."))
    return int(text)
