"""Has a value the form that its field asks for, and do two values say the same?

E-mail addresses, telephone numbers and tax ids go by the normalisers that identity joins by: well
formed is what records can be joined by. What has no form that can be checked here, as a country's
name in a language that is not known, is neither right nor wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from troth.core.calendars.instants import known_zone
from troth.core.identity import normalise_email, normalise_phone, normalise_tax_id
from troth.core.quality.countries import country_code
from troth.core.records.codes import PartyKind

_SIGNS = re.compile(r"[\W_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z\d]{5,8}|\d[a-z\d]{3}))*")
_POSTAL = re.compile(r"(?=.*\d)[a-z\d][a-z\d -]{1,8}[a-z\d]")
# What is typed where nothing is known, or to try a form out.
_FILLERS = frozenset(
    (
        *("na", "none", "null", "nil", "unknown", "notknown", "notavailable", "notapplicable"),
        *("unbekannt", "keine", "ka", "tbd", "tba", "todo", "missing", "test", "dummy"),
        *("x", "xx", "xxx"),
    )
)
# How postal codes are written: of the Universal Postal Union's list, those met most often.
_FIVE = re.compile(r"\d{5}")
_FOUR = re.compile(r"\d{4}")
_POSTAL_OF = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "EE", "HR", "TR", "MX"), _FIVE),
    **dict.fromkeys(("AT", "CH", "BE", "DK", "NO", "LU", "HU", "SI", "AU", "NZ", "ZA"), _FOUR),
    **dict.fromkeys(("SE", "CZ", "SK", "GR"), re.compile(r"\d{3} ?\d{2}")),
    "US": re.compile(r"\d{5}([- ]?\d{4})?"),
    "GB": re.compile(r"[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}"),
    "CA": re.compile(r"[a-z]\d[a-z] ?\d[a-z]\d"),
    "NL": re.compile(r"\d{4} ?[a-z]{2}"),
    "PL": re.compile(r"\d{2}-?\d{3}"),
    "PT": re.compile(r"\d{4}(-?\d{3})?"),
    "BR": re.compile(r"\d{5}-?\d{3}"),
    "JP": re.compile(r"\d{3}-?\d{4}"),
}


def is_in_form(name: str, value: str, *, country: str = "") -> bool | None:
    """Whether a value is one that its field can have; None where that cannot be said.

    `country`: the customer's, as a code or a name; postal codes go by it.
    """
    if name == "postal_code":
        return _is_postal_code(value, country)
    return _FORMS[name](value) if name in _FORMS else None


def say_the_same(name: str, one: str, other: str) -> bool:
    """Whether two values of a field are one, but for how they are written."""
    if one == other:
        return True
    if name == "phone":
        return _is_one_number(one, other)
    normalise = _NORMALISERS.get(name, _folded)
    # What has no form is compared as it stands: two slips may be one slip.
    return (normalise(one) or _folded(one)) == (normalise(other) or _folded(other))


def _folded(text: str) -> str:
    """Letters and digits alone, without accents, all small."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _SIGNS.sub("", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def _is_one_number(one: str, other: str) -> bool:
    """ "+49 30 1234567" and "030 1234567" are one: within a country its code is left out."""
    found = sorted(normalise_phone(text) or _folded(text) for text in (one, other))
    if found[0] == found[1]:
        return True
    far, near = found  # "+" sorts before digits
    if not far.startswith("+") or near.startswith("+") or not near.startswith("0"):
        return False
    return far.endswith(near.lstrip("0")) and len(near.lstrip("0")) >= _SHORTEST_WITHIN


_SHORTEST_WITHIN = 7  # digits after the leading nought


def _is_text(value: str) -> bool:
    """Whether it has a letter and is not what people type where they know nothing."""
    folded = _folded(value)
    return any(sign.isalpha() for sign in folded) and folded not in _FILLERS


def _is_country(value: str) -> bool | None:
    if country_code(value) is not None:
        return True
    # A longer word may be a name in a language that is not known here.
    return None if len(_folded(value)) > 3 and _is_text(value) else False


def _is_postal_code(value: str, country: str) -> bool:
    text = " ".join(value.split()).casefold()
    form = _POSTAL_OF.get(country_code(country) or "", _POSTAL)
    return form.fullmatch(text) is not None


def _is_time_zone(value: str) -> bool:
    return known_zone(value) is not None


_FORMS: dict[str, Callable[[str], bool | None]] = {
    "name": _is_text,
    "party_kind": lambda value: value in frozenset(PartyKind),
    "tax_id": lambda value: normalise_tax_id(value) is not None,
    "email": lambda value: normalise_email(value) is not None,
    "phone": lambda value: normalise_phone(value) is not None,
    "address": _is_text,
    "city": _is_text,
    "country": _is_country,
    "time_zone": _is_time_zone,
    "language": lambda value: _LANGUAGE.fullmatch(value.casefold()) is not None,
}
_STREET = re.compile(r"strasse|street|str\b|st\b")
_NORMALISERS: dict[str, Callable[[str], str | None]] = {
    "tax_id": normalise_tax_id,
    "email": normalise_email,
    "country": country_code,
    "address": lambda value: _folded(_STREET.sub("st", value.casefold())),
    "language": lambda value: re.split("[-_]", value.strip().casefold())[0],
}
