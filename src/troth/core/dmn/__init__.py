"""Decision models in FEEL: OMG DMN 1.1 to 1.5, read and asked."""

from __future__ import annotations

from troth.core.dmn.errors import DmnDocumentError, DmnError, DmnUnknownError
from troth.core.dmn.evaluating import Model
from troth.core.dmn.loading import load, model_of

__all__ = ["DmnDocumentError", "DmnError", "DmnUnknownError", "Model", "load", "model_of"]
