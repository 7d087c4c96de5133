"""When do two ways of writing a tax id, an e-mail address or a telephone number mean one?

Each gives the form to compare, or None where there is nothing to go by. Exact keys only: what is
merely similar is another stage's work.
"""

from __future__ import annotations

import re
import unicodedata

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_NOT_ASCII_DIGIT = re.compile(r"[^0-9]+")
_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.][^@\s]*\.[^@\s]*[^@\s.]")
_SHORTEST_TAX_ID = 5
_SHORTEST_PHONE_DIGITS = 7  # fewer is an extension or a service number


def normalise_tax_id(text: str | None) -> str | None:
    """Letters and digits only, upper case: "DE 123.456-789" → "DE123456789".

    None below five characters, without a digit, or when it is one character repeated.
    """
    kept = _NOT_ALPHANUMERIC.sub("", _folded(text).upper())
    if len(kept) < _SHORTEST_TAX_ID or not _DIGIT.search(kept) or _is_filler(kept):
        return None
    return kept


def normalise_email(text: str | None) -> str | None:
    """Trimmed, lower case. None where it is not name@domain."""
    kept = _folded(text).strip().lower()
    return kept if _EMAIL.fullmatch(kept) else None


def normalise_phone(text: str | None) -> str | None:
    """Digits, with a leading + where it is international: "0049 30/1234567" → "+49301234567".

    A number without a country is compared as it stands. None below seven digits, or when it is
    one digit repeated.
    """
    folded = _folded(text).strip().replace("(0)", "")
    digits = _NOT_ASCII_DIGIT.sub("", folded)
    is_international = folded.startswith("+")
    if not is_international and digits.startswith("00"):
        digits, is_international = digits[2:], True
    if len(digits) < _SHORTEST_PHONE_DIGITS or _is_filler(digits):
        return None
    return f"+{digits}" if is_international else digits


def _folded(text: str | None) -> str:
    """Full-width and other compatible forms as their plain ones."""
    if not text:
        return ""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _is_filler(text: str) -> bool:
    return text == text[0] * len(text)
