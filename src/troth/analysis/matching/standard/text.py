"""What is left of a text once case, accents and punctuation are gone?"""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not take apart into a plain one and a mark.
_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "ı": "i",
        "ħ": "h",
    }
)
_APOSTROPHES = re.compile(r"['’`´ʼ]")
_NOT_WORD = re.compile(r"[\W_]+")


def folded(text: str | None) -> str:
    """Lower case, no accents, words one space apart: "O’Brien-Müller" → "obrien muller".

    Letters of other scripts stay as they are. Empty where there is no letter or digit.
    """
    if not text:
        return ""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
        text = "".join(mark for mark in text if not unicodedata.combining(mark))
        text = unicodedata.normalize("NFC", text)
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", text.lower())).strip()


def squeezed(text: str | None) -> str:
    """Letters and digits only, lower case: "DE 123.456" → "de123456"."""
    return folded(text).replace(" ", "")
