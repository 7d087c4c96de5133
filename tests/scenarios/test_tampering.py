"""Does a superuser's hand in the log show, and is the first bad entry named?

The attacker has every right in the database and even the log's own key: after a witness has seen
the log, an entry is edited, deleted, inserted, swapped, the log is cut off, rebuilt as a whole with
hashes that fit each other, or forked. What the attacker does not have is the witness's folder.
The control shows that the very same attacks go unnoticed without it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import pytest

from troth.core.ledger.canonical import canonical_text
from troth.core.ledger.checking import Checked, Mark, StoredEntry, StoredLog, StoredRow, check
from troth.core.ledger.envelope import RowChange, rows_root
from troth.core.ledger.tree import Growing, leaf_hash, nodes_over, root_of

ENTRIES, TAMPERINGS = 2_000, 1_000
SEEN = 1_950  # entries of the log when the witness saw it
_COLUMNS = ("at", "actor", "action", "subject", "customer", "policy_version", "reason", "detail")


@dataclass(frozen=True, kw_only=True)
class Log:
    """A copy of the log's tables."""

    entries: tuple[StoredEntry, ...]
    nodes: tuple[tuple[int, int, bytes], ...]
    size: int

    def opened(self, start: int = 0) -> StoredLog:
        # A tree of n leaves has n - popcount(n) complete subtrees above them.
        before = start - start.bit_count()
        return StoredLog(
            size=self.size,
            beyond=max(0, len(self.entries) - self.size),
            entries=iter(self.entries[start : self.size]),
            nodes=iter(self.nodes[before:]),
        )


def entry_of(index: int, *, word: str = "written") -> StoredEntry:
    """An entry with one to four rows, as the log's own function would store it."""
    rows = [
        RowChange(
            table="store_promise",
            key=f"erp:SO-{index}-{place}",
            op="write",
            digest=sha256(f"{word} {index} {place}".encode()).digest(),
        )
        for place in range(index % 4 + 1)
    ]
    said: dict[str, Any] = {
        "format": 1,
        "at": f"2026-01-12T09:{index // 60 % 60:02}:{index % 60:02}Z",
        "actor": 1 + index % 7,
        "action": f"order:promise:{word}",
        "subject": f"erp:SO-{index}",
        "customer": f"cus_{index % 50:016x}",
        "policy_version": "",
        "reason": "",
        "detail": {"entry": index},
        "rows": {"count": len(rows), "root": rows_root(rows)},
        "facts": None,
        "commitments": {},
    }
    return stored(index, said, rows)


def stored(index: int, said: dict[str, Any], rows: Sequence[RowChange]) -> StoredEntry:
    text = canonical_text(said)
    return StoredEntry(
        index=index,
        envelope=text,
        leaf=leaf_hash(text.encode()),
        columns={name: said[name] for name in _COLUMNS},
        row_count=said["rows"]["count"],
        rows_root=said["rows"]["root"],
        rows=tuple(
            StoredRow(position=place, table=row.table, key=row.key, op=row.op, digest=row.digest)
            for place, row in enumerate(rows)
        ),
    )


def built(entries: Sequence[StoredEntry]) -> Log:
    """A log in which every number and every hash fits: what a whole rebuild gives."""
    tree = Growing()
    numbered = tuple(
        entry if entry.index == index else replace(entry, index=index)
        for index, entry in enumerate(entries)
    )
    nodes = tuple(node for entry in numbered for node in tree.add(entry.leaf))
    return Log(entries=numbered, nodes=nodes, size=len(numbered))


def seen_of(log: Log) -> int:
    """Entries of a log when the witness saw it."""
    return log.size - (ENTRIES - SEEN)


Attack = Callable[[Log, random.Random], tuple[Log, int]]


def _changed(log: Log, index: int, entry: StoredEntry) -> Log:
    return replace(log, entries=(*log.entries[:index], entry, *log.entries[index + 1 :]))


def _another(entry: StoredEntry) -> StoredEntry:
    """The same entry, saying that somebody else did it; its hash fits."""
    said = json.loads(entry.envelope)
    said["actor"] += 1
    rows = [
        RowChange(table=row.table, key=row.key, op=row.op, digest=row.digest) for row in entry.rows
    ]
    return stored(entry.index, said, rows)


def edit_envelope(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    entry = log.entries[index]
    text = entry.envelope.replace('"actor":', '"actor":1', 1)
    return _changed(log, index, replace(entry, envelope=text)), index


def edit_envelope_and_hash(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    return _changed(log, index, _another(log.entries[index])), index


def edit_column(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    entry = log.entries[index]
    name = chance.choice(("at", "actor", "action", "subject", "customer", "detail"))
    if name == "detail":
        return _changed(log, index, replace(entry, row_count=entry.row_count + 1)), index
    columns = {**entry.columns, name: 99 if name == "actor" else "2026-01-01T00:00:00Z"}
    return _changed(log, index, replace(entry, columns=columns)), index


def edit_row(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    entry = log.entries[index]
    rows = list(entry.rows)
    place = chance.randrange(len(rows))
    if chance.random() < 0.3:
        del rows[place]
    elif chance.random() < 0.5:
        rows[place] = replace(rows[place], digest=sha256(rows[place].digest).digest())
    else:
        rows[place] = replace(rows[place], key="erp:SO-0-x")
    return _changed(log, index, replace(entry, rows=tuple(rows))), index


def delete(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    entries = log.entries[:index] + log.entries[index + 1 :]
    if chance.random() < 0.5:  # the gap is closed and every hash made to fit
        return built(entries), index
    return replace(log, entries=entries), index


def insert(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    new = entry_of(log.size + index, word="forged")
    entries = (*log.entries[:index], new, *log.entries[index:])
    if chance.random() < 0.5:
        return built(entries), index
    numbered = tuple(replace(entry, index=place) for place, entry in enumerate(entries))
    return replace(log, entries=numbered, size=log.size + 1), index


def swap(log: Log, chance: random.Random) -> tuple[Log, int]:
    first, second = sorted(chance.sample(range(seen_of(log)), 2))
    entries = list(log.entries)
    entries[first], entries[second] = (
        replace(entries[second], index=first),
        replace(entries[first], index=second),
    )
    if chance.random() < 0.5:
        return built(entries), first
    return replace(log, entries=tuple(entries)), first


def truncate(log: Log, chance: random.Random) -> tuple[Log, int]:
    size = chance.randrange(seen_of(log))
    return built(log.entries[:size]), size


def rebuild(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    entries = list(log.entries)
    entries[index] = _another(entries[index])
    return built(entries), index


def fork(log: Log, chance: random.Random) -> tuple[Log, int]:
    index = chance.randrange(seen_of(log))
    others = (entry_of(at, word="forked") for at in range(index, log.size + 5))
    return built((*log.entries[:index], *others)), index


ATTACKS: tuple[Attack, ...] = (
    edit_envelope, edit_envelope_and_hash, edit_column, edit_row, delete, insert, swap, truncate,
    rebuild, fork,
)  # fmt: skip
# Those after which every number and hash in the database fits: nothing inside it can tell.
FITTING = (truncate, rebuild, fork)


@pytest.fixture(scope="module")
def log() -> Log:
    return built([entry_of(index) for index in range(ENTRIES)])


@pytest.fixture(scope="module")
def seen(log: Log) -> tuple[Mark, tuple[bytes, ...]]:
    """What the witness keeps: the signed root, and the leaves below it."""
    leaves = tuple(entry.leaf for entry in log.entries[:SEEN])
    return Mark(size=SEEN, root=root_of(SEEN, nodes_over(leaves)), name="the kept one"), leaves


def attacked(log: Log, count: int, attacks: Sequence[Attack]) -> Iterator[tuple[str, Log, int]]:
    """(which attack, the log after it, the first entry that is not what was written)."""
    chance = random.Random(11)
    for number in range(count):
        attack = attacks[number % len(attacks)]
        yield (attack.__name__, *attack(log, chance))


def found(after: Log, marks: Sequence[Mark], leaves: Sequence[bytes]) -> Checked:
    return check(after.opened(), marks=marks, leaves=leaves)


def test_an_untouched_log_is_found_sound(log: Log, seen: tuple[Mark, tuple[bytes, ...]]) -> None:
    mark, leaves = seen
    checked = found(log, [mark], leaves)
    assert checked.fault is None
    assert (checked.entries, checked.marks) == (ENTRIES, 1)
    assert checked.rows == sum(index % 4 + 1 for index in range(ENTRIES))


def test_a_thousand_tamperings_are_all_found_and_the_first_bad_entry_is_named(
    log: Log, seen: tuple[Mark, tuple[bytes, ...]]
) -> None:
    # Verified from an earlier entry on, as one goes on behind what was verified before; every
    # fiftieth from the very beginning.
    mark, leaves = seen
    nodes = nodes_over(leaves)
    wrong = []
    for number, (name, after, first) in enumerate(attacked(log, TAMPERINGS, ATTACKS)):
        start = 0 if number % 50 == 0 else max(0, first - 7 - number % 64)
        assert after.entries[:start] == log.entries[:start]
        behind = Growing.from_nodes(start, nodes)
        fault = check(after.opened(start), marks=[mark], leaves=leaves[start:], behind=behind).fault
        if fault is None or (fault.index, fault.last) != (first, first):
            wrong.append((name, first, fault))
    assert wrong == []


def test_a_bare_checkpoint_finds_them_too_and_says_between_which_entries_it_lies(
    log: Log, seen: tuple[Mark, tuple[bytes, ...]]
) -> None:
    mark, _ = seen
    wrong = []
    for name, after, first in attacked(log, 40, ATTACKS):
        fault = found(after, [mark], ()).fault
        if fault is None or not fault.index <= first <= fault.last:
            wrong.append((name, first, fault))
    assert wrong == []


def test_without_a_witnessed_checkpoint_a_log_that_was_rebuilt_is_not_found_out(log: Log) -> None:
    unnoticed = [
        name for name, after, _ in attacked(log, 12, FITTING) if found(after, (), ()).fault is None
    ]
    assert len(unnoticed) == 12


def test_an_earlier_checkpoint_narrows_down_where_a_rebuilt_log_differs(log: Log) -> None:
    leaves = [entry.leaf for entry in log.entries]
    nodes = nodes_over(leaves)
    marks = [
        Mark(size=size, root=root_of(size, nodes), name=f"that of {size}")
        for size in (500, 1_000, 1_500)
    ]
    entries = list(log.entries)
    entries[1_234] = _another(entries[1_234])
    fault = found(built(entries), marks, ()).fault
    assert fault is not None
    assert (fault.code, fault.index, fault.last) == ("rewritten", 1_000, 1_499)


@pytest.mark.soak
def test_a_hundred_thousand_entries_stand_up_to_the_same_tamperings() -> None:
    large = built([entry_of(index) for index in range(100_000)])
    leaves = tuple(entry.leaf for entry in large.entries[: seen_of(large)])
    root = root_of(len(leaves), nodes_over(leaves))
    mark = Mark(size=len(leaves), root=root, name="the kept one")
    assert found(large, [mark], leaves).fault is None
    wrong = []
    for name, after, first in attacked(large, 30, ATTACKS):
        fault = found(after, [mark], leaves).fault
        if fault is None or (fault.index, fault.last) != (first, first):
            wrong.append((name, first, fault))
    assert wrong == []
