"""Decision models in FEEL: OMG DMN 1.1 to 1.5, read, asked, changed and written."""

from __future__ import annotations

from troth.core.dmn.editing import (
    bytes_of,
    decision_table,
    logic_of,
    text_of,
    with_logic,
    with_table,
)
from troth.core.dmn.errors import DmnDocumentError, DmnError, DmnUnknownError
from troth.core.dmn.evaluating import Model
from troth.core.dmn.loading import load, model_of
from troth.core.dmn.writing import write

__all__ = [
    "DmnDocumentError",
    "DmnError",
    "DmnUnknownError",
    "Model",
    "bytes_of",
    "decision_table",
    "load",
    "logic_of",
    "model_of",
    "text_of",
    "with_logic",
    "with_table",
    "write",
]
