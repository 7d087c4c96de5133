"""Which is the first entry of a log that is not what was written?

One pass in the order of the entries, in memory that does not grow with them: each leaf is hashed
again from its envelope, each complete subtree again from its leaves, and the root is compared
wherever somebody has signed one. Whoever kept the leaves themselves learns the very entry; who
kept a signed root alone learns between which two signed roots it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from troth.core.ledger.canonical import read_canonical, strings_text
from troth.core.ledger.tree import Growing, leaf_hash


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRow:
    """One row that an entry commits to, as it is stored."""

    position: int
    table: str
    key: str
    op: str
    digest: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEntry:
    """One entry as it is stored."""

    index: int
    envelope: str
    leaf: bytes  # the hash beside the envelope
    # The columns beside the envelope, under the names that it uses, as plain JSON.
    columns: Mapping[str, Any]
    row_count: int
    rows_root: str  # hex; "" where there are none
    rows: Iterable[StoredRow]  # by position; read once


@dataclass(frozen=True, kw_only=True)
class StoredLog:
    """A log as it is stored, to be read once."""

    size: int  # what its head says
    beyond: int  # entries behind its head
    entries: Iterator[StoredEntry]  # by index
    nodes: Iterator[tuple[int, int, bytes]]  # (level, index, hash), in the order of completion


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A root that somebody has signed."""

    size: int
    root: bytes
    name: str  # "the checkpoint of 1,000 entries"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong, at which entry."""

    code: str
    index: int  # the first entry that is, or may be, wrong
    last: int  # the last one that may be the first wrong one; the same where it is certain
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What one pass found."""

    entries: int
    rows: int
    marks: int  # signed roots that agree
    root: bytes
    fault: Fault | None


class _FaultFoundError(Exception):
    """Ends the pass."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def check(
    log: StoredLog,
    *,
    marks: Iterable[Mark] = (),
    leaves: Iterable[bytes] = (),
    behind: Growing | None = None,
) -> Checked:
    """Read a log from its beginning, or from `behind` what was checked before, to its first fault.

    `leaves` are the hashes of its leaves from there on, as somebody kept them who checked them
    against a signed root.
    """
    tree = behind or Growing()
    listed = sorted((mark for mark in marks if mark.size >= tree.size), key=lambda mark: mark.size)
    passing = _Pass(log, listed, iter(leaves), tree)
    fault: Fault | None = None
    try:
        passing.run()
    except _FaultFoundError as found:
        fault = found.fault
    return Checked(
        entries=passing.tree.size,
        rows=passing.rows,
        marks=passing.agreed,
        root=passing.tree.root(),
        fault=fault,
    )


class _Pass:
    def __init__(
        self, log: StoredLog, marks: list[Mark], leaves: Iterator[bytes], tree: Growing
    ) -> None:
        self.log, self.leaves, self.tree = log, leaves, tree
        self.rows = self.agreed = 0
        self._marks = marks
        self._certain = tree.size  # entries before this one are as they were signed

    def run(self) -> None:
        self._compare_roots()
        for entry in self.log.entries:
            self._entry(entry)
        self._end()

    def _entry(self, entry: StoredEntry) -> None:
        at = self.tree.size
        if entry.index != at:
            _fail("missing", at, f"it is missing; the next one is entry {entry.index}")
        leaf = leaf_hash(entry.envelope.encode())
        if leaf != entry.leaf:
            _fail("leaf", at, "its envelope does not have the hash that is stored beside it")
        kept = next(self.leaves, None)
        if kept is not None and kept != leaf:
            _fail("rewritten", at, "it is another one than the one that was signed")
        self.rows += _check_content(entry)
        for completed in self.tree.add(leaf):
            self._node(*completed)
        if kept is not None:
            self._certain = self.tree.size
        self._compare_roots()

    def _node(self, level: int, index: int, node: bytes) -> None:
        stored = next(self.log.nodes, None)
        if stored != (level, index, node):
            first, last = index << level, (index + 1 << level) - 1
            _fail(
                "node",
                max(first, min(self._certain, last)),
                f"the hash that is stored over the entries {first} to {last} is not theirs",
                last=last,
            )

    def _compare_roots(self) -> None:
        while self._marks and self._marks[0].size == self.tree.size:
            mark = self._marks.pop(0)
            if mark.root != self.tree.root():
                first = min(self._certain, max(mark.size - 1, 0))
                _fail(
                    "rewritten",
                    first,
                    f"one of the entries {first} to {mark.size - 1} is another one than when "
                    f"{mark.name} was signed",
                    last=max(mark.size - 1, 0),
                )
            self.agreed += 1
            self._certain = self.tree.size

    def _end(self) -> None:
        size = self.tree.size
        if size < self.log.size:
            _fail("missing", size, f"it is missing; the log says that it has {self.log.size}")
        if self._marks:
            mark = self._marks[0]
            _fail(
                "shortened",
                size,
                f"it is missing, and all behind it; {mark.name} was signed over {mark.size}",
            )
        if next(self.leaves, None) is not None:
            _fail("shortened", size, "it is missing; it was there when the log was last seen")
        if self.log.beyond:
            _fail("beyond", size, "it stands behind the end of the log: nobody appended it")


def _check_content(entry: StoredEntry) -> int:
    """Compare what stands beside an envelope with what it says; how many rows it commits to."""
    at = entry.index
    said = read_canonical(entry.envelope)
    if said is None:
        _fail("envelope", at, "its envelope is not canonical JSON")
    for name, value in entry.columns.items():
        if said.get(name) != value:
            _fail("column", at, f"{name} is {value!r}, and its envelope says {said.get(name)!r}")
    rows, facts = said.get("rows") or {}, said.get("facts") or {}
    if entry.row_count != rows.get("count", 0) + facts.get("count", 0):
        _fail("column", at, f"row_count is {entry.row_count}, and its envelope says otherwise")
    if entry.rows_root != rows.get("root"):
        _fail("column", at, "rows_root is not the one that its envelope says")
    return _check_rows(entry, rows)


def _check_rows(entry: StoredEntry, said: Mapping[str, Any]) -> int:
    tree = Growing()
    for row in entry.rows:
        if row.position != tree.size:
            _fail("rows", entry.index, f"its row {tree.size} is missing")
        # The bytes of envelope.RowChange.leaf, without a record for each of many rows.
        leaf = strings_text((row.table, row.key, row.op, row.digest.hex()))
        tree.add(leaf_hash(leaf.encode()))
    if tree.size != said.get("count") or (tree.size and tree.root().hex() != said.get("root")):
        _fail("rows", entry.index, "the rows beside it are not those that it commits to")
    return tree.size


def _fail(code: str, index: int, what: str, *, last: int | None = None) -> NoReturn:
    raise _FaultFoundError(
        Fault(
            code=code,
            index=index,
            last=index if last is None else last,
            sentence=f"Entry {index}: {what}.",
        )
    )
