"""Groups of customers that are treated alike: by which rule, and why not by another."""

from troth.core.segments.placing import CellLook, Placement, RuleLook, looked_at, placed
from troth.core.segments.profile import Profile

__all__ = ["CellLook", "Placement", "Profile", "RuleLook", "looked_at", "placed"]
