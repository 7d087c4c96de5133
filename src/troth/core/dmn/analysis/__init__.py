"""What is wrong with a decision table: gaps, conflicts and idle rules, each with a witness."""

from __future__ import annotations

from troth.core.dmn.analysis.analysing import analyse
from troth.core.dmn.analysis.columns import Column, columns_of
from troth.core.dmn.analysis.models import TableFound, analyse_model
from troth.core.dmn.analysis.records import (
    Analysis,
    CellPlace,
    Count,
    Finding,
    Kind,
    Limits,
    Witness,
)
from troth.core.dmn.analysis.running import Runner, Shown

__all__ = [
    "Analysis",
    "CellPlace",
    "Column",
    "Count",
    "Finding",
    "Kind",
    "Limits",
    "Runner",
    "Shown",
    "TableFound",
    "Witness",
    "analyse",
    "analyse_model",
    "columns_of",
]
