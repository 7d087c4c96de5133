"""On which day was a person born, however the day is written?"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

_EPOCH = date(1970, 1, 1).toordinal()
_ISO = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def birth_date(text: str | None) -> tuple[Any, ...]:
    """The day as it is compared: "19610802" → ("1961-08-02", -3074, "1961-02-08").

    First as written, year first; then its count from 1970-01-01, None where there is no such
    day; then with day and month changed round. Day before month where the year is last. All
    None where it cannot be read.
    """
    cleaned = (text or "").strip().partition(" ")[0].partition("T")[0]
    found = _ISO.fullmatch(cleaned)
    if found is not None:
        year, month, day = found.groups()
    else:
        found = _DAY_FIRST.fullmatch(cleaned)
        if found is None:
            return None, None, None
        day, month, year = (part.zfill(2) for part in found.groups())
    try:
        count = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        count = None
    return f"{year}-{month}-{day}", count, f"{year}-{day}-{month}"
