"""Of what does a kind of policy consist?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from troth.core.policies.scopes import Layer

OutputType = Literal["integer", "decimal", "text", "boolean", "list", "mapping"]
InputType = Literal["number", "text", "boolean", "instant"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, kw_only=True)
class OutputSpec:
    """One answer of a policy: its type, unit, direction, built-in default and what is valid."""

    name: str
    about: str
    type: OutputType
    unit: str = ""
    better: Better | None = None  # for the customer; only numbers have a direction
    default: Any = None  # None: no answer
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    allowed: tuple[Any, ...] = ()
    format: Literal["clock_time", "time_zone", "calendar"] | None = None
    item: OutputSpec | None = None  # what each entry of a list must be
    fields: tuple[OutputSpec, ...] = ()  # what a mapping must hold; empty: `format` decides
    layers: tuple[Layer, ...] = tuple(Layer)  # the layers that may answer it
    label: str = ""  # how people call it; by default the name in words

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))

    @property
    def is_number(self) -> bool:
        return self.type in ("integer", "decimal")


@dataclass(frozen=True, kw_only=True)
class InputSpec:
    """One fact that a table of this kind may ask for; null where it is not known."""

    name: str  # a name of FEEL, in one word
    about: str
    type: InputType
    unit: str = ""
    allowed: tuple[Any, ...] = ()  # all values there are; empty: any of the type
    is_whole: bool = False  # of a number


@dataclass(frozen=True, kw_only=True)
class PolicyKind:
    """One kind of policy: what its tables may ask for, and what it answers."""

    name: str
    about: str
    outputs: tuple[OutputSpec, ...]
    # Tier, segment, region and customer are no inputs but layers, so that precedence and opting
    # out can see them.
    inputs: tuple[InputSpec, ...] = ()
    by_name: Mapping[str, OutputSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {spec.name: spec for spec in self.outputs})
