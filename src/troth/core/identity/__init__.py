"""When two source records are one customer, and whose field wins."""

from troth.core.identity.golden import GoldenRecord, SourceFields, golden_record
from troth.core.identity.normalise import normalise_email, normalise_phone, normalise_tax_id
from troth.core.identity.resolve import (
    MOST_SHARERS,
    BridgeQuestion,
    IdentityRecord,
    Membership,
    ResolutionOutcome,
    SharedValue,
    customer_id,
    resolve,
)

__all__ = [
    "MOST_SHARERS",
    "BridgeQuestion",
    "GoldenRecord",
    "IdentityRecord",
    "Membership",
    "ResolutionOutcome",
    "SharedValue",
    "SourceFields",
    "customer_id",
    "golden_record",
    "normalise_email",
    "normalise_phone",
    "normalise_tax_id",
    "resolve",
]
