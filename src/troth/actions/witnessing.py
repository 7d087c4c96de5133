"""Does the log only ever grow? Somebody who is not the log says so, under a key of their own.

A witness keeps the last checkpoint that it saw, and the hashes of the entries below it. It signs
the next one only if it is proved to begin with the very same entries (C2SP tlog-cosignature, 1).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zipfile import BadZipFile, ZipFile

from troth.actions.evidence import CHECKPOINT, ENTRIES, KEY, PROOF, read_lines
from troth.actions.signing import kept_key, verify
from troth.core.ledger.notes import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    read_checkpoint,
    read_key,
    read_note,
    signed,
    verified,
)
from troth.core.ledger.tree import (
    HASH_BYTES,
    Growing,
    consistency_path,
    leaf_hash,
    nodes_over,
    verify_consistency,
)

_AT_ONCE = 1_000
_SECONDS = 30


class LogRefusedError(RuntimeError):
    """The log is not the one that was seen before: it was shortened, forked or rewritten."""

    code = "ledger.refused"


class LogUnreadableError(RuntimeError):
    """The log to witness cannot be read. Check the address and the token, or the file."""

    code = "ledger.unreadable"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a witness has signed."""

    before: int  # entries of the checkpoint before it
    checkpoint: Checkpoint
    note: str  # with the witness's signature
    key: str  # of the witness, to verify it with


class LogView(Protocol):
    """What a witness asks a log."""

    def key(self) -> str: ...
    def checkpoint(self) -> str: ...
    def consistency(self, old_size: int, size: int) -> list[bytes]: ...
    def leaves(self, start: int, end: int) -> Iterator[bytes]: ...


class HttpLog:
    """A log behind an API. `fetch` reads the JSON of an address."""

    def __init__(self, fetch: Callable[[str], Any]) -> None:
        self._fetch = fetch

    def key(self) -> str:
        return str(self._fetch("/audit/checkpoint")["key"])

    def checkpoint(self) -> str:
        return str(self._fetch("/audit/checkpoint")["note"])

    def consistency(self, old_size: int, size: int) -> list[bytes]:
        asked = urlencode({"old": old_size, "new": size})
        return [bytes.fromhex(item) for item in self._fetch(f"/audit/consistency?{asked}")["path"]]

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            asked = urlencode({"start": start, "count": min(_AT_ONCE, end - start)})
            found = self._fetch(f"/audit/leaves?{asked}")["leaves"]
            if not found:
                return
            yield from map(bytes.fromhex, found)
            start += len(found)


class PackLog:
    """The log in an evidence pack that holds all of its entries."""

    def __init__(self, path: Path) -> None:
        try:
            with ZipFile(path) as pack:
                self._key, self._note = pack.read(KEY).decode(), pack.read(CHECKPOINT).decode()
                if json.loads(pack.read(PROOF))["from"] != 0:
                    raise LogUnreadableError(f"{path}: expected a pack that begins at entry 0.")
                self._leaves = [leaf_hash(line) for line in read_lines(pack, ENTRIES)]
        except (BadZipFile, OSError, KeyError, ValueError) as error:
            raise LogUnreadableError(f"{path}: no evidence pack: {error}") from error

    def key(self) -> str:
        return self._key

    def checkpoint(self) -> str:
        return self._note

    def consistency(self, old_size: int, size: int) -> list[bytes]:
        if size > len(self._leaves):
            raise LogUnreadableError(f"The pack has {len(self._leaves)} of {size} entries.")
        return consistency_path(old_size, size, nodes_over(self._leaves[:size]))

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        return iter(self._leaves[start:end])


def open_log(place: str, *, token: str = "") -> LogView:
    """A log by its address or by the evidence pack that it is in. Raises LogUnreadableError."""
    if not place.startswith(("http://", "https://")):
        return PackLog(Path(place))
    base = place.rstrip("/")
    base = base if base.endswith("/api/v1") else f"{base}/api/v1"

    def fetch(address: str) -> Any:
        request = Request(base + address, headers={"Authorization": f"Bearer {token}"})
        try:
            with urlopen(request, timeout=_SECONDS) as answer:
                return json.load(answer)
        except (OSError, ValueError) as error:
            raise LogUnreadableError(f"{base}{address}: {error}") from error

    return HttpLog(fetch)


class Witness:
    """A witness's own folder: its key, the log's, the last checkpoint and the leaves below it."""

    def __init__(self, folder: Path, *, name: str = "witness") -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = kept_key(folder / "witness.key", name=name, kind=COSIGNATURE)
        self._log_key, self._note = folder / "log.key", folder / "checkpoint"
        self._leaves = folder / "leaves"

    def see(self, log: LogView, *, key: str = "") -> Seen:
        """Sign the log's newest checkpoint. Raises LogRefusedError, NoteError, LogUnreadableError.

        `key` is the log's public key, from where it is trusted; otherwise the one that it had
        when it was first seen.
        """
        known = self._log_key.read_text("utf-8") if self._log_key.exists() else ""
        if key and known and read_key(key) != read_key(known):
            raise LogRefusedError(f"The log was first seen under another key: {known.strip()}.")
        trusted = read_key(known or key or log.key())
        note = read_note(log.checkpoint())
        verified(note, [trusted], verify)
        new = read_checkpoint(note.text)
        kept = self.kept()
        _judge(kept, new, log)
        self._append(log, 0 if kept is None else kept.size, new)
        at = int(time.time())
        made = signed(note.text, self._key.verifier, self._key.sign, at_seconds=at)
        written = note.with_signature(made).written()
        _replace(self._log_key, trusted.written() + "\n")
        _replace(self._note, written)
        return Seen(
            before=0 if kept is None else kept.size,
            checkpoint=new,
            note=written,
            key=self._key.verifier.written(),
        )

    def kept(self) -> Checkpoint | None:
        """The last checkpoint that was signed here."""
        if not self._note.exists():
            return None
        note = read_note(self._note.read_bytes())
        verified(note, [self._key.verifier], verify)
        return read_checkpoint(note.text)

    def _append(self, log: LogView, before: int, new: Checkpoint) -> None:
        """Take the new leaves over if they give the new root; otherwise nothing of them stays."""
        tree = Growing()
        with self._leaves.open("a+b") as file:
            # What a witness that was stopped had not yet signed is read again.
            file.truncate(before * HASH_BYTES)
            file.seek(0)
            while leaf := file.read(HASH_BYTES):
                tree.add(leaf)
            for leaf in log.leaves(before, new.size):
                tree.add(leaf)
                file.write(leaf)
            if (tree.size, tree.root()) != (new.size, new.root):
                file.truncate(before * HASH_BYTES)
                raise LogRefusedError(
                    f"The log has other entries than its checkpoint of {new.size} says: refused."
                )
            file.flush()
            os.fsync(file.fileno())


def kept_leaves(folder: Path) -> Iterator[bytes]:
    """The leaves in a witness's folder, as far as its checkpoint goes."""
    note = read_note((folder / "checkpoint").read_bytes())
    with (folder / "leaves").open("rb") as file:
        for _ in range(read_checkpoint(note.text).size):
            leaf = file.read(HASH_BYTES)
            if len(leaf) < HASH_BYTES:
                raise NoteError(f"{folder / 'leaves'} is shorter than the checkpoint beside it.")
            yield leaf


def _judge(kept: Checkpoint | None, new: Checkpoint, log: LogView) -> None:
    if kept is None:
        return
    if new.origin != kept.origin:
        raise LogRefusedError(f"This is the log {new.origin}; {kept.origin} was seen before.")
    if new.size < kept.size:
        raise LogRefusedError(
            f"The log was shortened: it had {kept.size} entries and has {new.size}. Refused."
        )
    path = [] if new.size == kept.size else log.consistency(kept.size, new.size)
    if not verify_consistency(
        old_size=kept.size, old_root=kept.root, size=new.size, root=new.root, path=path
    ):
        raise LogRefusedError(
            f"The log was forked: its {new.size} entries do not begin with the {kept.size} that "
            "were seen. Refused; keep this state folder as evidence."
        )


def _replace(path: Path, text: str) -> None:
    made = path.with_suffix(".new")
    made.write_text(text, "utf-8")
    made.replace(path)
