"""What does an auditor need, in one file, to check the log without us?

A zip of plain text: the entries as they were hashed, their rows, what proves them, what was signed,
the policy versions and the public key. tools/verify_audit.py checks it offline; it shares no code
with this house.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from troth.actions.checkpoints import make_checkpoint
from troth.actions.recording import recorded
from troth.actions.signing import log_key
from troth.core.access.roles import Right
from troth.core.ledger.canonical import canonical_text
from troth.core.ledger.tree import edge_before, edge_behind
from troth.core.policies.versions import to_document
from troth.store.facts.policies import published_versions
from troth.store.models import User
from troth.store.queries.ledger import checkpoints, one_snapshot, stored_log, stored_nodes
from troth.store.queries.viewing import Viewer, viewer_of

FORMAT = 1
ENTRIES, LEAVES, ROWS = "entries.jsonl", "leaves.txt", "rows.jsonl"
CHECKPOINT, KEY, PROOF = "checkpoint.txt", "log.key", "proof.json"
POLICIES, EARLIER = "policies.jsonl", "checkpoints"


class BadRangeError(ValueError):
    """The log has no such entries. `troth audit list` shows those that there are."""

    code = "ledger.range"


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What was exported."""

    start: int
    end: int  # the entry behind the last one
    size: int  # of the log that the checkpoint is over
    rows: int


def export(path: Path, *, acting_user: User, start: int = 0, end: int | None = None) -> Pack:
    """Write the evidence pack of the entries from `start` to before `end`.

    That it was taken is an entry itself. Raises BadRangeError, LogBrokenError, NotAllowedError.
    """
    with recorded(
        acting_user=acting_user, action="audit:pack:exported", right=Right.SEE_AUDIT
    ) as entry:
        entry.detail = {"from": start, "to": end}
    checkpoint = make_checkpoint(acting_user=acting_user)
    size = checkpoint.size
    end = size if end is None else end
    if not 0 <= start < end <= size:
        raise BadRangeError(
            f"The log has the entries 0 to {size - 1}: expected a range within them, "
            f"found {start} to {end - 1}."
        )
    viewer = viewer_of(acting_user)
    with one_snapshot(viewer=viewer), ZipFile(path, "w", ZIP_DEFLATED) as pack:
        rows = _write_entries(pack, viewer, start, end)
        _write_policies(pack)
        for row in checkpoints(viewer=viewer):
            if start < row.size <= size:
                pack.writestr(f"{EARLIER}/{row.size:012}.txt", row.note)
        pack.writestr(CHECKPOINT, checkpoint.note)
        pack.writestr(KEY, log_key().verifier.written() + "\n")
        pack.writestr(PROOF, _proof(viewer, start, end, size))
        pack.writestr("README.txt", files("troth.actions").joinpath("evidence.txt").read_text())
    return Pack(start=start, end=end, size=size, rows=rows)


def _proof(viewer: Viewer, start: int, end: int, size: int) -> str:
    """The subtrees on both sides of the entries: with them they give the checkpoint's root."""
    nodes = stored_nodes(viewer)
    document = {
        "format": FORMAT,
        "from": start,
        "to": end,
        "size": size,
        "left": [[*place, nodes(*place).hex()] for place in edge_before(start)],
        "right": [[*place, nodes(*place).hex()] for place in edge_behind(end, size)],
    }
    return json.dumps(document, indent=2) + "\n"


def _write_entries(pack: ZipFile, viewer: Viewer, start: int, end: int) -> int:
    """Entries and their leaves; the rows after them, as a zip is written file by file."""
    with _text(pack, ENTRIES) as file:
        for entry in stored_log(viewer, start=start, end=end).entries:
            file.write(entry.envelope + "\n")
    with _text(pack, LEAVES) as file:
        for entry in stored_log(viewer, start=start, end=end).entries:
            file.write(entry.leaf.hex() + "\n")
    count = 0
    with _text(pack, ROWS) as file:
        for entry in stored_log(viewer, start=start, end=end).entries:
            for row in entry.rows:
                leaf = [entry.index, row.table, row.key, row.op, row.digest.hex()]
                file.write(canonical_text(leaf) + "\n")
                count += 1
    return count


def _write_policies(pack: ZipFile) -> None:
    versions: Iterable[tuple[str, object]] = (
        (version.id, to_document(version)) for version in published_versions()
    )
    with _text(pack, POLICIES) as file:
        for name, document in versions:
            file.write(canonical_text({"id": name, "document": document}) + "\n")


class _text:  # noqa: N801 - reads as a word in `with`
    """A file of the pack, written as UTF-8 with line feeds."""

    def __init__(self, pack: ZipFile, name: str) -> None:
        self._raw: IO[bytes] = pack.open(name, "w", force_zip64=True)

    def __enter__(self) -> io.TextIOWrapper:
        self._file = io.TextIOWrapper(self._raw, encoding="utf-8", newline="\n")
        return self._file

    def __exit__(self, *_: object) -> None:
        self._file.close()


def read_lines(pack: ZipFile, name: str) -> Iterator[bytes]:
    """The lines of a file of a pack, without their ends."""
    with pack.open(name) as file:
        for line in file:
            yield line.rstrip(b"\n")
