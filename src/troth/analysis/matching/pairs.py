"""How alike are two records, and why?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MISSING = "missing"  # the level where a comparison says nothing
UNLIKE = "unlike"  # and where no level of the design holds


class Verdict(Enum):
    """What a pair's weight comes to."""

    MATCH = "match"
    POSSIBLE = "possible"  # for a steward to say
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What one comparison says, in bits: a step of the waterfall."""

    comparison: str  # "name"
    level: str  # "same surname, similar given name"; "unlike"; "missing"
    weight: float  # log2 of how much likelier this is within one customer
    # What is part of it: how much more, or less, since the value is rare or common.
    by_rarity: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPair:
    """Two records, the smaller key first, and the chance that they are one customer."""

    left: str  # record keys, "crm:0015x"
    right: str
    weight: float  # bits: the prior's and each comparison's, added
    probability: float
    prior_weight: float  # where the waterfall begins
    evidence: tuple[Evidence, ...]  # one a comparison, in the design's order
