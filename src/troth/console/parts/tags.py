"""Template tags and filters that every page may use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from troth.analysis.metrics import DIMENSIONS, NONE
from troth.analysis.metrics import Row as MeasureRow
from troth.console.parts.bundles import asset_url
from troth.console.parts.icons import icon as draw
from troth.console.parts.listing import Listing
from troth.console.parts.reading import utc_text
from troth.console.parts.words import LABELS, state_word
from troth.console.parts.words import label as label_of
from troth.store.queries.orders import PromiseRow
from troth.store.queries.timeline import Event

register = template.Library()

# What a decision was asked for, by the name of its output.
_ANSWERS = ("promised_at", "first_response_due_at", "resolution_due_at", "rank")
_NEAR = timedelta(days=21)  # further off than this, a date says more than a distance


@register.simple_tag
def icon(name: str, size: int = 14) -> SafeString:
    """A small picture."""
    return draw(name, size)


@register.simple_tag
def asset(name: str) -> str:
    """The address of a bundled script, with its digest."""
    return asset_url(name)


@register.simple_tag
def list_page(listing: Listing, number: int) -> str:
    """The address of another page of a list."""
    return listing.page_href(number)


@register.simple_tag
def day_href(listing: Listing, on: date) -> str:
    """The address of a list narrowed to one day; of the chosen day, without it."""
    is_chosen = listing.chosen.get("day") == on.isoformat()
    return listing.href(day="" if is_chosen else on.isoformat())


@register.simple_tag
def freeze_count(number: int) -> str:
    """How many freezes there are, in words."""
    text = ngettext("%(count)s freeze", "%(count)s freezes", number)
    return text % {"count": count(number)} if number else _("free")


@register.filter
def returns(rule: str) -> str:
    """How a rule of iCalendar reads where people know it; another one reads as itself."""
    words = {
        "FREQ=YEARLY": _("every year"),
        "FREQ=MONTHLY": _("every month"),
        "FREQ=MONTHLY;INTERVAL=3": _("every quarter"),
        "FREQ=YEARLY;BYMONTH=3,6,9,12": _("every quarter"),
    }
    return words.get(rule, rule.replace(";", "; "))


@register.filter
def label(code: object) -> str:
    """What a code reads like."""
    return label_of(str(code))


@register.simple_tag
def state(code: str) -> SafeString:
    """A state with its shape and word, in its tone."""
    word = state_word(code)
    return format_html(
        '<span class="mark {}">{}<span>{}</span></span>', word.tone, draw(word.icon), word.text
    )


@register.simple_tag
def state_chip(code: str) -> SafeString:
    """A state as a chip, for the head of a record."""
    word = state_word(code)
    return format_html(
        '<span class="chip-mark {}">{}<span>{}</span></span>', word.tone, draw(word.icon), word.text
    )


@register.simple_tag(takes_context=True)
def tier(context: Mapping[str, Any], name: str) -> SafeString | str:
    """A tier with the shape that the policy gives it."""
    if not name:
        return ""
    reading = context.get("reading")
    shape = reading.tier_shapes.get(name, "hexagon") if reading else "hexagon"
    return format_html(
        '<span class="tier">{}<span>{}</span></span>', draw(f"shape-{shape}"), label_of(name)
    )


@register.simple_tag(takes_context=True)
def when(context: Mapping[str, Any], instant: datetime | None, now: str = "") -> SafeString | str:
    """An instant as people say it, with the exact one on hover and in print.

    Measured from what counts as now for the page; `now="clock"` measures by the wall.
    """
    if instant is None:
        return "–"
    reading = context.get("reading")
    at = timezone.now() if now == "clock" or reading is None else reading.at
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc_text(instant),
        exact_text(instant),
        distance_text(instant, at),
    )


@register.simple_tag
def exact(instant: datetime | None, zone: str = "") -> SafeString | str:
    """An instant in the reader's zone, with the customer's beside it where that differs."""
    if instant is None:
        return "–"
    theirs = _in_zone(instant, zone)
    if theirs is None or theirs.utcoffset() == timezone.localtime(instant).utcoffset():
        return format_html('<time datetime="{}">{}</time>', utc_text(instant), exact_text(instant))
    return format_html(
        '<time datetime="{}">{}</time> <span class="quiet nowrap">· {} {}</span>',
        utc_text(instant),
        exact_text(instant),
        formats.date_format(theirs, _("j M, H:i")),
        theirs.tzname() or zone,
    )


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount with its currency."""
    if amount is None:
        return "–"
    text = formats.number_format(amount, 2, use_l10n=True, force_grouping=True)
    return f"{text} {currency}".strip()


@register.filter
def count(number: float | None) -> str:
    """A whole number, grouped as the reader groups it."""
    if number is None:
        return "–"
    return formats.number_format(number, 0, use_l10n=True, force_grouping=True)


@register.filter
def quantity(amount: Decimal | None) -> str:
    """An amount without needless decimals."""
    if amount is None:
        return "–"
    plain = amount.normalize()
    places = max(0, -int(plain.as_tuple().exponent))
    return formats.number_format(plain, places, use_l10n=True, force_grouping=True)


@register.filter
def percent(share: float | None) -> str:
    """A share of 0 to 1 as per cent."""
    return "–" if share is None else f"{formats.number_format(share * 100, 1)} %"


@register.filter
def span(seconds: float | timedelta | None) -> str:
    """A length of time in its two largest units."""
    if seconds is None:
        return "–"
    total = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    sign, total = ("−" if total < 0 else ""), abs(total)
    days, rest = divmod(total, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = ((days, _("d")), (hours, _("h")), (minutes, _("min")), (left, _("s")))
    shown = [f"{amount} {unit}" for amount, unit in units if amount][:2]
    return sign + (" ".join(shown) or f"0 {_('min')}")


@register.filter
def value(found: Any) -> SafeString | str:
    """A value out of a receipt or a policy as people read it."""
    if found is None:
        return "–"
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, str):
        return _instant_in(found) or found
    if isinstance(found, Mapping):
        return "; ".join(f"{label_of(str(key))}: {value(item)}" for key, item in found.items())
    if isinstance(found, Sequence):
        return ", ".join(str(value(item)) for item in found)
    return str(found)


@register.filter
def pretty(found: Any) -> str:
    """A value as indented JSON."""
    return json.dumps(found, indent=2, ensure_ascii=False, sort_keys=True, default=str)


@register.simple_tag
def event_label(event: Event) -> str:
    """What happened, in words; what means two things is told apart by its kind."""
    specific = f"{event.kind}:{event.what}"
    return label_of(specific if specific in LABELS else event.what)


@register.simple_tag
def case_event_label(kind: str) -> str:
    """What happened to a case, in words."""
    return label_of(kind or "updated")


@register.simple_tag
def clock_there(instant: datetime, zone: str) -> str:
    """The time of day in another zone."""
    theirs = _in_zone(instant, zone)
    return "–" if theirs is None else formats.date_format(theirs, _("H:i"))


@register.filter
def utc(instant: datetime) -> str:
    """An instant for an address."""
    return utc_text(instant)


@register.filter
def is_instant(found: object) -> bool:
    """Whether a value is an instant."""
    return isinstance(found, datetime)


@register.filter
def is_full(rows: Sequence[object], most: int) -> bool:
    """Whether a part was cut at its limit."""
    return len(rows) >= most


@register.filter
def slack(promise: PromiseRow) -> str:
    """How a delivery stood to its promise."""
    if promise.delivered_at is None:
        return ""
    gap = promise.delivered_at - promise.promised_at
    if gap > timedelta():
        return _("%(span)s late") % {"span": span(gap)}
    return _("%(span)s before the promise") % {"span": span(-gap)}


@register.filter
def by_weight(outcome: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """An outcome with what was asked for first, then the rest by name."""
    first = [name for name in _ANSWERS if name in outcome]
    return [(name, outcome[name]) for name in (*first, *sorted(outcome.keys() - {*first}))]


@register.simple_tag
def fact_source(source: str) -> SafeString | str:
    """Where a fact came from; statistics that receipts share lead to their content."""
    kind, _colon, digest = source.partition(":")
    if kind != "statistics" or not digest:
        return source
    return format_html(
        '<a class="link" href="/shared/{}">{} {}…</a>', digest, label_of(kind), digest[:8]
    )


@register.filter
def changing(change: Mapping[str, Any]) -> str:
    """The condition of something that would change an answer."""
    return str(change.get("if_") or change.get("if") or "")


@register.simple_tag
def group_text(row: MeasureRow, by: str) -> str:
    """The group that a measure's row is about."""
    found = row.dimensions[by]
    if found == NONE:
        return _("(none)")
    return label_of(DIMENSIONS[by].text(found)) if by != "month" else DIMENSIONS[by].text(found)


@register.filter
def left_out(row: MeasureRow) -> int:
    """How many rows of a group were not counted."""
    return row.n - row.denominator


def exact_text(instant: datetime) -> str:
    """An instant in the reader's zone, with the zone's short name."""
    local = timezone.localtime(instant)
    text = formats.date_format(local, _("j M Y, H:i"))
    return f"{text} {local.tzname()}"


def distance_text(instant: datetime, at: datetime) -> str:
    """An instant as a distance from another, or as a date where it is far off."""
    gap = instant - at
    if abs(gap) > _NEAR:
        return formats.date_format(timezone.localtime(instant), _("j M Y"))
    seconds = abs(gap).total_seconds()
    if seconds < 60:
        return _("now")
    amount = _amount(seconds)
    return (_("in %(amount)s") if gap > timedelta() else _("%(amount)s ago")) % {"amount": amount}


def _amount(seconds: float) -> str:
    if seconds < 3_600:
        minutes = round(seconds / 60)
        return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes}
    if seconds < 36 * 3_600:
        hours = round(seconds / 3_600)
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = round(seconds / 86_400)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def _in_zone(instant: datetime, zone: str) -> datetime | None:
    try:
        return instant.astimezone(ZoneInfo(zone)) if zone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _instant_in(text: str) -> str | None:
    if len(text) < 19 or text[4:5] != "-" or "T" not in text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return exact_text(found) if found.tzinfo else None
