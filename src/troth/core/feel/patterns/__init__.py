"""Regular expressions of XPath and XQuery functions 3.1 (section 5.6), as FEEL asks for them.

Without back-references a match takes steps in proportion to pattern × text, whatever the pattern;
with them, no more than a budget.
"""

from __future__ import annotations

from troth.core.feel.patterns.matching import Match, Pattern, PatternBudgetError
from troth.core.feel.patterns.reading import PatternError

__all__ = ["Match", "Pattern", "PatternBudgetError", "PatternError"]
