"""Which tier a customer is in, why, and what it takes to enter or leave."""

from troth.core.tiers.assign import (
    Threshold,
    TierDecision,
    TierThresholdsError,
    assign,
    check,
    history,
    months_held,
    thresholds_from,
)

__all__ = [
    "Threshold",
    "TierDecision",
    "TierThresholdsError",
    "assign",
    "check",
    "history",
    "months_held",
    "thresholds_from",
]
