"""What is true of a small table, found by running it on every input it can tell apart.

Nothing of the analysis is used: which rules match, which decides and what is answered, with and
without a rule, is what the table's own evaluation says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.core.dmn.analysis.tables import Sample, inputs

from troth.core.dmn.analysis import Analysis, Kind, Runner
from troth.core.dmn.models import HitPolicy, OutputClause, TableBox
from troth.core.feel import Expression
from troth.core.feel.values import Value, outgoing

STRICT = (HitPolicy.UNIQUE, HitPolicy.ANY)
ORDERED = (HitPolicy.FIRST, HitPolicy.PRIORITY)


@dataclass
class Truth:
    has_gap: bool = False
    overlaps: set[tuple[int, ...]] = field(default_factory=set)
    masked: set[int] = field(default_factory=set)
    redundant: set[int] = field(default_factory=set)
    misleading: set[int] = field(default_factory=set)
    silent: set[int] = field(default_factory=set)  # rules with a cell that nothing passes


def truth(box: TableBox, samples: Sequence[Sample]) -> Truth:
    """Rules count from 1."""
    found = Truth(silent=_silent(box, samples))
    points = list(inputs(samples))
    runner, deciders = Runner(box), Runner(_numbered(box))
    shown = [runner.show(point) for point in points]
    answers = {rule: box.rules[rule - 1].outputs[0] for rule in range(1, len(box.rules) + 1)}
    matching: dict[int, list[int]] = {rule: [] for rule in answers}  # rule → points
    deciding: set[int] = set()
    for at, (point, told) in enumerate(zip(points, shown, strict=True)):
        if not told.rules and box.outputs[0].default is None:
            found.has_gap = True
        for rule in told.rules:
            matching[rule].append(at)
        if box.hit_policy in STRICT:
            found.overlaps |= {
                (a, b) for a in told.rules for b in told.rules
                if a < b and (box.hit_policy is HitPolicy.UNIQUE or answers[a] != answers[b])
            }  # fmt: skip
        elif box.hit_policy in ORDERED and told.rules:
            decider = _number(deciders.show(point).answer)
            deciding.add(decider)
            if box.hit_policy is HitPolicy.PRIORITY and "-" in box.rules[decider - 1].inputs and (
                any(a < decider and answers[a] != answers[decider] for a in told.rules)
            ):  # fmt: skip
                found.misleading.add(decider)
    if box.hit_policy in ORDERED:
        found.masked = {rule for rule, at in matching.items() if at and rule not in deciding}
    if box.hit_policy in (*ORDERED, *STRICT):
        quarrelling = {rule for pair in found.overlaps for rule in pair}
        for rule in {rule for rule, at in matching.items() if at} - found.masked - quarrelling:
            without = Runner(replace(box, rules=box.rules[: rule - 1] + box.rules[rule:]))
            if all(without.show(points[at]).answer == shown[at].answer for at in matching[rule]):
                found.redundant.add(rule)
    return found


def _numbered(box: TableBox) -> TableBox:
    """The table that answers which rule decides, beside what it answers."""
    return replace(
        box,
        outputs=(replace(box.outputs[0], name="answer"), OutputClause(name="rule")),
        rules=tuple(
            replace(rule, outputs=(*rule.outputs, str(at))) for at, rule in enumerate(box.rules, 1)
        ),
    )


def _number(answer: Value) -> int:
    return int(answer["rule"])


def _silent(box: TableBox, samples: Sequence[Sample]) -> set[int]:
    return {
        at
        for at, rule in enumerate(box.rules, 1)
        if any(
            not any(
                Expression(text, names=("?",), is_cell=True).evaluate({"?": outgoing(v)}).value
                is True
                for v in sample.values
            )
            for text, sample in zip(rule.inputs, samples, strict=True)
        )
    }


def said(analysis: Analysis) -> Truth:
    """The same, as the analysis says it."""

    def rules(kind: Kind) -> set[int]:
        return {finding.rules[0] for finding in analysis.of(kind)}

    return Truth(
        has_gap=bool(analysis.of(Kind.GAP)),
        overlaps={finding.rules for finding in analysis.of(Kind.OVERLAP)},
        masked=rules(Kind.MASKED),
        redundant=rules(Kind.REDUNDANT),
        misleading=rules(Kind.MISLEADING),
        silent=rules(Kind.NEVER_MATCHES),
    )


def is_shown(box: TableBox, analysis: Analysis) -> list[str]:
    """The sentences of those findings whose witness, when run, does not show what they say."""
    runner = Runner(box)
    wrong = []
    for finding in analysis.findings:
        assert finding.witness is not None, finding
        told = runner.show(dict(finding.witness.values))
        first = finding.rules[0] if finding.rules else 0
        match finding.kind:
            case Kind.GAP:
                is_right = told.rules == ()
            case Kind.OVERLAP:
                is_right = set(finding.rules) <= set(told.rules) and (told.answer is None)
            case Kind.NEVER_MATCHES:
                is_right = first not in told.rules
            case Kind.MASKED:
                decider = _number(Runner(_numbered(box)).show(dict(finding.witness.values)).answer)
                is_right = first in told.rules and decider == finding.witness.decides != first
            case Kind.MISLEADING | Kind.REDUNDANT:
                is_right = set(finding.rules) <= set(told.rules)
                if box.hit_policy in ORDERED:
                    decider = _number(
                        Runner(_numbered(box)).show(dict(finding.witness.values)).answer
                    )
                    is_right = is_right and decider == first == finding.witness.decides
            case _:
                is_right = first in told.rules or finding.kind is Kind.MERGEABLE
        if not is_right:
            wrong.append(f"{finding.sentence} {finding.witness.feel} {told}")
    return wrong
