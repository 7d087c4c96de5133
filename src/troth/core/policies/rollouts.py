"""What is a roll-out: which stages, watched by which guardrails, and when must it be undone?

policy: {kind: lead_time, scope: company, outputs: {service_quantile: "0.8"}}
stages:
  - {share: 10}
  - {share: 50, starts_at: 2026-06-01T00:00:00Z}
  - {share: 100}
guardrails:
  - {measure: promise_coverage, worse_by: 5, minimum: 50}
reason: Nearer dates sell more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from troth.core.ledger.canonical import decimal_text, instant_text
from troth.core.policies.audiences import (
    WHOLE,
    Audience,
    audience_document,
    percent,
    read_audience,
    read_share,
)
from troth.core.policies.kinds import kind_named
from troth.core.policies.outputs import Fault, FaultError, refuse, unknown_key
from troth.core.policies.versions import (
    InvalidPolicyError,
    PolicyVersion,
    as_instant,
    from_document,
)

MOST_STAGES = 20
MOST_GUARDRAILS = 20
_KEYS = ("policy", "change", "stages", "guardrails", "reason")
_POLICY = ("kind", "scope", "outputs", "table", "clause")
_STAGE = ("share", "regions", "starts_at")
_GUARDRAIL = ("measure", "worse_by", "bound", "minimum")
_T = TypeVar("_T")
_ANY_INSTANT = "2000-01-01T00:00:00Z"  # until a stage is published, no version has a beginning


@dataclass(frozen=True, kw_only=True)
class StagePlan:
    """One stage: for whom, and from when; None: when somebody advances to it."""

    share: int  # basis points
    regions: tuple[str, ...] = ()  # empty: all
    starts_at: datetime | None = None

    def audience(self, key: str) -> Audience | None:
        """Its audience in the roll-out that is called so; None: everybody."""
        if self.share >= WHOLE and not self.regions:
            return None
        return Audience(
            share=self.share, key=key if self.share < WHOLE else "", regions=self.regions
        )

    def __str__(self) -> str:
        who = self.audience("stage")
        return "everybody" if who is None else str(who)


@dataclass(frozen=True, kw_only=True)
class Guardrail:
    """When a measure inside the stage is so bad that the roll-out is undone by itself."""

    measure: str
    minimum: int  # counted rows, inside and, to be compared, outside too
    worse_by: Decimal | None = None  # than outside, in the measure's unit
    bound: Decimal | None = None  # the worst value that is borne, whatever it is outside


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one measure came to, inside the stage and outside."""

    measure: str
    unit: str
    is_higher_better: bool
    inside: Decimal | None  # None: nothing to measure
    outside: Decimal | None
    inside_count: int
    outside_count: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A guardrail beside what was measured."""

    guardrail: Guardrail
    reading: Reading
    is_enough: bool  # whether as much was counted as the guardrail asks for
    is_crossed: bool

    @property
    def sentence(self) -> str:
        """ "promise_coverage: 71 % inside (120 counted), 89 % outside (1080): worse by 18 …"."""
        found, rail = self.reading, self.guardrail
        inside, outside = _told(found.inside, found.unit), _told(found.outside, found.unit)
        counts = f"inside ({found.inside_count:,} counted), {outside} outside"
        parts = [f"{found.measure}: {inside} {counts} ({found.outside_count:,})"]
        if rail.worse_by is not None:
            parts.append(f"at most {decimal_text(rail.worse_by)} worse is borne")
        if rail.bound is not None:
            side = "at least" if found.is_higher_better else "at most"
            parts.append(f"{side} {_told(rail.bound, found.unit)} is asked for")
        if not self.is_enough:
            parts.append(f"fewer than {rail.minimum:,} counted")
        return "; ".join(parts)


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """A change of one policy, its stages and what watches over them."""

    content: PolicyVersion  # its number and instants say nothing yet
    stages: tuple[StagePlan, ...]  # each covers the one before; the last is for everybody
    guardrails: tuple[Guardrail, ...]
    reason: str


class InvalidRolloutError(ValueError):
    """This is no roll-out. Correct what each fault names, and start it again."""

    code = "policy:rollout:invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(fault.sentence for fault in faults))


def judged(guardrail: Guardrail, reading: Reading) -> Verdict:
    """Whether what was measured crosses a guardrail. Too little of it crosses none."""
    sign = 1 if reading.is_higher_better else -1
    inside, outside = reading.inside, reading.outside
    has_inside = inside is not None and reading.inside_count >= guardrail.minimum
    has_both = has_inside and outside is not None and reading.outside_count >= guardrail.minimum
    is_worse = is_beyond = False
    if guardrail.worse_by is not None and has_both:
        assert inside is not None
        assert outside is not None
        is_worse = (outside - inside) * sign > guardrail.worse_by
    if guardrail.bound is not None and has_inside:
        assert inside is not None
        is_beyond = (guardrail.bound - inside) * sign > 0
    is_enough = has_both if guardrail.worse_by is not None else has_inside
    return Verdict(
        guardrail=guardrail,
        reading=reading,
        is_enough=is_enough,
        is_crossed=is_worse or is_beyond,
    )


def read_rollout(
    found: Any, *, author: str, measures: Sequence[str], content: PolicyVersion | None = None
) -> RolloutPlan:
    """The roll-out of a document as the module shows one. Raises InvalidRolloutError.

    `content`: what is rolled out where the document names a change in place of a policy. Where
    the last stage is not for everybody, one that is follows it, when somebody advances.
    """
    if not isinstance(found, Mapping):
        remedy = "Write policy:, stages:, guardrails: and reason:."
        raise InvalidRolloutError(
            [Fault(path="document", found=repr(found), expected="a mapping", remedy=remedy)]
        )
    faults = [unknown_key(str(key), key, _KEYS, "one of") for key in found if key not in _KEYS]
    reason = found.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        remedy = "Say in a sentence why it is rolled out."
        faults.append(Fault(path="reason", found=repr(reason), expected="text", remedy=remedy))
    if content is None or found.get("policy") is not None:
        content = _content(found.get("policy"), author, str(reason), faults)
    stages = _listed(found.get("stages"), "stages", MOST_STAGES, _stage, faults)
    guardrails = _listed(
        found.get("guardrails") or [], "guardrails", MOST_GUARDRAILS,
        lambda row, path: _guardrail(row, path, measures), faults,
    )  # fmt: skip
    if not stages and not faults:
        remedy = "Write at least one, as {share: 10}."
        faults.append(Fault(path="stages", found="none", expected="stages", remedy=remedy))
    if content is not None and not faults:
        faults += _unfit(content, stages)
    if faults or content is None:
        raise InvalidRolloutError(faults)
    if stages[-1].audience("k") is not None:
        stages = [*stages, StagePlan(share=WHOLE)]
    return RolloutPlan(
        content=content,
        stages=tuple(stages),
        guardrails=tuple(guardrails),
        reason=str(reason).strip(),
    )


def stage_document(stage: StagePlan) -> dict[str, Any]:
    """The plain mapping that a stage is read from."""
    document: dict[str, Any] = {"share": percent(stage.share)}
    if stage.regions:
        document["regions"] = list(stage.regions)
    if stage.starts_at is not None:
        document["starts_at"] = instant_text(stage.starts_at)
    return document


def guardrail_document(guardrail: Guardrail) -> dict[str, Any]:
    """The plain mapping that a guardrail is read from."""
    document: dict[str, Any] = {"measure": guardrail.measure, "minimum": guardrail.minimum}
    for name in ("worse_by", "bound"):
        value = getattr(guardrail, name)
        if value is not None:
            document[name] = decimal_text(value)
    return document


def stage_of(document: Mapping[str, Any]) -> StagePlan:
    """A stage that was written by `stage_document`."""
    return _stage({name: document[name] for name in _STAGE if name in document}, "stage")


def guardrail_of(document: Mapping[str, Any]) -> Guardrail:
    """A guardrail that was written by `guardrail_document`."""
    return _guardrail(document, "guardrail", [document["measure"]])


def _content(found: Any, author: str, reason: str, faults: list[Fault]) -> PolicyVersion | None:
    if not isinstance(found, Mapping):
        remedy = "Write kind, scope and outputs or a table."
        faults.append(Fault(path="policy", found=repr(found), expected="a mapping", remedy=remedy))
        return None
    for key in found:
        if key not in _POLICY:
            faults.append(unknown_key(f"policy.{key}", key, _POLICY, "one of"))
    document = {key: found[key] for key in _POLICY if key in found} | {
        "number": 1, "author": author, "reason": reason or "-",
        "effective_from": _ANY_INSTANT, "published_at": _ANY_INSTANT,
    }  # fmt: skip
    try:
        return from_document(document)
    except InvalidPolicyError as error:
        for fault in error.faults:
            if fault.path != "reason":
                path = f"policy.{fault.path}"
                faults.append(
                    Fault(
                        path=path, found=fault.found, expected=fault.expected, remedy=fault.remedy
                    )
                )
        return None


def _unfit(content: PolicyVersion, stages: Sequence[StagePlan]) -> list[Fault]:
    """What a policy of this kind and scope may not be rolled out by, and stages that shrink."""
    faults: list[Fault] = []
    for place, stage in enumerate(stages):
        path = f"stages[{place}]"
        audience = stage.audience("k")
        if audience is not None:
            try:
                _fits(content, audience, path)
            except FaultError as error:
                faults.append(error.fault)
        before = stages[place - 1] if place else None
        if before is None:
            continue
        if not (audience or Audience()).covers(before.audience("k") or Audience()):
            expected = f"everybody of the stage before, {before}"
            remedy = "Widen it: a stage takes nothing back."
            faults.append(Fault(path=path, found=str(stage), expected=expected, remedy=remedy))
        begins, earlier = stage.starts_at, before.starts_at
        if begins is not None and earlier is not None and begins <= earlier:
            remedy = "Put the stages in the order in which they begin."
            faults.append(
                Fault(path=f"{path}.starts_at", found=instant_text(begins),
                      expected=f"an instant after {instant_text(earlier)}", remedy=remedy)
            )  # fmt: skip
    return faults


def _fits(content: PolicyVersion, audience: Audience, path: str) -> None:
    kind = kind_named(content.kind)
    read_audience(kind, content.scope.layer, audience_document(audience), path=path)


def _stage(found: Any, path: str) -> StagePlan:
    if not isinstance(found, Mapping):
        refuse(path, found, "a mapping of share, regions or starts_at", "Write {share: 10}.")
    for key in found:
        if key not in _STAGE:
            raise FaultError(unknown_key(f"{path}.{key}", key, _STAGE, "one of"))
    if found.get("share") is None and found.get("regions") is None:
        refuse(path, dict(found), "a share or regions", "Write {share: 100} for everybody.")
    share = read_share(found.get("share"), path=f"{path}.share")
    regions = found.get("regions") or []
    if not isinstance(regions, list | tuple) or not all(isinstance(r, str) and r for r in regions):
        refuse(f"{path}.regions", regions, "a list of regions", "Write [SP, RJ].")
    return StagePlan(
        share=share,
        regions=tuple(sorted(set(regions))),
        starts_at=_instant(found.get("starts_at"), f"{path}.starts_at"),
    )


def _guardrail(found: Any, path: str, measures: Sequence[str]) -> Guardrail:
    if not isinstance(found, Mapping):
        refuse(path, found, "a mapping of measure, worse_by or bound, minimum", "Write one.")
    for key in found:
        if key not in _GUARDRAIL:
            raise FaultError(unknown_key(f"{path}.{key}", key, _GUARDRAIL, "one of"))
    if found.get("measure") not in measures:
        raise FaultError(
            unknown_key(f"{path}.measure", found.get("measure"), measures, "a measure")
        )
    minimum = found.get("minimum", 30)
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 1:
        refuse(f"{path}.minimum", minimum, "a whole number from 1", "Say how much must be counted.")
    worse_by = _decimal(found.get("worse_by"), f"{path}.worse_by")
    bound = _decimal(found.get("bound"), f"{path}.bound")
    if worse_by is None and bound is None:
        refuse(path, dict(found), "worse_by or bound", "Say how much worse is borne.")
    if worse_by is not None and worse_by < 0:
        refuse(f"{path}.worse_by", found.get("worse_by"), "0 or more", "Write 5 for 5 points.")
    return Guardrail(measure=found["measure"], minimum=minimum, worse_by=worse_by, bound=bound)


def _listed(
    found: Any,
    path: str,
    most: int,
    read: Callable[[Any, str], _T],
    faults: list[Fault],
) -> list[_T]:
    if not isinstance(found, list | tuple) or len(found) > most:
        remedy = f"Write at most {most}, each as a mapping."
        faults.append(Fault(path=path, found=repr(found)[:80], expected="a list", remedy=remedy))
        return []
    items: list[_T] = []
    for place, row in enumerate(found):
        try:
            items.append(read(row, f"{path}[{place}]"))
        except FaultError as error:
            faults.append(error.fault)
    return items


def _instant(found: Any, path: str) -> datetime | None:
    value = found
    if isinstance(found, str):
        try:
            value = datetime.fromisoformat(found)
        except ValueError:
            value = found
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None:
        remedy = "Write date, time and offset, as 2026-01-31T00:00:00Z."
        refuse(path, str(found), "an instant with its offset", remedy)
    return as_instant(value)


def _decimal(found: Any, path: str) -> Decimal | None:
    if found is None:
        return None
    try:
        if isinstance(found, bool):
            raise InvalidOperation
        value = Decimal(repr(found) if isinstance(found, float) else found)
    except (InvalidOperation, TypeError, ValueError):
        value = Decimal("NaN")
    if not value.is_finite():
        refuse(path, found, "a number", 'Write 5, or "2.5".')
    return value


def _told(value: Decimal | None, unit: str) -> str:
    if value is None:
        return "nothing"
    return f"{decimal_text(round(value, 2))} {unit}".strip()
