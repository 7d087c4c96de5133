"""The functions that FEEL has built in (DMN 1.5, 10.3.4)."""

from __future__ import annotations

from troth.core.feel.builtins import (  # noqa: F401 - each adds its functions to the table
    contexts,
    conversion,
    lists,
    numbers,
    ranges,
    statistics,
    strings,
    temporal,
)
from troth.core.feel.builtins.table import FUNCTIONS

__all__ = ["FUNCTIONS"]
