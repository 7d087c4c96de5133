"""May these versions be published now, or does a freeze stand in the way?

Asked within the transaction that publishes, under a lock that whoever writes a window takes too: a
window is there before the publication or after it, never between. Windows are read as the program,
since a freeze of a restricted customer blocks whoever may not see it as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from troth.actions.recording import Entry
from troth.core.access.roles import Right
from troth.core.policies.freezing import Block, blocks, told
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.freezes import StoredDirectory, all_windows, lock_freezes
from troth.store.models import FreezeOverride, User
from troth.store.queries.freezes import seen_windows
from troth.store.queries.viewing import as_the_program, viewer_of


class PolicyFrozenError(Exception):
    """A freeze holds when the policy would change. Nothing was published; wait, or override it."""

    code = "policy:frozen"

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(kw_only=True)
class Gate:
    """What is to be published, by whom, and which overrides let it through."""

    versions: Sequence[PolicyVersion]
    acting_user: User
    makers: Collection[int]  # users who made the change: none of them overrides a freeze of it
    changes: Collection[str]  # the changes that the versions are in, for which overrides hold too
    used: dict[str, FreezeOverride] = field(default_factory=dict)

    def ask(self) -> None:
        """Raises PolicyFrozenError with every block that nobody overrode."""
        lock_freezes(is_writing=False)
        self._check(timezone.now())

    def ask_again(self) -> None:
        """The same after the rows were written, so that no window began meanwhile."""
        self._check(timezone.now())

    def _check(self, now: datetime) -> None:
        with as_the_program():
            found = blocks(self.versions, all_windows(), now=now, directory=StoredDirectory())
            given = self._given({block.window.id for block in found}) if found else {}
        open_blocks = []
        for block in found:
            override = next((given[key] for key in self._keys(block) if key in given), None)
            if override is None:
                open_blocks.append(block)
            else:
                override.version = block.change.version.id
                self.used[override.pk] = override
        if open_blocks:
            raise PolicyFrozenError(refusals(open_blocks, user=self.acting_user))

    def _keys(self, block: Block) -> Iterable[tuple[str, str]]:
        return [block.key, *((block.window.id, change) for change in self.changes)]

    def _given(self, windows: Collection[str]) -> dict[tuple[str, str], FreezeOverride]:
        """(window, change) → the override that somebody gave who still may, and made none of it."""
        rows = FreezeOverride.objects.select_related("authority").filter(window__in=windows)
        kept = {*(version.id for version in self.versions), *self.changes}
        found: dict[tuple[str, str], FreezeOverride] = {}
        for row in rows.filter(change__in=kept).order_by("given_at", "id"):
            person = row.authority
            if person.pk in {self.acting_user.pk, *self.makers} or not person.is_active:
                continue
            if viewer_of(person).may(Right.OVERRIDE_FREEZE):
                found.setdefault((row.window_id, row.change), row)
        return found

    def record(self, entry: Entry) -> list[str]:
        """Keep which overrides were used: in their rows and in the entry; the reasons to tell.

        A reason may name the customer whom the freeze is for, so that of one customer's or one
        contract's stays in the override's own entry, which is sealed for that customer.
        """
        now = timezone.now()
        listed = sorted(self.used.values(), key=lambda row: row.pk)
        if not listed:
            return []
        with as_the_program():
            reasons = []
            for row in listed:
                row.used_at = now
                row.save(update_fields=["used_at", "version"])
                entry.wrote(row)
                if row.window.layer not in ("customer", "contract"):
                    reasons.append(row.reason)
        entry.detail["freeze_overrides"] = [_noted(row) for row in listed]
        return reasons


def _noted(row: FreezeOverride) -> dict[str, Any]:
    return {
        "override": row.pk,
        "window": row.window_id,
        "version": row.version,
        "authority": row.authority_id,
    }


def refusals(found: Sequence[Block], *, user: User) -> tuple[str, ...]:
    """Each block as a sentence for this person, who learns nothing of a customer hidden to them."""
    seen = seen_windows(viewer=viewer_of(user), ids={block.window.id for block in found})
    listed = [told(block, is_hidden=block.window.id not in seen) for block in found]
    return tuple(dict.fromkeys(listed))
