"""What do all shapes have in common? They are read from records, and each shows an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

# Records say "" where there is nothing; programs are told null.
Maybe = Annotated[str | None, BeforeValidator(lambda value: value or None)]


def _no_number(found: object) -> object:
    """Pydantic reads a number as seconds since 1970, and our description promises a date-time."""
    try:
        float(str(found))
    except ValueError:
        return found
    raise ValueError("Write it as 2026-01-31T09:00:00Z, with its offset.")


Instant = Annotated[AwareDatetime, BeforeValidator(_no_number), Field(strict=False)]


class Shape(BaseModel):
    """One thing that the API says or takes."""

    model_config = ConfigDict(from_attributes=True)
    EXAMPLE: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core_schema))
        schema["examples"] = [dict(cls.EXAMPLE)]
        return schema


class Paging(BaseModel):
    """How far to read in a list."""

    limit: int = Field(50, ge=1, le=200, description="At most so many rows.", examples=[50])
    cursor: str = Field(
        "",
        max_length=2_000,
        description="Where to go on: what `next` of the answer before holds. Opaque.",
        examples=[""],
    )


class Listing(Shape):
    """One slice of a list. Follow `next` until `has_more` is false."""

    has_more: bool = Field(description="Whether there are rows behind these.")
    next: str | None = Field(description="Address of the rows behind these; null at the end.")


def listed(item: type[Shape], path: str) -> dict[str, Any]:
    """The example of a list: one row, and more behind it."""
    return {
        "data": [item.EXAMPLE],
        "has_more": True,
        "next": f"/api/v1{path}?limit=1&cursor=WyI0ZjFjIiwgImN1c18wMSJd",
    }


class FieldFault(Shape):
    """One fault of an input."""

    path: str = Field(description="Where: `data.total.currency`; empty for the whole.")
    found: str = Field(description="What stands there; the type alone where it is personal.")
    expected: str = Field(description="What should.")
    remedy: str = Field(description="What to do.")
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "path": "facts.placed_at",
        "found": "'yesterday'",
        "expected": "an instant with its zone",
        "remedy": "Write it as 2026-01-31T09:00:00Z.",
    }


class Problem(Shape):
    """Why a request failed, as RFC 9457 has it."""

    type: str = Field(description="Path of the page that explains this kind of problem.")
    title: str = Field(description="The kind of problem, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="This very problem, and what to do about it.")
    instance: str = Field(description="The address asked for, or a reference for the operator.")
    errors: list[FieldFault] | None = Field(
        None, description="Each fault of the input, where single faults are known."
    )
    EXAMPLE: ClassVar[Mapping[str, Any]] = {
        "type": "/problems/invalid",
        "title": "The request holds faults",
        "status": 422,
        "detail": "Correct each fault that `errors` names; nothing of the request was done.",
        "instance": "/api/v1/decisions/promise",
        "errors": [FieldFault.EXAMPLE],
    }
