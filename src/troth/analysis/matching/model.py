"""What was learnt about how records of one customer differ: the weights, and what they rest on.

A `MatchModel` is a value: frozen, dated, and written as canonical JSON (RFC 8785; numbers as
strings, so that they come back to the last bit). It holds no value of any record. How frequent
values are is personal data, so it is counted again from the records that are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from math import log2
from typing import Any

from troth.analysis.matching import conditions as kinds
from troth.analysis.matching.design import Blocking, Comparison, Design, Key, Level
from troth.analysis.matching.errors import MatchingError
from troth.core.ledger.canonical import canonical_text, read_canonical

FORMAT = "match-model/1"
_CONDITIONS = {
    kind.__name__: kind
    for kind in (
        kinds.Exact,
        kinds.Similar,
        kinds.Edits,
        kinds.Near,
        kinds.Shares,
        kinds.Crossed,
        kinds.EitherIs,
        kinds.All,
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Odds:
    """How often a level is met: among matches, and among other pairs."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """What the level says for a match, in bits."""
        return log2(self.m / self.u)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One round of learning."""

    rule: str  # the pairs that it looked at
    pairs: int
    iterations: int
    largest_change: float  # of any share in the last iteration
    is_converged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Grounds:
    """What a model rests on."""

    records: int
    sources: int
    pairs: int  # that were compared to find how common matches are
    expected_matches: float
    sessions: tuple[Session, ...]
    blocking_left_out: tuple[str, ...]  # rules that this workspace is too large for
    unobserved: tuple[str, ...]  # levels that no pair met, whose share is an assumption
    duplicate_free: bool  # no source has one customer twice


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchModel:
    """The weights of a design, for one workspace."""

    design: Design  # with the blocking rules that are used here
    prior: float  # the chance that two records taken at random are one customer
    # One entry a level of each comparison, in order; the last is for "unlike".
    odds: tuple[tuple[Odds, ...], ...]
    trained_at: datetime
    grounds: Grounds

    @property
    def prior_weight(self) -> float:
        """In bits, before anything was compared."""
        return log2(self.prior / (1 - self.prior))

    def to_json(self) -> str:
        """Canonical JSON: the same model has the same bytes."""
        return canonical_text({"format": FORMAT, **_plain(self)})

    @classmethod
    def from_json(cls, text: str) -> MatchModel:
        """Read back; raises `MatchingError` where the text is no model of this format."""
        found = read_canonical(text)
        if found is None or found.get("format") != FORMAT:
            raise MatchingError(
                f"this is no match model of the format {FORMAT!r}; train the workspace's again."
            )
        return cls(
            design=_design(found["design"]),
            prior=float(found["prior"]),
            odds=tuple(
                tuple(Odds(m=float(item["m"]), u=float(item["u"])) for item in levels)
                for levels in found["odds"]
            ),
            trained_at=datetime.fromisoformat(found["trained_at"]),
            grounds=_grounds(found["grounds"]),
        )


def design_text(design: Design) -> str:
    """A design as canonical JSON: the same comparisons and rules have the same bytes."""
    return canonical_text(_plain(design))


def _plain(value: Any) -> Any:
    """Mappings, lists and texts; a condition says its kind."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        found = {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
        name = type(value).__name__
        return {"is": name, **found} if name in _CONDITIONS else found
    return value


def _condition(found: Mapping[str, Any]) -> Any:
    kind = _CONDITIONS[found["is"]]
    values = {name: value for name, value in found.items() if name != "is"}
    if kind is kinds.All:
        return kinds.All(of=tuple(_condition(item) for item in values["of"]))
    for name in ("at_least", "of_shorter"):
        if isinstance(values.get(name), str):
            values[name] = float(values[name])
    return kind(**values)


def _design(found: Mapping[str, Any]) -> Design:
    return Design(
        kind=found["kind"],
        comparisons=tuple(
            Comparison(
                name=item["name"],
                needs=tuple(item["needs"]),
                needs_any=item["needs_any"],
                levels=tuple(
                    Level(name=level["name"], when=_condition(level["when"]), rare=level["rare"])
                    for level in item["levels"]
                ),
            )
            for item in found["comparisons"]
        ),
        **{
            name: tuple(
                Blocking(keys=tuple(Key(**key) for key in rule["keys"])) for rule in found[name]
            )
            for name in ("blocking", "training", "certain")
        },
    )


def _grounds(found: Mapping[str, Any]) -> Grounds:
    sessions = tuple(
        Session(**{**item, "largest_change": float(item["largest_change"])})
        for item in found["sessions"]
    )
    return Grounds(
        **{
            **found,
            "expected_matches": float(found["expected_matches"]),
            "sessions": sessions,
            "blocking_left_out": tuple(found["blocking_left_out"]),
            "unobserved": tuple(found["unobserved"]),
        }
    )
