"""How is the head of the log signed, so that nobody can rewrite what was there?

A checkpoint is no entry of the log that it is about: it is made whenever somebody asks, it is the
same one as long as nothing was written, and it is worth most where it is kept elsewhere.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from troth.actions.signing import log_key
from troth.core.access.roles import Right
from troth.core.ledger.notes import Checkpoint, Note, signed
from troth.core.ledger.tree import root_of
from troth.store.models import AuditCheckpoint, User
from troth.store.queries.ledger import log_size, newest_checkpoint, stored_nodes
from troth.store.queries.lists import NotFoundError
from troth.store.queries.viewing import viewer_of, viewing


class LogBrokenError(RuntimeError):
    """The log is not the one that was signed before: nothing was signed. Run troth audit verify."""

    code = "ledger.broken"

    def __init__(self, signed_size: int, what: str) -> None:
        super().__init__(
            f"A checkpoint over {signed_size} entries was signed, and {what}. Nothing was signed "
            "now. `troth audit verify` names the first entry that is wrong."
        )


def make_checkpoint(*, acting_user: User) -> AuditCheckpoint:
    """The signed head of the log; where nothing was written since, the one that there is.

    Raises LogBrokenError where the log does not extend what was signed, NotAllowedError.
    """
    viewer = viewer_of(acting_user)
    viewer.require(Right.CHECKPOINT)
    with viewing(viewer, Right.SEE_AUDIT):
        # In this order: the log is never shorter than a checkpoint that was there before, and
        # what is below its size is there and never changes.
        last = newest_checkpoint(viewer=viewer)
        size = log_size(viewer=viewer)
        nodes = stored_nodes(viewer)
        if last is not None and last.size > size:
            raise LogBrokenError(last.size, f"the log has {size}")
        try:
            root = root_of(size, nodes)
            before = root if last is None else root_of(last.size, nodes)
        except NotFoundError as error:
            raise LogBrokenError(0 if last is None else last.size, str(error)) from error
    if last is not None and bytes(last.root) != before:
        raise LogBrokenError(last.size, "what it was signed over is another log now")
    if last is not None and last.size == size:
        return last
    key = log_key()
    text = Checkpoint(origin=key.verifier.name, size=size, root=root).written()
    note = Note(text=text, signatures=(signed(text, key.verifier, key.sign),))
    with transaction.atomic():
        made, _ = AuditCheckpoint.objects.get_or_create(
            size=size, defaults={"root": root, "note": note.written(), "at": timezone.now()}
        )
    return made
