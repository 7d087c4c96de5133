"""What is wrong in a model or a table, before it is asked? By decision, rule and column."""

from __future__ import annotations

from troth.core.dmn.checking.models import check
from troth.core.dmn.checking.problems import Place, Problem
from troth.core.dmn.checking.tables import check_table
from troth.core.dmn.checking.texts import TypeNames

__all__ = ["Place", "Problem", "TypeNames", "check", "check_table"]
