"""When do two ways of writing a tax id, an e-mail address or a telephone number mean one?

Each gives the form to compare, or None where there is nothing to go by. Exact keys only: what is
merely similar is another stage's work.
"""

from __future__ import annotations

import unicodedata

_SHORTEST_TAX_ID = 5
_SHORTEST_PHONE_DIGITS = 7  # fewer is an extension or a service number


def normalise_tax_id(text: str | None) -> str | None:
    """Letters and digits only, upper case: "DE 123.456-789" → "DE123456789".

    None below five characters, without a digit, or when it is one character repeated.
    """
    kept = "".join(sign for sign in _folded(text).upper() if sign.isalnum())
    is_filler = len(set(kept)) < 2
    has_digit = any(sign.isdigit() for sign in kept)
    return None if len(kept) < _SHORTEST_TAX_ID or is_filler or not has_digit else kept


def normalise_email(text: str | None) -> str | None:
    """Trimmed, lower case. None where it is not name@domain."""
    kept = _folded(text).strip().lower()
    name, at, domain = kept.rpartition("@")
    is_whole = bool(name and at) and "." in domain.strip(".") and "@" not in name
    return kept if is_whole and not any(sign.isspace() for sign in kept) else None


def normalise_phone(text: str | None) -> str | None:
    """Digits, with a leading + where it is international: "0049 30/1234567" → "+49301234567".

    A number without a country is compared as it stands. None below seven digits, or when it is
    one digit repeated.
    """
    folded = _folded(text).strip().replace("(0)", "")
    digits = "".join(sign for sign in folded if sign in "0123456789")
    is_international = folded.startswith("+")
    if not is_international and digits.startswith("00"):
        digits, is_international = digits[2:], True
    if len(digits) < _SHORTEST_PHONE_DIGITS or len(set(digits)) < 2:
        return None
    return f"+{digits}" if is_international else digits


def _folded(text: str | None) -> str:
    """Full-width and other compatible forms as their plain ones."""
    return unicodedata.normalize("NFKC", text or "")
