"""Which house is meant, however the address is written?

A street line becomes a house number and the words of the street with their abbreviations
written out, by the country's language; a post code becomes its letters and digits, and the area
that its beginning names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from troth.analysis.matching.standard.text import folded, squeezed

_ENGLISH = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue",
    "blvd": "boulevard", "dr": "drive", "ln": "lane", "ct": "court", "pl": "place",
    "sq": "square", "hwy": "highway", "pkwy": "parkway", "cres": "crescent", "cir": "circle",
    "cct": "circuit", "crct": "circuit", "tce": "terrace", "ter": "terrace", "gdns": "gardens",
    "gr": "grove", "n": "north", "s": "south", "e": "east", "w": "west", "ne": "northeast",
    "nw": "northwest", "se": "southeast", "sw": "southwest", "mt": "mount",
    "pde": "parade", "cl": "close",
}  # fmt: skip
_GERMAN = {"str": "strasse", "pl": "platz", "bgm": "burgermeister", "st": "sankt"}
_FRENCH = {
    "r": "rue", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard",
    "pl": "place", "all": "allee", "ch": "chemin", "imp": "impasse", "rte": "route",
    "fg": "faubourg", "st": "saint", "ste": "sainte",
}  # fmt: skip
_SPANISH = {
    "c": "calle", "cl": "calle", "av": "avenida", "avda": "avenida", "pza": "plaza",
    "pl": "plaza", "ctra": "carretera", "pso": "paseo",
}  # fmt: skip
_ITALIAN = {
    "v": "via",
    "vle": "viale",
    "pza": "piazza",
    "p": "piazza",
    "c": "corso",
    "cso": "corso",
}
_DUTCH = {"str": "straat", "ln": "laan", "pl": "plein", "wg": "weg"}
_PORTUGUESE = {"r": "rua", "av": "avenida", "pca": "praca", "tv": "travessa"}
_WORDS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("DE", "AT", "CH", "LI"), _GERMAN),
    **dict.fromkeys(("FR", "LU", "MC"), _FRENCH),
    **dict.fromkeys(("ES", "MX", "AR", "CL", "CO"), _SPANISH),
    "IT": _ITALIAN,
    **dict.fromkeys(("NL", "BE"), _DUTCH),
    **dict.fromkeys(("PT", "BR"), _PORTUGUESE),
}
_JOINED = {"DE": ("str", "strasse"), "AT": ("str", "strasse"), "CH": ("str", "strasse"),
           "NL": ("str", "straat"), "BE": ("str", "straat")}  # fmt: skip
_UNIT = re.compile(
    r"\b(?:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|level|app|wohnung|whg|etage|piso|bus)"
    r"\b.*$|\b(?:first|second|third|1st|2nd|3rd|\d{1,2}th) floor\b.*$|#\s*\w+.*$",
    re.IGNORECASE,
)
# In English "12 N Main" goes north; elsewhere "12 a" is one house.
_NUMBER = re.compile(r"\b\d+[a-z]?\b(?:\s?[-/]\s?\d+[a-z]?\b)?", re.IGNORECASE)
_SPACED = re.compile(r"\b\d+(?:\s?[a-z])?\b(?:\s?[-/]\s?\d+[a-z]?\b)?", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)$")
# Countries whose post code starts with an area of this many characters.
_AREA = {"DE": 2, "AT": 2, "CH": 2, "FR": 2, "ES": 2, "IT": 2, "US": 3, "NL": 2, "BE": 2, "AU": 2}
_GB = re.compile(r"([a-z]{1,2}\d[a-z\d]?)(\d[a-z]{2})")
_US = re.compile(r"(\d{5})\d{4}")


@dataclass(frozen=True, kw_only=True, slots=True)
class StreetLine:
    """A line of an address."""

    number: str | None  # "12a"
    street: str | None  # "main street"


def street_line(text: str | None, *, country: str | None = None) -> StreetLine:
    """House number and street: "Haupt-Str. 12 a" in DE → 12a, hauptstrasse.

    Without a country the words are read as English. A unit ("Apt 4") is left out. The number
    is the first one where the line begins with it, else the last.
    """
    if not text or not text.strip():
        return StreetLine(number=None, street=None)
    line = _UNIT.sub("", text.replace(",", " ").replace("\n", " ")).strip() or text
    place = (country or "").upper()
    found = _number(line, place)
    number = None
    if found is not None:
        number = squeezed(re.split("[-/]", found.group())[0])
        line = line[: found.start()] + " " + line[found.end() :]
    words = [_written_out(word, place) for word in folded(line).split()]
    if len(words) > 1 and words[-1] in ("strasse", "straat"):
        words[-2:] = [words[-2] + words[-1]]  # "Haupt-Straße" is "Hauptstraße"
    return StreetLine(number=number or None, street=" ".join(words) or None)


def postcode(text: str | None, *, country: str | None = None) -> tuple[str | None, str | None]:
    """A post code and its area: "SW1A 2BJ" → sw1a2bj, sw1a. A US code loses its last four."""
    code = squeezed(text)
    if not code:
        return None, None
    place = (country or "").upper()
    us = _US.fullmatch(code)
    if us is not None and place in ("", "US"):
        code = us.group(1)
    british = _GB.fullmatch(code)
    if british is not None and place in ("", "GB"):
        return code, british.group(1)
    return code, code[: _AREA.get(place, 3)]


def _number(line: str, country: str) -> re.Match[str] | None:
    """Where the house number stands; an ordinal that names a street ("52nd") is none."""
    found = list((_SPACED if country in _WORDS else _NUMBER).finditer(line))
    if not found:
        return None
    return found[0] if found[0].start() == 0 else found[-1]


def _written_out(word: str, country: str) -> str:
    ordinal = _ORDINAL.match(word)
    if ordinal is not None:
        return ordinal.group(1)
    ending, whole = _JOINED.get(country, ("", ""))
    if ending and len(word) > len(ending) and word.endswith(ending):
        return word.removesuffix(ending) + whole
    return _WORDS.get(country, _ENGLISH).get(word, word)
