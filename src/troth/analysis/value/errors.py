"""What can be wrong with the data of a model of value?"""

from __future__ import annotations


class FitError(ValueError):
    """A model cannot be fitted to this. The message says what is wrong with the data."""

    code = "value:fit"


class PairingError(FitError):
    """A customer is given to a model that is not made for them. The message says which is."""

    code = "value:pairing"
