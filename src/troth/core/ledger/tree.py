"""Which single hash commits to a list of rows?

The Merkle tree hash of RFC 9162, section 2.1.1: a leaf is SHA-256(0x00 ‖ entry), a node is
SHA-256(0x01 ‖ left ‖ right), and the split is the largest power of two below the size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def merkle_root(entries: Iterable[bytes]) -> bytes:
    """The root over the entries in their order, 32 bytes; memory grows with log(count)."""
    roots: list[tuple[int, bytes]] = []  # complete subtrees, largest first: (size, hash)
    for entry in entries:
        node = (1, leaf_hash(entry))
        while roots and roots[-1][0] == node[0]:
            size, left = roots.pop()
            node = (2 * size, _node_hash(left, node[1]))
        roots.append(node)
    if not roots:
        return EMPTY_ROOT
    root = roots.pop()[1]
    while roots:
        root = _node_hash(roots.pop()[1], root)
    return root


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
