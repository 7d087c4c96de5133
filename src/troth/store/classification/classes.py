"""How sensitive is a field, or a whole row as it was delivered?"""

from __future__ import annotations

from functools import cache

from troth.core.records.kinds import BY_NAME
from troth.core.records.values import Sensitivity

# Of what is not declared, nobody knows what it says of whom.
_UNKNOWN = Sensitivity.RESTRICTED


@cache
def class_of(kind: str, name: str) -> Sensitivity:
    """The class of a field, from the record's metadata; of one that is not there, the worst."""
    found = BY_NAME.get(kind)
    for spec in found.fields if found else ():
        if name in {column for column, _ in spec.columns}:
            return spec.sensitivity
    return _UNKNOWN


@cache
def class_of_row(kind: str) -> Sensitivity:
    """That of its most sensitive field; personal at least, since it holds what nobody mapped."""
    found = BY_NAME.get(kind)
    if found is None:
        return _UNKNOWN
    classes = {spec.sensitivity for spec in found.fields} | {Sensitivity.PERSONAL}
    return max(classes, key=list(Sensitivity).index)
