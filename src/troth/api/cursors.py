"""Where does a list go on, and how is that place written so that nobody builds on its form?

A cursor names the list that it came from, filters and all: with other filters it is refused
instead of answering something else.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from troth.actions.event_records import Fault, is_storable, shown
from troth.api.answering import json_answer
from troth.api.problems import ProblemError
from troth.api.shapes.shape import Listing, Paging
from troth.store.queries.slices import Reach, Slice

Row = TypeVar("Row")
_PAGING = ("limit", "cursor")


def reach_of(request: HttpRequest, filters: Paging) -> Reach:
    """How far this request reads. Raises ProblemError (invalid)."""
    _check_names(request, filters)
    if not filters.cursor:
        return Reach(limit=filters.limit)
    try:
        found = json.loads(urlsafe_b64decode(filters.cursor.encode("ascii")))
    except (Base64Error, ValueError, RecursionError) as error:
        raise _unreadable() from error
    is_place = isinstance(found, list) and all(isinstance(part, str) for part in found)
    if not is_place or not is_storable(found) or found[:1] != [_name(request, filters)]:
        raise _unreadable()
    return Reach(after=tuple(found[1:]), limit=filters.limit)


def list_answer(
    request: HttpRequest, filters: Paging, shape: type[Listing], found: Slice[Any]
) -> HttpResponse:
    """A slice of a list, and the address of the next one."""
    return json_answer(
        shape.model_validate(
            {
                "data": list(found.rows),
                "has_more": found.has_more,
                "next": _next(request, filters, found) if found.has_more else None,
            }
        )
    )


def slice_of(
    rows: Iterable[Row], reach: Reach, *, key: Callable[[Row], tuple[str, ...]]
) -> Slice[Row]:
    """A slice of a short list that is whole in memory, in the order of its keys."""
    behind = sorted((row for row in rows if key(row) > reach.after), key=key)
    kept = tuple(behind[: reach.limit])
    return Slice(rows=kept, has_more=len(behind) > len(kept), last=key(kept[-1]) if kept else ())


def _next(request: HttpRequest, filters: Paging, found: Slice[Any]) -> str:
    place = json.dumps([_name(request, filters), *found.last])
    chosen = filters.model_dump(exclude_unset=True) | {
        "limit": filters.limit,
        "cursor": urlsafe_b64encode(place.encode()).decode(),
    }
    return f"{request.path}?{urlencode(chosen)}"


def _name(request: HttpRequest, filters: Paging) -> str:
    chosen = filters.model_dump(exclude=set(_PAGING))
    text = json.dumps([request.path, chosen], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _check_names(request: HttpRequest, filters: Paging) -> None:
    """A filter that nobody knows would answer too much without a word."""
    known = list(type(filters).model_fields)
    faults = []
    for name in request.GET:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]!r}?" if close else "Remove it."
            faults.append(
                Fault(
                    path=f"query.{name}",
                    found=shown(name),
                    expected=f"one of {', '.join(known)}",
                    remedy=remedy,
                )
            )
    if faults:
        raise ProblemError("invalid", errors=faults)


def _unreadable() -> ProblemError:
    fault = Fault(
        path="query.cursor",
        found="a cursor that is not of this list with these filters",
        expected="what `next` of the answer before holds",
        remedy="Follow `next` as it is, or begin again without a cursor.",
    )
    return ProblemError("invalid", errors=[fault])
