"""What does a version change against the one before it, in words?

"Gold: first response of severity 1: 4 h → 2 h". Rules are told apart by their ids, so that a rule
that moved or changed a cell is not told as two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from troth.core.dmn.models import HitPolicy
from troth.core.ledger.canonical import decimal_text, instant_text
from troth.core.policies.kinds import kind_named
from troth.core.policies.scopes import Layer, Scope
from troth.core.policies.specs import OutputSpec, PolicyKind
from troth.core.policies.tables import PolicyRule, PolicyTable
from troth.core.policies.versions import PolicyVersion

_NOTHING = "no answer"
_ARROW = "→"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that changed."""

    about: str  # what changed: "first response of severity 1", "rule phone"
    before: str  # "" where there was nothing
    after: str  # "" where there is nothing any more

    @property
    def sentence(self) -> str:
        """ "rule phone: rank weight: 12 points → 15 points"."""
        if not self.before:
            return f"{self.about}: new: {self.after}"
        if not self.after:
            return f"{self.about}: gone: {self.before}"
        return f"{self.about}: {self.before} {_ARROW} {self.after}"


def differences(before: PolicyVersion | None, after: PolicyVersion) -> tuple[Difference, ...]:
    """All that `after` changes against `before`; None: all that it says.

    That it begins later is no change: a version says itself from when it holds.
    """
    kind = kind_named(after.kind)
    found = [*_outputs(kind, {} if before is None else before.outputs, after)]
    found += _tables(kind, None if before is None else before.table, after.table)
    if before is not None:
        found += _dates(before, after)
    found += _audience(before, after)
    return tuple(found)


def title_of(version: PolicyVersion) -> str:
    """Whose policy it is, for a headline: "service level for tier Gold"."""
    return title_for(version.kind, version.scope)


def title_for(kind: str, scope: Scope) -> str:
    """The same of a kind and a scope."""
    kind = kind.replace("_", " ")
    if scope.layer is Layer.COMPANY:
        return f"{kind} for the company"
    return f"{kind} for {scope.layer} {scope.key}".rstrip()


def value_told(spec: OutputSpec, value: Any) -> str:
    """A value with its unit, as people say it: "2 h 30 min", "0.95", "Mon, Tue"."""
    if value is None:
        return _NOTHING
    if isinstance(value, Mapping) and set(value) <= {"minimum", "maximum", "allowed"}:
        return _bound_told(spec, value)
    if spec.unit in ("minutes", "working minutes") and isinstance(value, int):
        return _minutes_told(value)
    shown = _plain(value)
    return f"{shown} {spec.unit}" if spec.unit and spec.is_number else shown


def rule_told(kind: PolicyKind, rule: PolicyRule) -> str:
    """ "when severity <= 2 and category "bug": rank weight: 12"."""
    tests = " and ".join(f"{name} {cell}" for name, cell in rule.when.items())
    answers = ", ".join(f"{_label(kind, name)}: {cell}" for name, cell in rule.then.items())
    return f"when {tests}: {answers}" if tests else f"in any case: {answers}"


def _outputs(
    kind: PolicyKind, before: Mapping[str, Any], after: PolicyVersion
) -> Iterator[Difference]:
    for spec in kind.outputs:
        old, new = before.get(spec.name), after.outputs.get(spec.name)
        if old == new:
            continue
        # Below a table, what an output answers holds only where no rule does.
        about = f"{spec.label} where no rule matches" if after.table else spec.label
        yield Difference(
            about=about,
            before="" if old is None else value_told(spec, old),
            after="" if new is None else value_told(spec, new),
        )


def _tables(
    kind: PolicyKind, before: PolicyTable | None, after: PolicyTable | None
) -> Iterator[Difference]:
    old = {rule.id: rule for rule in before.rules} if before else {}
    new = {rule.id: rule for rule in after.rules} if after else {}
    if before and after and before.hit is not after.hit:
        yield Difference(about="hit policy", before=before.hit.value, after=after.hit.value)
    for name, rule in old.items():
        if name not in new:
            yield Difference(about=f"rule {name}", before=rule_told(kind, rule), after="")
    kept = [name for name in new if name in old]
    for name, rule in new.items():
        if name in old:
            yield from _cells(kind, old[name], rule)
        else:
            yield Difference(about=f"rule {name}", before="", after=rule_told(kind, rule))
    if after and after.hit is HitPolicy.FIRST:
        yield from _moves([name for name in old if name in new], kept)


def _cells(kind: PolicyKind, old: PolicyRule, new: PolicyRule) -> Iterator[Difference]:
    for name in dict.fromkeys((*old.when, *new.when)):
        was, now = old.when.get(name, "any"), new.when.get(name, "any")
        if was != now:
            yield Difference(about=f"rule {new.id}: {name}", before=was, after=now)
    for name in dict.fromkeys((*old.then, *new.then)):
        was, now = old.then.get(name, _NOTHING), new.then.get(name, _NOTHING)
        if was != now:
            spec = kind.by_name[name]
            unit = f" {spec.unit}" if spec.unit and spec.is_number else ""
            yield Difference(
                about=f"rule {new.id}: {spec.label}",
                before=was if was == _NOTHING else was + unit,
                after=now if now == _NOTHING else now + unit,
            )
    if old.note != new.note:
        yield Difference(about=f"rule {new.id}: note", before=old.note, after=new.note)


def _moves(old: list[str], new: list[str]) -> Iterator[Difference]:
    """Rules whose place among those that stayed is another: the first match answers."""
    for name in new:
        was, now = old.index(name) + 1, new.index(name) + 1
        if was != now:
            yield Difference(about=f"rule {name}: place", before=str(was), after=str(now))


def _dates(before: PolicyVersion, after: PolicyVersion) -> Iterator[Difference]:
    if before.effective_to != after.effective_to:
        ends = [
            "no end" if at is None else _instant_told(at)
            for at in (before.effective_to, after.effective_to)
        ]
        yield Difference(about="in force until", before=ends[0], after=ends[1])
    if (before.clause or "") != (after.clause or ""):
        yield Difference(about="clause", before=before.clause or "", after=after.clause or "")


def _audience(before: PolicyVersion | None, after: PolicyVersion) -> Iterator[Difference]:
    was, now = (None if v is None else v.audience for v in (before, after))
    if was == now:
        return
    everybody = "everybody"
    told = [everybody if who is None else str(who) for who in (was, now)]
    yield Difference(about="in stage for", before="" if before is None else told[0], after=told[1])


def _label(kind: PolicyKind, name: str) -> str:
    return kind.by_name[name].label if name in kind.by_name else name


def _bound_told(spec: OutputSpec, bound: Mapping[str, Any]) -> str:
    parts = []
    if "minimum" in bound:
        parts.append(f"at least {value_told(spec, bound['minimum'])}")
    if "maximum" in bound:
        parts.append(f"at most {value_told(spec, bound['maximum'])}")
    if "allowed" in bound:
        parts.append(f"one of {', '.join(value_told(spec, item) for item in bound['allowed'])}")
    return " and ".join(parts)


def _minutes_told(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]
    return " ".join(part for part in parts if part)


def _instant_told(at: datetime) -> str:
    return instant_text(at)[:16].replace("T", " ") + " UTC"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_plain(item) for item in value)
    return str(value)
