"""Who is a person called, however the name is written?

Titles and suffixes go, the family name is told from the given ones, and a short form of a given
name is led back to the long one. What a name is made of is told by `nameparser` where it is more
than two plain words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nameparser import HumanName
from nameparser.config import CONSTANTS

from troth.analysis.matching.standard.short_forms import LONG_FORMS
from troth.analysis.matching.standard.text import folded

# Words that nameparser takes for something else than a name: it must see them.
_KNOWN: Any = CONSTANTS
_NOT_NAMES = frozenset(
    "".join(letter for letter in word.lower() if letter.isalnum())
    for words in (
        _KNOWN.titles,
        _KNOWN.prefixes,
        _KNOWN.suffix_acronyms,
        _KNOWN.suffix_not_acronyms,
        _KNOWN.conjunctions,
        _KNOWN.first_name_titles,
        _KNOWN.bound_first_names,
        _KNOWN.non_first_name_prefixes,
    )
    for word in words
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonName:
    """A name's parts, folded; None where a part is not there."""

    given: str | None
    middle: str | None
    surname: str | None

    @property
    def root(self) -> str | None:
        """The given name's long form: "bob" → "robert"."""
        return None if self.given is None else LONG_FORMS.get(self.given, self.given)


def person_name(text: str | None) -> PersonName:
    """The parts of a whole name: "Dr. Bob van Dyke, Jr." → bob, van dyke.

    A single word is a surname. A comma turns the order round, as in "Dyke, Bob".
    """
    if not text or not text.strip():
        return PersonName(given=None, middle=None, surname=None)
    return _parsed(" ".join(text.split()))


def person_name_of(given: str | None, surname: str | None) -> PersonName:
    """The parts of a name that the source already told apart; more given names than one are
    given and middle."""
    first, _, rest = folded(given).partition(" ")
    return PersonName(given=first or None, middle=rest or None, surname=folded(surname) or None)


@lru_cache(maxsize=65_536)
def _parsed(text: str) -> PersonName:
    words = text.split(" ")
    if len(words) == 2 and text.isascii() and all(word.isalpha() for word in words):
        first, last = folded(words[0]), folded(words[1])
        if first not in _NOT_NAMES and last not in _NOT_NAMES and len(first) > 1 and len(last) > 1:
            return PersonName(given=first, middle=None, surname=last)
    name: Any = HumanName(text)
    given, surname = folded(name.first), folded(name.last)
    if not surname:
        given, surname = "", given or folded(text)
    return PersonName(
        given=given or None, middle=folded(name.middle) or None, surname=surname or None
    )
