"""What is a company called, once its legal form and the filling words are set aside?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from troth.analysis.matching.standard.legal_forms import LEADING, LEGAL_FORMS
from troth.analysis.matching.standard.text import folded

_AND = re.compile(r"\s*[&+]\s*")
_FILLERS = "the and und et y e en of der die das le la les de del di i"
_FILLING = frozenset(_FILLERS.split())
_LONGEST_FORM = 6  # words


@dataclass(frozen=True, kw_only=True, slots=True)
class CompanyName:
    """A company's name in parts, folded."""

    core: str | None  # without legal form and filling words: "muller sohne"
    form: str | None  # the legal form's name: "gmbh and co kg"
    tokens: tuple[str, ...]  # of the core, each once, in alphabetical order
    initials: str | None  # of the core, where it has three words or more: "ibm"


def company_name(text: str | None, *, country: str | None = None) -> CompanyName:
    """The parts of a company's name: "The Müller & Söhne GmbH & Co. KG" → muller sohne.

    `country` (ISO 3166-1 alpha-2) says whose forms come first; all countries' are known. A name
    that is nothing but a form keeps it as its core.
    """
    words = folded(_AND.sub(" and ", text)).split() if text else []
    if not words:
        return CompanyName(core=None, form=None, tokens=(), initials=None)
    forms = _forms((country or "").upper())
    rest, found = words, None
    for length in range(min(_LONGEST_FORM, len(words) - 1), 0, -1):
        found = forms.get(" ".join(words[-length:]))
        if found is not None:
            rest = words[:-length]
            break
    if found is None and len(words) > 1 and words[0] in LEADING:
        found, rest = words[0], words[1:]
    kept = [word for word in rest if word not in _FILLING] or rest
    initials = "".join(word[0] for word in kept) if len(kept) > 2 else None
    return CompanyName(
        core=" ".join(kept), form=found, tokens=tuple(sorted(set(kept))), initials=initials
    )


@cache
def _forms(country: str) -> dict[str, str]:
    """Writing → name of the form; the country's own win over others'."""
    found: dict[str, str] = {}
    for place in (country, *LEGAL_FORMS):
        for line in LEGAL_FORMS.get(place, ()):
            writings = [writing.strip() for writing in line.split(",")]
            for writing in writings:
                found.setdefault(writing, writings[0])
    return found
