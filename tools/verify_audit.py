"""Is an evidence pack of a Troth audit log what was signed? Checks it offline, without Troth.

    python verify_audit.py PACK.zip [--key NAME+ID+BASE64] [--since CHECKPOINT] [--time]

Standard library alone; `cryptography` only for the Ed25519 signature. Exit 0: all holds; 1: it
does not, and the first bad entry is named; 2: it could not be checked. It shares no code with
Troth, so that a mistake there is not a mistake here.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from zipfile import BadZipFile, ZipFile

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("verify_audit.py needs the package cryptography: pip install cryptography")

ENVELOPE = {
    "format", "at", "actor", "action", "subject", "customer", "policy_version", "reason",
    "detail", "rows", "facts", "commitments",
}  # fmt: skip


class BadError(Exception):
    """What does not hold: exit 1."""


class UnreadableError(Exception):
    """What cannot be checked: exit 2."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


class Tree:
    """The complete subtrees at the right edge: (leaves, hash), largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.edge: list[tuple[int, bytes]] = []

    def add(self, node: bytes, leaves: int = 1) -> None:
        self.size += leaves
        while self.edge and self.edge[-1][0] == leaves:
            left = self.edge.pop()[1]
            leaves, node = 2 * leaves, sha256(b"\x01" + left + node).digest()
        self.edge.append((leaves, node))

    def root(self) -> bytes:
        if not self.edge:
            return sha256(b"").digest()
        root = self.edge[-1][1]
        for _, left in reversed(self.edge[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """(name, id, public key) of `name+id+base64`."""
    try:
        name, shown, encoded = text.strip().split("+", 2)
        material = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise UnreadableError(f"{text!r} is no verifier key, name+id+base64") from error
    key_id = sha256(name.encode() + b"\n" + material).digest()[:4]
    if len(material) != 33 or material[0] != 1 or key_id.hex() != shown:
        raise UnreadableError(f"the key {name!r} is not Ed25519, or its id is not {shown}")
    return name, key_id, material[1:]


def read_checkpoint(note: str, key: tuple[str, bytes, bytes], where: str) -> tuple[int, bytes]:
    """(size, root) that the key has signed."""
    body, blank, lines = note.rpartition("\n\n")
    text = body + "\n"
    name, key_id, public = key
    for line in lines.split("\n"):
        parts = line.split(" ")
        if not blank or len(parts) != 3 or parts[0] != "—" or parts[1] != name:
            continue
        blob = base64.b64decode(parts[2], validate=True)
        if blob[:4] != key_id:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text.encode())
        except InvalidSignature:
            raise BadError(f"{where}: the signature is not over this text") from None
        origin, size, root, *_ = text.split("\n")
        if origin != name or not size.isascii() or not size.isdecimal():
            raise BadError(f"{where}: it is no checkpoint of {name}")
        return int(size), base64.b64decode(root, validate=True)
    raise BadError(f"{where}: {name}+{key_id.hex()} has not signed it")


# RFC 8785 for what stands in a pack: text, whole numbers, no key beyond the basic plane.
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def lines_of(pack: ZipFile, name: str) -> Iterator[bytes]:
    with pack.open(name) as file:
        for line in file:
            yield line.removesuffix(b"\n")


class Rows:
    """The rows of the pack, handed out entry by entry; `policies` gathers the versions named."""

    def __init__(self, pack: ZipFile) -> None:
        self._lines = lines_of(pack, "rows.jsonl")
        self._next = self._read()
        self.count = 0
        self.policies: dict[str, int] = {}

    def _read(self) -> tuple[int, bytes] | None:
        """(entry, leaf) of the next row: the leaf is the line without the entry's number."""
        line = next(self._lines, None)
        if line is None:
            return None
        entry, _, rest = line.removeprefix(b"[").partition(b",")
        return int(entry), b"[" + rest

    def of(self, index: int) -> Tree:
        """The tree over the rows of an entry."""
        tree = Tree()
        while self._next is not None and self._next[0] == index:
            leaf = self._next[1]
            if leaf.startswith(b'["store_policyversion",'):
                self.policies.setdefault(json.loads(leaf)[1], index)
            tree.add(leaf_hash(leaf))
            self._next = self._read()
        self.count += tree.size
        return tree

    def check_end(self, after: int) -> None:
        if self._next is not None:
            raise BadError(f"entry {self._next[0]}: it has rows and is not there up to {after}")


class Pack:
    """An open evidence pack, checked in order: signatures, entries and rows, roots, policies."""

    def __init__(self, pack: ZipFile, key_text: str, since: str) -> None:
        self.pack = pack
        proof = json.loads(pack.read("proof.json"))
        self.start, self.end, self.size = proof["from"], proof["to"], proof["size"]
        self.left, self.right = proof["left"], proof["right"]
        self.key_text = key_text or pack.read("log.key").decode()
        self.key = read_key(self.key_text)
        self.since = since
        self.marks: list[tuple[int, bytes, str]] = []
        self.agreed: list[str] = []
        self.agreed_size = 0
        self.rows = Rows(pack)
        self.tree = Tree()

    def check(self) -> None:
        self._read_marks()
        self._check_entries()
        for level, _, node in self.right:
            self._add(bytes.fromhex(node), 1 << level)
        if self.tree.size != self.size:
            raise BadError(f"entry {self.tree.size}: the proof does not reach {self.size}")
        for size, _, where in self.marks[:1]:
            raise BadError(f"entry {self.tree.size}: it is missing; {where} is over {size} entries")
        if self.since and self.since not in self.agreed:
            raise UnreadableError(f"{self.since} is over entries that are not in this pack")
        self._check_policies()

    def _read_marks(self) -> None:
        names = [name for name in self.pack.namelist() if name.startswith("checkpoints/")]
        for name in ["checkpoint.txt", *names]:
            self.marks.append(
                (*read_checkpoint(self.pack.read(name).decode(), self.key, name), name)
            )
        if self.marks[0][0] != self.size:
            raise BadError(f"checkpoint.txt is not over the {self.size} entries of proof.json")
        if self.since:
            with open(self.since, encoding="utf-8") as file:  # noqa: PTH123
                self.marks.append((*read_checkpoint(file.read(), self.key, self.since), self.since))
        self.marks = sorted(mark for mark in self.marks if mark[0] > self.start)

    def _check_entries(self) -> None:
        for level, _, node in self.left:
            self.tree.add(bytes.fromhex(node), 1 << level)
        if self.tree.size != self.start:
            raise BadError(f"entry {self.start}: the subtrees left of it do not reach it")
        leaves = lines_of(self.pack, "leaves.txt")
        for line in lines_of(self.pack, "entries.jsonl"):
            index = self.tree.size
            if index == self.end:
                raise BadError(f"entry {index}: it is one too many")
            leaf = leaf_hash(line)
            if next(leaves, b"").decode() != leaf.hex():
                raise BadError(f"entry {index}: it does not have its hash in leaves.txt")
            self._check_rows(index, line)
            self._add(leaf, 1)
        if self.tree.size != self.end:
            raise BadError(f"entry {self.tree.size}: it is missing; the last is {self.end - 1}")
        self.rows.check_end(self.end - 1)

    def _check_rows(self, index: int, line: bytes) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            raise BadError(f"entry {index}: it is not JSON") from None
        if not isinstance(said, dict) or set(said) != ENVELOPE:
            raise BadError(f"entry {index}: it is no envelope")
        if canonical(said).encode() != line:
            raise BadError(f"entry {index}: it is not in canonical form")
        tree = self.rows.of(index)
        root = tree.root().hex() if tree.size else ""
        if {"count": tree.size, "root": root} != said["rows"]:
            raise BadError(f"entry {index}: its rows are not those that it commits to")

    def _add(self, node: bytes, leaves: int) -> None:
        before = self.tree.size
        self.tree.add(node, leaves)
        # A root inside a subtree of which only the hash is here cannot be compared.
        while self.marks and self.marks[0][0] < self.tree.size and leaves > 1:
            self.marks.pop(0)
        while self.marks and self.marks[0][0] == self.tree.size:
            size, root, where = self.marks.pop(0)
            if root != self.tree.root():
                first = min(max(self.agreed_size, self.start), before)
                what = f"this or one up to {size - 1} is another than when {where} was signed"
                raise BadError(f"entry {first}: {what}")
            self.agreed.append(where)
            self.agreed_size = size

    def _check_policies(self) -> None:
        seen = set()
        for line in lines_of(self.pack, "policies.jsonl"):
            found = json.loads(line)
            if (
                "pol_" + sha256(canonical(found["document"]).encode()).hexdigest()[:24]
                != found["id"]
            ):
                index = self.rows.policies.get(found["id"], self.start)
                raise BadError(f"entry {index}: policy version {found['id']} has another content")
            seen.add(found["id"])
        for name, index in self.rows.policies.items():
            if name not in seen:
                raise BadError(f"entry {index}: policy version {name} is not in the pack")
        self.policies = len(seen)


def timed(pack: Pack, seconds: float) -> str:
    """How long it took, beside SHA-256 of the same bytes and nothing else."""
    content = b"".join(lines_of(pack.pack, "entries.jsonl"))
    before = time.perf_counter()
    sha256(content).digest()
    bare = time.perf_counter() - before
    ratio = f"{seconds / bare:,.0f} times as long"
    return f"{seconds:.3f} s; bare SHA-256 of these {len(content):,} bytes {bare:.4f} s: {ratio}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pack")
    parser.add_argument("--key", default="", help="the log's public key, from where you trust it")
    parser.add_argument("--since", default="", help="a checkpoint that you kept")
    parser.add_argument("--time", action="store_true", help="say how long it took")
    given = parser.parse_args()
    started = time.perf_counter()
    try:
        with ZipFile(given.pack) as opened:
            pack = Pack(opened, given.key, given.since)
            pack.check()
            seconds = time.perf_counter() - started
            print(f"entries {pack.start} to {pack.end - 1}: as they were written")
            print(f"{pack.rows.count} rows, {pack.policies} policy versions: as committed to")
            print(f"{len(pack.agreed)} checkpoints of {pack.key[0]}: signed, and their roots agree")
            if not given.key:
                print("the key was taken from the pack itself: compare it with one that you trust")
                print(f"  {pack.key_text.strip()}")
            if given.time:
                print(timed(pack, seconds))
    except BadError as error:
        print(f"BAD: {error}")
        return 1
    except (UnreadableError, BadZipFile, OSError, KeyError, ValueError, TypeError) as error:
        print(f"cannot be checked: {error!r}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
