"""What can be wrong with the data of a model of value?"""

from __future__ import annotations


class FitError(ValueError):
    """A model cannot be fitted to this. The message says what is wrong with the data."""

    code = "value:fit"
