"""Which name was meant, where nobody knows the one that stands there?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_NEAR = 0.55  # of 1, the same; difflib's own measure for what a person would call alike
_MOST_SHOWN = 6


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The most alike of the known names; of two as alike the first in the alphabet."""
    wanted = _plain(name)
    best, found = _NEAR, None
    for other in sorted(known):
        matcher = SequenceMatcher(None, wanted, _plain(other), autojunk=False)
        if matcher.real_quick_ratio() < best or matcher.quick_ratio() < best:
            continue
        likeness = matcher.ratio()
        if likeness > best or (likeness == best and found is None):
            best, found = likeness, other
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def advice(name: str, known: Iterable[str], *, of: str) -> str:
    """What to write instead of a name that is not known."""
    names = sorted(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    if not names:
        return f"there is no {of} here"
    shown = ", ".join(f"`{other}`" for other in names[:_MOST_SHOWN])
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return f"known here: {shown}{more}"
