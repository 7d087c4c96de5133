"""How good is what is known of a customer: complete, valid, consistent, fresh, verified?"""

from troth.core.quality.countries import country_code
from troth.core.quality.expected import FIELDS, Expected
from troth.core.quality.forms import is_in_form, say_the_same
from troth.core.quality.judging import (
    MEASURES,
    CustomerQuality,
    Feed,
    FieldQuality,
    Held,
    Loss,
    Measure,
    Said,
    judge,
    mean_of,
)

__all__ = [
    "FIELDS",
    "MEASURES",
    "CustomerQuality",
    "Expected",
    "Feed",
    "FieldQuality",
    "Held",
    "Loss",
    "Measure",
    "Said",
    "country_code",
    "is_in_form",
    "judge",
    "mean_of",
    "say_the_same",
]
