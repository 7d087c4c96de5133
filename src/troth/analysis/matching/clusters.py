"""Which records are one customer, once it is known which pairs are?

Pairs are taken from the likeliest to the least, so that the answer does not depend on the order
in which they come; a group is named after its first record, in the records' own order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def clusters(
    keys: Sequence[str],
    matches: Iterable[tuple[str, str]],
    *,
    sources: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Each record's group, by the key of the group's first record.

    `matches` come with the likeliest first. With `sources` (record key → system) no group gets
    two records of one system: a pair that would put them together is passed over.
    """
    place = {key: at for at, key in enumerate(keys)}
    parents = list(range(len(keys)))
    held = [{sources[key]} for key in keys] if sources is not None else None
    for left, right in matches:
        one, other = _root(parents, place[left]), _root(parents, place[right])
        if one == other or (held is not None and held[one] & held[other]):
            continue
        first, second = min(one, other), max(one, other)
        parents[second] = first
        if held is not None:
            held[first] |= held[second]
    return {key: keys[_root(parents, at)] for at, key in enumerate(keys)}


def _root(parents: list[int], at: int) -> int:
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at
