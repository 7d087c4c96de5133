"""The expression language of policies: FEEL of OMG DMN 1.5, chapter 10."""

from __future__ import annotations

from troth.core.feel.civil import Clock, Day, Moment, Span, YearsMonths
from troth.core.feel.errors import (
    FeelBudgetError,
    FeelError,
    FeelSyntaxError,
    FeelValueError,
    Note,
)
from troth.core.feel.evaluating import Evaluation, Expression, evaluate
from troth.core.feel.values import Function, Range

__all__ = [
    "Clock",
    "Day",
    "Evaluation",
    "Expression",
    "FeelBudgetError",
    "FeelError",
    "FeelSyntaxError",
    "FeelValueError",
    "Function",
    "Moment",
    "Note",
    "Range",
    "Span",
    "YearsMonths",
    "evaluate",
]
