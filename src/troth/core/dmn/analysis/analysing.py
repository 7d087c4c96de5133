"""What is wrong with a decision table? Found by geometry, each finding with an input as witness.

All cells are read once into classes of inputs (`axes`); rules then are boxes of classes, and every
question is one about boxes: which meet (`bitmaps`), which cover a region (`search`). The analysis
is exact where cells are unary tests over constants; where they are not, it says which and why.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from troth.core.dmn.analysis.bitmaps import overlaps as all_overlaps
from troth.core.dmn.analysis.columns import NO_TYPES, Column, columns_of
from troth.core.dmn.analysis.conflicts import disagreeing, gaps, overlapping
from troth.core.dmn.analysis.merging import mergeable
from troth.core.dmn.analysis.problem import Problem, problem_of
from troth.core.dmn.analysis.records import Analysis, CellPlace, Count, Finding, Kind, Limits
from troth.core.dmn.analysis.search import Budget, BudgetError
from troth.core.dmn.analysis.shadows import Shadows
from troth.core.dmn.analysis.silent import never_matching
from troth.core.dmn.item_types import Types
from troth.core.dmn.models import HitPolicy, TableBox

_ORDERED = (HitPolicy.FIRST, HitPolicy.PRIORITY)
_STRICT = (HitPolicy.UNIQUE, HitPolicy.ANY)
_Asked = Iterator[tuple[int, Finding | None]]


def analyse(
    box: TableBox,
    columns: Sequence[Column] | None = None,
    *,
    names: Collection[str] = (),
    types: Types = NO_TYPES,
    limits: Limits | None = None,
    nulls: str = "named",
) -> Analysis:
    """What is found about a table.

    `columns` say what the inputs can be (`columns_of`), `names` are those in scope, which a cell
    may depend on; `nulls` says where null is an input to be looked at: "named" by a cell of its
    column, "never", "always". Raises ValueError where `nulls` is none of them.
    """
    known = columns_of(box, types) if columns is None else columns
    problem = problem_of(box, known, names=names, types=types, nulls=nulls)
    asking = _Asking(problem, limits or Limits())
    asking.all()
    return Analysis(
        findings=tuple(asking.findings),
        counts=asking.counts,
        assumptions=_assumptions(problem, nulls),
    )


def _assumptions(problem: Problem, nulls: str) -> tuple[str, ...]:
    found = list(problem.assumptions)
    if nulls != "always" and not all(axis.has_null for axis in problem.axes):
        with_null = [f"`{axis.name}`" for axis in problem.axes if axis.has_null]
        alone = f" but those of {', '.join(with_null)}" if with_null else ""
        found.append(f"Inputs are taken to be given: none{alone} is null.")
    if problem.answers.has_default:
        found.append("An input that no rule matches gets the default output, so it is no gap.")
    return tuple(found)


class _Asking:
    """Puts the questions to a problem, within the limits."""

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self._problem = problem
        self._most = limits.findings
        self._budget = Budget(limits.looks)
        self._policy = problem.box.hit_policy
        self.findings: list[Finding] = []
        self.counts: dict[Kind, Count] = {}

    def all(self) -> None:
        problem = self._problem
        self._keep(Kind.NEVER_MATCHES, *never_matching(problem, self._most))
        overlaps = all_overlaps(problem.axes, problem.size)
        if not problem.answers.has_default:
            self._ask_gaps(overlaps)
        conflicts = [0] * problem.size
        if self._policy in _STRICT:
            conflicts, unsure = disagreeing(problem, overlaps)
            self._keep(Kind.OVERLAP, *overlapping(problem, conflicts, self._most))
            self._say_unsure(unsure)
        if self._policy in (*_ORDERED, *_STRICT):
            self._ask_shadows(Shadows(problem, overlaps, conflicts))
        self._keep(Kind.MERGEABLE, *mergeable(problem, overlaps, self._most))
        self._keep(
            Kind.NOT_ANALYSED,
            list(problem.unread[: self._most]),
            Count(found=len(problem.unread), is_exact=True),
        )

    def _ask_gaps(self, overlaps: Sequence[int]) -> None:
        with self._budget.half() as budget:
            found, count, is_done = gaps(self._problem, overlaps, self._most, budget)
        self._keep(Kind.GAP, found, count)
        if not is_done:
            self._undone("gaps", "no gap was found")

    def _ask_shadows(self, shadows: Shadows) -> None:
        unranked = self._problem.answers.unranked()
        if self._policy is HitPolicy.PRIORITY and unranked is not None:
            self._say_unranked(*unranked)
            return
        masked: set[int] = set()
        if self._policy in _ORDERED:
            masked = self._ask(Kind.MASKED, "masked rules", shadows.masked)
        self._ask(Kind.REDUNDANT, "redundant rules", lambda b: shadows.redundant(masked, b))
        self._ask(Kind.MISLEADING, "misleading rules", lambda b: shadows.misleading(masked, b))

    def _ask(self, kind: Kind, what: str, question: Callable[[Budget], _Asked]) -> set[int]:
        """The rules about which something was found, from 0."""
        found: list[Finding] = []
        rules: set[int] = set()
        looked, is_done = 0, True
        with self._budget.half() as budget:
            try:
                for rule, finding in question(budget):
                    looked += 1
                    if finding is not None:
                        rules.add(rule)
                        found.append(finding)
            except BudgetError:
                is_done = False
        found.sort(key=lambda finding: finding.rules)
        self._keep(kind, found[: self._most], Count(found=len(found), is_exact=is_done))
        if not is_done:
            self._undone(what, f"{looked} of {self._problem.size} rules were looked at")
        return rules

    def _keep(self, kind: Kind, found: list[Finding], count: Count) -> None:
        self.findings += found
        if count.found or not count.is_exact:
            before = self.counts.get(kind, Count(found=0, is_exact=True))
            self.counts[kind] = Count(
                found=before.found + count.found, is_exact=before.is_exact and count.is_exact
            )

    def _not_analysed(self, finding: Finding) -> None:
        self._keep(Kind.NOT_ANALYSED, [finding], Count(found=1, is_exact=True))

    def _undone(self, what: str, so_far: str) -> None:
        sentence = (
            f"Not analysed further for {what}: {so_far}, then the work allowed was done. Allow "
            "more, or split the table."
        )
        self._not_analysed(Finding(kind=Kind.NOT_ANALYSED, sentence=sentence))

    def _say_unsure(self, rules: set[int]) -> None:
        for rule in sorted(rules)[: self._most]:
            sentence = (
                f"Whether rule {rule + 1} agrees with rules that match the same inputs is not "
                f"analysed: an output is computed."
            )
            self._not_analysed(self._problem.finding(Kind.NOT_ANALYSED, (rule,), sentence))

    def _say_unranked(self, rule: int, output: int) -> None:
        text = self._problem.box.rules[rule].outputs[output]
        place = CellPlace(rule=rule + 1, column=len(self._problem.columns) + output + 1, text=text)
        self._not_analysed(
            Finding(
                kind=Kind.NOT_ANALYSED,
                sentence=f"Which rules have priority is not analysed: `{text}` of rule {rule + 1} "
                "is computed.",
                rules=(rule + 1,),
                rule_ids=(self._problem.box.rules[rule].id,),
                cells=(place,),
            )
        )
