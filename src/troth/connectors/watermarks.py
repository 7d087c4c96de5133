"""Up to where was a source read, and from where is it read the next time?

A mark is the highest value of the watermark's column that was seen and that is not later, by the
source's own clock, than the reading itself: a row that claims to be from the future would hide
all that is written until then. The next reading begins at the mark less the overlap, the mark
included, so that neither a second row of the same instant nor a transaction that took its time
stamp before it was committed is missed. What is read twice lands once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal
from zoneinfo import ZoneInfo

from troth.connectors.errors import WatermarkMixedError

MarkKind = Literal["number", "instant", "day", "text", "token"]
Sortable = Decimal | datetime | date | str


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How far before its mark a reading begins."""

    time: timedelta = timedelta(minutes=10)
    number: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A value of the watermark's column, as the source writes it."""

    kind: MarkKind
    text: str

    def less(self, overlap: Overlap) -> str:
        """The text of the value at which the next reading begins."""
        if self.kind == "number":
            return f"{Decimal(self.text) - overlap.number:f}"
        if self.kind == "day":
            # The mark's own day is read again as a whole; less than a day changes nothing.
            return (date.fromisoformat(self.text) - timedelta(days=overlap.time.days)).isoformat()
        if self.kind == "instant":
            return _earlier(self.text, overlap.time)
        return self.text


def pack(mark: Mark, *, digest: str) -> str:
    """The mark as it is kept; `digest` names the mapping under which it was made."""
    return json.dumps({"reads": digest, "kind": mark.kind, "after": mark.text}, sort_keys=True)


def unpack(position: str | None, *, digest: str) -> Mark | None:
    """The mark that was kept. None: everything is to be read, as nothing was yet under this
    mapping."""
    if position is None:
        return None
    document = json.loads(position)
    if document["reads"] != digest:
        return None
    return Mark(kind=document["kind"], text=document["after"])


def kind_of(text: str, *, is_number: bool | None = None) -> MarkKind:
    """What a value is, from how it is written; `is_number` where the source says so itself."""
    if is_number or (is_number is None and _is_number(text)):
        return "number"
    try:
        date.fromisoformat(text)
    except ValueError:
        return "text" if _moment(text) is None else "instant"
    return "day" if len(text) == 10 else "text"


@dataclass(kw_only=True)
class Highest:
    """The highest mark among the rows of one reading."""

    column: str
    asked_by: str
    now: datetime  # the source's own clock when the reading began
    time_zone: str  # of values that carry no offset
    before: Mark | None  # of the reading before
    is_number: bool | None = None
    _best: tuple[Sortable, Mark] | None = field(default=None, init=False)
    _kind: MarkKind | None = field(default=None, init=False)

    def take(self, text: str | None) -> None:
        """Look at a row's value. Raises WatermarkMixedError where two kinds stand there."""
        if text is None or not text.strip():
            return
        text = text.strip()
        kind = kind_of(text, is_number=self.is_number)
        if self._kind is None:
            self._kind = kind
        if kind != self._kind:
            raise WatermarkMixedError(
                file=self.asked_by, column=self.column, value=text[:40], kind=self._kind
            )
        value = self._sortable(kind, text)
        if self._is_ahead(value):
            return
        if self._best is None or value > self._best[0]:  # type: ignore[operator] # one kind
            self._best = (value, Mark(kind=kind, text=text))

    @property
    def mark(self) -> Mark | None:
        """Never before the mark of the last reading, whatever a source shows again."""
        if self._best is None or self.before is None or self.before.kind != self._best[1].kind:
            return self._best[1] if self._best is not None else self.before
        old = self._sortable(self.before.kind, self.before.text)
        return self._best[1] if self._best[0] >= old else self.before  # type: ignore[operator]

    def _sortable(self, kind: MarkKind, text: str) -> Sortable:
        if kind == "number":
            return Decimal(text)
        if kind == "day":
            return date.fromisoformat(text)
        if kind == "instant":
            moment = _moment(text)
            assert moment is not None
            return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(self.time_zone))
        return text

    def _is_ahead(self, value: Sortable) -> bool:
        if isinstance(value, datetime):
            return value > self.now
        if isinstance(value, date):
            return value > self.now.astimezone(ZoneInfo(self.time_zone)).date()
        return False


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _earlier(text: str, span: timedelta) -> str:
    """The same notation, so that a source which compares texts compares them rightly."""
    moment = _moment(text)
    assert moment is not None
    try:
        earlier = moment - span
    except OverflowError:
        return text
    separator = text[10:11] if text[10:11] in ("T", " ") else "T"
    if text.endswith(("Z", "z")):
        return f"{earlier.astimezone(UTC).replace(tzinfo=None).isoformat(separator, 'seconds')}Z"
    return earlier.isoformat(separator, "seconds")
