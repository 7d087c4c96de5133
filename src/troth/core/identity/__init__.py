"""When two source records are one customer, and whose field wins."""

from troth.core.identity.apart import customer_id
from troth.core.identity.golden import (
    Criterion,
    GoldenRecord,
    SourceFields,
    Survivorship,
    SurvivorshipError,
    golden_record,
)
from troth.core.identity.likely import LikelyPair
from troth.core.identity.normalise import normalise_email, normalise_phone, normalise_tax_id
from troth.core.identity.resolve import (
    MOST_SHARERS,
    BridgeQuestion,
    IdentityRecord,
    Membership,
    RecordPair,
    ResolutionOutcome,
    SharedValue,
    resolve,
)

__all__ = [
    "MOST_SHARERS",
    "BridgeQuestion",
    "Criterion",
    "GoldenRecord",
    "IdentityRecord",
    "LikelyPair",
    "Membership",
    "RecordPair",
    "ResolutionOutcome",
    "SharedValue",
    "SourceFields",
    "Survivorship",
    "SurvivorshipError",
    "customer_id",
    "golden_record",
    "normalise_email",
    "normalise_phone",
    "normalise_tax_id",
    "resolve",
]
