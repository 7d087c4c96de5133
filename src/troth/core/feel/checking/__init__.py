"""What is wrong with an expression, before it is run? Types that never go together, and names."""

from __future__ import annotations

from troth.core.feel.checking.checker import Checked, check
from troth.core.feel.checking.findings import Effect, Finding

__all__ = ["Checked", "Effect", "Finding", "check"]
