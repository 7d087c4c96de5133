"""Which single hash commits to a list, and what proves that an entry is in it or that it grew?

The Merkle tree of RFC 9162: its hash (section 2.1.1: a leaf is SHA-256(0x00 ‖ entry), a node is
SHA-256(0x01 ‖ left ‖ right), split at the largest power of two below the size), inclusion proofs
(2.1.3) and consistency proofs (2.1.4). Proofs are made from complete subtrees alone: the hash of
the 2^level leaves from leaf index × 2^level on, which never changes once it is complete.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

# The hash of a complete subtree: (level, index) → 32 bytes; level 0 is a leaf's hash.
Nodes = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def merkle_root(entries: Iterable[bytes]) -> bytes:
    """The root over the entries in their order, 32 bytes; memory grows with log(count)."""
    tree = Growing()
    for entry in entries:
        tree.add(leaf_hash(entry))
    return tree.root()


class Growing:
    """A tree that grows leaf by leaf and keeps the complete subtrees of its right edge alone."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # largest first: one for each 1 in the size's binary form

    @classmethod
    def from_nodes(cls, size: int, nodes: Nodes) -> Growing:
        """The tree of the first `size` leaves, to go on from."""
        tree = cls()
        tree.size = size
        tree._edge = [nodes(level, index) for level, index in _complete(0, size)]
        return tree

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf's hash; (level, index, hash) of the subtrees above it that it completes."""
        return self.add_subtree(0, leaf)

    def add_subtree(self, level: int, node: bytes) -> list[tuple[int, int, bytes]]:
        """Append 2^level leaves by their hash; the size must be a multiple of their number."""
        completed = []
        index, count = self.size >> level, 1 << level
        while index & 1:
            level, index, node = level + 1, index >> 1, node_hash(self._edge.pop(), node)
            completed.append((level, index, node))
        self._edge.append(node)
        self.size += count
        return completed

    def root(self) -> bytes:
        """The root over the leaves so far."""
        return _joined(self._edge)


def nodes_over(leaves: Sequence[bytes]) -> Nodes:
    """The complete subtrees over a list of leaf hashes that fits into memory."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = iter(levels[-1])
        # zip takes a node off a level of odd size before it finds no second one for it.
        levels.append([node_hash(*pair) for pair in zip(below, below, strict=False)])

    def node(level: int, index: int) -> bytes:
        return levels[level][index]

    return node


def root_of(size: int, nodes: Nodes) -> bytes:
    """The root over the first `size` leaves."""
    return _range_root(0, size, nodes)


def inclusion_path(index: int, size: int, nodes: Nodes) -> list[bytes]:
    """PATH(index, D[size]) of RFC 9162, section 2.1.3.1: the siblings from the leaf upwards.

    Raises ValueError where the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, nodes))
            end = middle
        else:
            path.append(_range_root(start, middle, nodes))
            start = middle
    return path[::-1]


def consistency_path(old_size: int, size: int, nodes: Nodes) -> list[bytes]:
    """PROOF(old_size, D[size]) of RFC 9162, section 2.1.4.1; empty where nothing was before.

    Raises ValueError where the tree has shrunk.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} does not extend one of {old_size}")
    if old_size == 0:
        return []
    start, end, is_whole = 0, size, True
    path: list[bytes] = []
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            path.append(_range_root(middle, end, nodes))
            end = middle
        else:
            path.append(_range_root(start, middle, nodes))
            start, is_whole = middle, False
    if not is_whole:
        path.append(_range_root(start, end, nodes))
    return path[::-1]


def edge_before(start: int) -> list[tuple[int, int]]:
    """(level, index) of the complete subtrees that cover the leaves before `start`."""
    return _complete(0, start)


def edge_behind(end: int, size: int) -> list[tuple[int, int]]:
    """(level, index) of the complete subtrees that cover the leaves from `end` to `size`."""
    found = []
    while end < size:
        aligned = (end & -end).bit_length() - 1 if end else size.bit_length()
        level = min(aligned, (size - end).bit_length() - 1)
        found.append((level, end >> level))
        end += 1 << level
    return found


def verify_inclusion(
    leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether a leaf's hash is leaf `index` of the tree with this size and root.

    RFC 9162, section 2.1.3.2. Size and root must come from one signed checkpoint: a path alone
    does not bind the size.
    """
    if not 0 <= index < size or any(len(item) != HASH_BYTES for item in (leaf, root, *path)):
        return False
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    *, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of `size` begins with the very leaves of the tree of `old_size`.

    RFC 9162, section 2.1.4.2; the empty tree, of which it says nothing, begins every tree.
    """
    if not 0 <= old_size <= size or any(
        len(item) != HASH_BYTES for item in (old_root, root, *path)
    ):
        return False
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT and (size > 0 or root == EMPTY_ROOT)
    if old_size == size:
        return not path and old_root == root
    if not path:
        return False
    is_power_of_two = old_size & (old_size - 1) == 0
    hashes = [old_root, *path] if is_power_of_two else list(path)
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = found = hashes[0]
    for item in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, found = node_hash(item, old_found), node_hash(item, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, item)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old_root and found == root


def _split(count: int) -> int:
    """The largest power of two below a count of at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _complete(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees, largest first, of which a range made by splitting consists."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _range_root(start: int, end: int, nodes: Nodes) -> bytes:
    return _joined([nodes(level, index) for level, index in _complete(start, end)])


def _joined(edge: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that stand side by side, largest first."""
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root
