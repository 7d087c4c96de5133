"""What does a request bring, read into the shape that its operation takes?"""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest
from ninja.errors import ValidationError
from pydantic import ValidationError as ShapeError

from troth.actions.event_records import Fault, is_storable
from troth.api.cloudevents import require_json
from troth.api.problems import ProblemError
from troth.api.shapes.shape import Shape

Body = TypeVar("Body", bound=Shape)


def body_of(request: HttpRequest, shape: type[Body]) -> Body:
    """The JSON body. Raises ProblemError, ValidationError with each fault of the input."""
    found = require_json(request)
    if not is_storable(found):
        fault = Fault(
            path="",
            found="a NUL, or half of a surrogate pair",
            expected="text",
            remedy="Remove the sign that cannot be shown.",
        )
        raise ProblemError("invalid", errors=[fault])
    try:
        return shape.model_validate(found)
    except ShapeError as error:
        raise ValidationError([dict(fault) for fault in error.errors()]) from error
