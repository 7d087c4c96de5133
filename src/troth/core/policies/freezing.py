"""Which freezes block a policy version that would come into force, or end, within them?

A version changes something at two instants: when it comes into force and when it ends. Either is
blocked where it falls within a window and can reach a customer of that window:

- the company and a guardrail reach everybody, and a window of the company holds for everybody;
- the same scope reaches itself; two different customers, tiers or segments never meet;
- everything else is asked of the `Directory`, customer by customer: whose contract it is, who is
  in the tier, the segment, the region;
- a tier can be entered or left when tiers are reviewed, at the start of a month. A version of
  another tier than a customer is in now is blocked all the same where a review lies between now
  and the end of the window: by then the customer may be in it, and nobody can know yet.

What a source says of a segment, a region or a past month's revenue is taken as it is said now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from troth.core.calendars.instants import zone_named
from troth.core.ledger.canonical import instant_text
from troth.core.policies.freezes import FreezeWindow, Occurrence
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.versions import PolicyVersion

_EVERYBODY = (Layer.COMPANY, Layer.GUARDRAIL)
_ONE_EACH = (Layer.CUSTOMER, Layer.TIER, Layer.SEGMENT)  # a customer has one of each at a time


class Meeting(StrEnum):
    """How a version meets a window's customers."""

    EVERYBODY = "everybody"  # one of them holds for all customers
    SAME = "same"  # both are for the same scope
    MEMBER = "member"  # a customer is in both now
    MAY_BECOME = "may_become"  # a customer may be, once tiers are reviewed


class Directory(Protocol):
    """Who is in which scope, as it is known now."""

    def has_both(self, one: Scope, other: Scope) -> bool:
        """Whether a customer is in both."""
        ...

    def has_any(self, one: Scope) -> bool:
        """Whether a customer is in it."""
        ...


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """An instant at which a version changes what holds for its scope."""

    version: PolicyVersion
    at: datetime
    is_end: bool  # it ends; False: it comes into force


@dataclass(frozen=True, kw_only=True)
class Block:
    """One change that falls into one window and can reach it."""

    change: PolicyChange
    window: FreezeWindow
    occurrence: Occurrence
    meeting: Meeting
    review_at: datetime | None  # where a tier may change until the window's end

    @property
    def key(self) -> tuple[str, str]:
        """What an override is given for: (window, version)."""
        return self.window.id, self.change.version.id


def changes_of(version: PolicyVersion, *, now: datetime) -> tuple[PolicyChange, ...]:
    """When publishing this version now would change something.

    What is in force since the past comes into force as it is published: now, even where it has
    ended since, as it is what past questions are answered from.
    """
    begins = max(version.effective_from, version.published_at, now.astimezone(UTC))
    found = [PolicyChange(version=version, at=begins, is_end=False)]
    if version.effective_to is not None and version.effective_to > begins:
        found.append(PolicyChange(version=version, at=version.effective_to, is_end=True))
    return tuple(found)


def blocks(
    versions: Iterable[PolicyVersion],
    windows: Sequence[FreezeWindow],
    *,
    now: datetime,
    directory: Directory,
) -> tuple[Block, ...]:
    """Every block, in the order of the versions and the windows; empty: nothing is in the way."""
    found: list[Block] = []
    for version in versions:
        for change in changes_of(version, now=now):
            for window in windows:
                occurrence = next(iter(_holding(window, change.at)), None)
                if occurrence is None:
                    continue
                review_at = _review_between(now, occurrence.ends_at)
                meeting = meet(
                    window.scope, version.scope, directory, may_move=review_at is not None
                )
                if meeting is not None:
                    found.append(
                        Block(
                            change=change,
                            window=window,
                            occurrence=occurrence,
                            meeting=meeting,
                            review_at=review_at if meeting is Meeting.MAY_BECOME else None,
                        )
                    )
    return tuple(found)


def meet(frozen: Scope, changed: Scope, directory: Directory, *, may_move: bool) -> Meeting | None:
    """How a change for one scope can reach a customer frozen under another; None: not at all.

    `may_move`: tiers are reviewed before the window is over.
    """
    if frozen.layer in _EVERYBODY or changed.layer in _EVERYBODY:
        return Meeting.EVERYBODY
    if frozen == changed:
        return Meeting.SAME
    if frozen.layer is changed.layer and frozen.layer in _ONE_EACH:
        return None
    if directory.has_both(frozen, changed):
        return Meeting.MEMBER
    tiered, other = (frozen, changed) if frozen.layer is Layer.TIER else (changed, frozen)
    if may_move and tiered.layer is Layer.TIER and directory.has_any(other):
        return Meeting.MAY_BECOME
    return None


def next_review(at: datetime) -> datetime:
    """When tiers are reviewed next: the first instant of the next month, in UTC."""
    here = at.astimezone(UTC)
    year, month = divmod(here.year * 12 + here.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def told(block: Block, *, is_hidden: bool) -> str:
    """What is blocked, by what, until when, and what to do; one paragraph for people.

    `is_hidden`: the reader may not see whom the window is for, and is told no title and no scope.
    """
    change, window = block.change, block.window
    verb = "would end" if change.is_end else "would come into force"
    what = f"{change.version.kind} for {change.version.scope} ({change.version.id})"
    until = _local(block.occurrence.ends_at, "UTC" if is_hidden else window.time_zone)
    if is_hidden:
        return (
            f"{what} {verb} at {instant_text(change.at)}, within a freeze of a customer whom you "
            f"may not see. It holds until {until}. Choose an instant from then on, or ask somebody "
            "who may see the customer and has the right override_freeze."
        )
    word = window.kind.value.replace("_", " ")
    return (
        f"{what} {verb} at {instant_text(change.at)}, within the freeze “{window.title}” ({word}, "
        f"{window.id}) of {_whom(window.scope)}. It holds until {until}. {_reach(block)} Choose an "
        "instant from then on, or have somebody else, with the right override_freeze, override it "
        f"with a reason: troth freeze override {window.id} {change.version.id} --reason …"
    )


def _whom(scope: Scope) -> str:
    return "everybody" if scope.layer is Layer.COMPANY else f"{scope.layer} {scope.key}"


def _reach(block: Block) -> str:
    changed = block.change.version.scope
    match block.meeting:
        case Meeting.EVERYBODY:
            return "It reaches every customer that the freeze is for."
        case Meeting.SAME:
            return "It is for the very same scope."
        case Meeting.MEMBER:
            return f"A customer of the freeze is in {changed} now."
    assert block.review_at is not None
    later = ""
    if block.review_at < block.change.at:
        later = " Publish it after that, and it is blocked only if so."
    return (
        f"No customer of the freeze is in {_tier(block)} now, but tiers are reviewed at "
        f"{instant_text(block.review_at)}, before the freeze is over, so one may be.{later}"
    )


def _tier(block: Block) -> Scope:
    """The one of the two scopes that is a tier."""
    changed = block.change.version.scope
    return changed if changed.layer is Layer.TIER else block.window.scope


def _holding(window: FreezeWindow, at: datetime) -> tuple[Occurrence, ...]:
    return tuple(item for item in (window.next_after(at),) if item and item.holds_at(at))


def _review_between(now: datetime, end: datetime) -> datetime | None:
    review = next_review(now)
    return review if review < end else None


def _local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(zone_named(zone)):%Y-%m-%d %H:%M} {zone}"
