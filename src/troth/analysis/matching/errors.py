"""What can matching not be asked?"""

from __future__ import annotations


class MatchingError(ValueError):
    """Records cannot be matched like this. The message says what is missing and what to do."""

    code = "matching:records"
