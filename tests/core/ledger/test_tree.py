"""Is the tree RFC 9162's, and does a proof hold for nothing but what it proves?

The other side is written from the RFC's recursive definitions (2.1.1, 2.1.3.1, 2.1.4.1), word by
word; each control shows that the same check finds an implementation that lacks a rule.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256

import pytest

from troth.core.ledger.tree import (
    EMPTY_ROOT,
    Growing,
    consistency_path,
    inclusion_path,
    leaf_hash,
    merkle_root,
    node_hash,
    nodes_over,
    root_of,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(301)
MUTATED = 10_000
ENTRIES = [f"entry {number}".encode() for number in SIZES]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
NODES = nodes_over(LEAVES)

# Certificate Transparency's published leaves. Their roots are written out by hand from
# SHA-256(0x00 ‖ leaf) and SHA-256(0x01 ‖ left ‖ right), and are the ones that were published.
KNOWN_LEAVES = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
KNOWN_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # SHA-256("")
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",  # a
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",  # ab
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",  # (ab)c
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",  # (ab)(cd)
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",  # ((ab)(cd))e
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",  # ((ab)(cd))(ef)
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",  # ((ab)(cd))((ef)g)
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",  # ((ab)(cd))((ef)(gh))
)


def k_of(count: int) -> int:
    """The largest power of two smaller than n: k < n ≤ 2k."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


@cache
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]) by the definition."""
    count = end - start
    if count == 0:
        return sha256(b"").digest()
    if count == 1:
        return sha256(b"\x00" + ENTRIES[start]).digest()
    k = k_of(count)
    return sha256(b"\x01" + mth(start, start + k) + mth(start + k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]) by the definition."""
    count = end - start
    if count == 1:
        return []
    k = k_of(count)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, b: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], b) by the definition."""
    count = end - start
    if m == count:
        return [] if b else [mth(start, end)]
    k = k_of(count)
    if m <= k:
        return [*subproof(m, start, start + k, b), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def sizes_that_differ(root: Callable[[Sequence[bytes]], bytes]) -> list[int]:
    """The sizes of 0 to 300 for which an implementation and the definition disagree."""
    return [size for size in SIZES if root(ENTRIES[:size]) != mth(0, size)]


def test_the_root_of_every_size_is_the_one_of_the_definition() -> None:
    assert sizes_that_differ(merkle_root) == []
    assert [size for size in SIZES if root_of(size, NODES) != mth(0, size)] == []


def test_the_same_check_finds_an_implementation_without_the_rule_for_the_empty_tree() -> None:
    def without_the_rule(entries: Sequence[bytes]) -> bytes:
        level = [leaf_hash(entry) for entry in entries or [b""]]
        while len(level) > 1:
            level = [
                node_hash(*level[at : at + 2]) if at + 1 < len(level) else level[at]
                for at in range(0, len(level), 2)
            ]
        return level[0]

    assert sizes_that_differ(without_the_rule) == [0]


def test_the_same_check_finds_an_implementation_that_doubles_a_lone_node() -> None:
    def doubling(entries: Sequence[bytes]) -> bytes:
        level = [leaf_hash(entry) for entry in entries]
        while len(level) > 1:
            level += level[-1:] if len(level) % 2 else []
            level = [node_hash(*level[at : at + 2]) for at in range(0, len(level), 2)]
        return level[0] if level else EMPTY_ROOT

    differing = sizes_that_differ(doubling)
    assert differing == [size for size in SIZES if size & (size - 1)]  # all but powers of two


def test_the_roots_of_nought_to_eight_leaves_are_the_known_ones() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in KNOWN_LEAVES]
    found = [merkle_root(leaves[:size]).hex() for size in range(9)]
    assert found == list(KNOWN_ROOTS)


def test_a_growing_tree_gives_each_complete_subtree_once_and_goes_on_from_them() -> None:
    tree, kept = Growing(), dict[tuple[int, int], bytes]()
    for size, leaf in enumerate(LEAVES[:-1], start=1):
        completed = tree.add(leaf)
        assert not kept.keys() & {(level, index) for level, index, _ in completed}
        kept |= {(level, index): found for level, index, found in completed}
        assert tree.root() == mth(0, size)

    def stored(level: int, index: int) -> bytes:
        return kept[level, index] if level else LEAVES[index]

    # Below 300 leaves there are floor(300 / 2^level) complete subtrees of each level.
    assert len(kept) == sum(300 >> level for level in range(1, 9))
    for size in SIZES:
        again = Growing.from_nodes(size, stored)
        assert (again.size, again.root()) == (size, mth(0, size))
        if size < 300:
            again.add(LEAVES[size])
            assert again.root() == mth(0, size + 1)


def test_every_inclusion_path_is_the_definitions_and_verifies() -> None:
    for size in SIZES[1:]:
        for index in range(size):
            found = inclusion_path(index, size, NODES)
            assert found == path(index, 0, size)
            assert verify_inclusion(
                LEAVES[index], index=index, size=size, path=found, root=mth(0, size)
            )


def test_every_consistency_path_is_the_definitions_and_verifies() -> None:
    for size in SIZES[1:]:
        for old in range(1, size + 1):
            found = consistency_path(old, size, NODES)
            assert found == subproof(old, 0, size, True)
            assert verify_consistency(
                old_size=old, old_root=mth(0, old), size=size, root=mth(0, size), path=found
            )


def test_the_empty_tree_begins_every_tree_and_nothing_else_does_so_without_a_path() -> None:
    for size in SIZES:
        assert consistency_path(0, size, NODES) == []
        sound = {"old_size": 0, "old_root": EMPTY_ROOT, "size": size, "root": mth(0, size)}
        assert verify_consistency(**sound, path=[])
        assert not verify_consistency(**sound, path=[LEAVES[0]])
        assert not verify_consistency(**sound | {"old_root": LEAVES[0]}, path=[])
    assert not verify_consistency(old_size=0, old_root=EMPTY_ROOT, size=0, root=LEAVES[0], path=[])
    assert not verify_consistency(old_size=3, old_root=mth(0, 3), size=4, root=mth(0, 4), path=[])


def test_nobody_can_ask_for_a_leaf_or_a_size_that_is_not_there() -> None:
    for index, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="is not in a tree of"):
            inclusion_path(index, size, NODES)
        assert not verify_inclusion(LEAVES[0], index=index, size=size, path=[], root=LEAVES[0])
    for old, size in ((4, 3), (-1, 3)):
        with pytest.raises(ValueError, match="does not extend"):
            consistency_path(old, size, NODES)
        assert not verify_consistency(
            old_size=old, old_root=mth(0, 3), size=size, root=mth(0, 3), path=[]
        )


def _flipped(value: bytes, chance: random.Random) -> bytes:
    at, bit = chance.randrange(len(value)), 1 << chance.randrange(8)
    return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]


def _mutated_path(path: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """Another path: a bit flipped, an item left out, put in, doubled, cut or moved."""
    changed = list(path)
    at = chance.randrange(len(changed) + 1)
    kind = chance.choice(("flip", "drop", "insert", "double", "cut", "swap"))
    if kind == "insert" or not changed:
        changed.insert(at, chance.choice(LEAVES))
        return changed
    at = min(at, len(changed) - 1)
    if kind == "flip":
        changed[at] = _flipped(changed[at], chance)
    elif kind == "drop":
        del changed[at]
    elif kind == "double":
        changed.insert(at, changed[at])
    elif kind == "cut":
        changed[at] = changed[at][:-1]
    else:
        other = (at + 1) % len(changed)
        changed[at], changed[other] = changed[other], changed[at]
    return changed


def _mutated_inclusions(chance: random.Random, count: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while len(found) < count:
        size = chance.randrange(1, 301)
        index = chance.randrange(size)
        sound = {
            "leaf": LEAVES[index], "index": index, "size": size, "root": mth(0, size),
            "path": inclusion_path(index, size, NODES),
        }  # fmt: skip
        changed = dict(sound)
        kind = chance.choice(("path", "path", "leaf", "root", "index"))
        if kind == "path":
            changed["path"] = _mutated_path(sound["path"], chance)  # type: ignore[arg-type]
        elif kind == "index":
            changed["index"] = chance.randrange(size)
        else:
            changed[kind] = _flipped(sound[kind], chance)  # type: ignore[arg-type]
        if changed != sound:
            found.append(changed)
    return found


def _mutated_consistencies(chance: random.Random, count: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    while len(found) < count:
        size = chance.randrange(2, 301)
        old = chance.randrange(1, size)
        sound = {
            "old_size": old, "old_root": mth(0, old), "size": size, "root": mth(0, size),
            "path": consistency_path(old, size, NODES),
        }  # fmt: skip
        changed = dict(sound)
        kind = chance.choice(("path", "path", "root", "old_root", "old_size"))
        if kind == "path":
            changed["path"] = _mutated_path(sound["path"], chance)  # type: ignore[arg-type]
        elif kind == "old_size":
            changed["old_size"] = chance.randrange(1, size)
        else:
            changed[kind] = _flipped(sound[kind], chance)  # type: ignore[arg-type]
        if changed != sound:
            found.append(changed)
    return found


def test_no_mutated_proof_is_believed() -> None:
    chance = random.Random(9162)
    inclusions = _mutated_inclusions(chance, MUTATED // 2)
    consistencies = _mutated_consistencies(chance, MUTATED // 2)
    assert len(inclusions) + len(consistencies) == MUTATED
    believed = [one for one in inclusions if verify_inclusion(one.pop("leaf"), **one)]  # type: ignore[arg-type]
    believed += [one for one in consistencies if verify_consistency(**one)]  # type: ignore[arg-type]
    assert believed == []


def test_the_same_mutations_deceive_a_verifier_that_does_not_compare_the_old_root() -> None:
    def careless(*, old_root: bytes, **proof: object) -> bool:
        # Believes any old root with which the path leads to the new one, as if it had none.
        return any(
            verify_consistency(old_root=root, **proof)  # type: ignore[arg-type]
            for root in (old_root, mth(0, proof["old_size"]))  # type: ignore[arg-type]
        )

    changed = _mutated_consistencies(random.Random(9162), 1_000)
    assert sum(careless(**one) for one in changed) > 100  # type: ignore[arg-type]
