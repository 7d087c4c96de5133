"""Is the log, and all that it commits to, still what was written and signed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from troth.actions.signing import log_key, verify
from troth.core.ledger.checking import Checked, Fault, Mark, check
from troth.core.ledger.notes import (
    Checkpoint,
    NoteError,
    VerifierKey,
    read_checkpoint,
    read_note,
    verified,
)
from troth.store.models import AuditCheckpoint, User
from troth.store.queries.contents import content_faults
from troth.store.queries.current_rows import compare_rows
from troth.store.queries.ledger import checkpoints, one_snapshot, stored_log
from troth.store.queries.viewing import viewer_of


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What somebody kept elsewhere when the log was last seen."""

    checkpoint: Checkpoint
    leaves: Iterable[bytes] = field(default=())  # the hashes of its entries, where they were kept


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What verifying the whole log found."""

    checked: Checked
    compared: int  # rows of tables that stand as the newest entry about them says, or do not
    fault: Fault | None  # the first, by its entry

    @property
    def sentence(self) -> str:
        """For people."""
        if self.fault is not None:
            return self.fault.sentence
        found = self.checked
        return (
            f"{found.entries:,} entries and {found.rows:,} rows are as they were written; "
            f"{self.compared:,} rows stand as they were last written; "
            f"{found.marks:,} signed roots agree."
        )


def read_kept(written: str | bytes, key: VerifierKey, *, leaves: Iterable[bytes] = ()) -> Kept:
    """A checkpoint that was kept elsewhere. Raises NoteError where the key has not signed it."""
    note = read_note(written)
    verified(note, [key], verify)
    return Kept(checkpoint=read_checkpoint(note.text), leaves=leaves)


def verify_log(
    *, acting_user: User, since: Kept | None = None, key: VerifierKey | None = None
) -> Verdict:
    """Compute everything again: leaves, subtrees, roots, rows, facts, decisions, policies.

    Raises NotAllowedError, NoteError (the key cannot be read).
    """
    viewer = viewer_of(acting_user)
    trusted = key or log_key().verifier
    with one_snapshot(viewer=viewer):
        marks, faults = _marks(checkpoints(viewer=viewer), trusted)
        leaves: Iterable[bytes] = ()
        if since is not None:
            kept = since.checkpoint
            name = f"the checkpoint of {kept.size} entries that was kept"
            marks.append(Mark(size=kept.size, root=kept.root, name=name))
            leaves = since.leaves
        checked = check(stored_log(viewer), marks=marks, leaves=leaves)
        if checked.fault is not None:
            faults.append(checked.fault)
        faults.extend(content_faults(viewer, size=checked.entries))
        compared = compare_rows(viewer, size=checked.entries)
        faults.extend(compared.faults)
    fault = min(faults, key=_order, default=None)
    return Verdict(checked=checked, compared=compared.rows, fault=fault)


def _order(fault: Fault) -> tuple[int, int]:
    return fault.index, fault.last


def _marks(stored: Iterable[AuditCheckpoint], key: VerifierKey) -> tuple[list[Mark], list[Fault]]:
    """The roots that the log's key has signed, and the first checkpoint that is not one."""
    marks: list[Mark] = []
    for row in stored:
        try:
            note = read_note(row.note)
            verified(note, [key], verify)
            said = read_checkpoint(note.text)
            if (said.origin, said.size, said.root) != (key.name, row.size, bytes(row.root)):
                raise NoteError("It says another log, size or root than the columns beside it.")
        except NoteError as error:
            at = max(row.size - 1, 0)
            sentence = (
                f"Entry {at}: the checkpoint stored over {row.size} entries is wrong. {error}"
            )
            return marks, [Fault(code="checkpoint", index=at, last=at, sentence=sentence)]
        marks.append(
            Mark(size=said.size, root=said.root, name=f"the checkpoint of {said.size} entries")
        )
    return marks, []
