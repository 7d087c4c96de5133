"""Which roles are there, and what may each of them do at all?

The short form of the table in `rights`, for those who ask of no particular thing.
"""

from __future__ import annotations

from troth.core.access.deciding import may, reach
from troth.core.access.vocabulary import Relation, Right, Role

__all__ = ["RIGHTS", "Relation", "Right", "Role", "may", "reach"]

RIGHTS: dict[Role, frozenset[Right]] = {
    role: frozenset(right for right in Right if may(role, right)) for role in Role
}
