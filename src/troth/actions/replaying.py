"""What would a proposed policy have changed? Past decisions again, under it and under what holds.

First every decision of the period is made again under the policies in force: where that does not
give the recorded receipt to the byte, the replay stops and says which, since comparing would mean
nothing. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.utils import timezone

from troth.actions.decisions import Sealed
from troth.actions.policies import Planned, plan
from troth.actions.priorities import PriorityDecider
from troth.actions.promises import PromiseDecider, case_of
from troth.analysis.replay.comparing import Compared, Report, compare
from troth.core.access.roles import Right
from troth.core.decisions import prioritise, promise_facts
from troth.core.decisions.prioritise import KIND as PRIORITISE
from troth.core.decisions.promise import KIND as PROMISE
from troth.core.policies.book import PolicyBook
from troth.core.policies.versions import PolicyVersion
from troth.store.facts.cases import case_histories
from troth.store.facts.orders import OrderHistory, order_histories
from troth.store.facts.policies import published_versions
from troth.store.models import Decision, User
from troth.store.queries.viewing import as_the_program, viewer_of, viewing
from troth.store.queries.visibility import visible_customers

_BATCH = 500
_T = TypeVar("_T")
_PROMISED = (*promise_facts.POLICY_KINDS, "price_terms")
_TARGETS = {"first_response": "first_responded_at", "resolution": "resolved_at"}


class ReplayError(Exception):
    """A replay cannot be run, or would mean nothing. The message says why and what to do."""

    code = "policy:replay"


class NotReproducedError(ReplayError):
    """The policies in force do not give what was recorded, so there is nothing to compare with."""

    code = "policy:replay:not-reproduced"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """A replay: what was proposed, what was reproduced, and what would change."""

    proposed: tuple[str, ...]  # each proposed version in words
    reproduced: int  # recorded decisions that came out the same to the byte
    report: Report


def replay(files: Iterable[Path], *, start: datetime, end: datetime, acting_user: User) -> Replayed:
    """The same of what policy files add. Raises PolicyFileError besides."""
    return replay_planned(plan(files), start=start, end=end, acting_user=acting_user)


def replay_planned(
    planned: Sequence[Planned], *, start: datetime, end: datetime, acting_user: User
) -> Replayed:
    """Decide all orders and cases of start ≤ decided < end again, as if `planned` held then.

    Each proposed version counts as in force from `start` on, over what its kind and scope had.
    Orders are compared that the user may see; the lanes' history is that of all. Raises
    ReplayError, NotAllowedError.
    """
    viewer = viewer_of(acting_user)
    viewer.require(Right.SEE_POLICIES)
    viewer.require(Right.SEE_ORDERS)
    if not planned:
        raise ReplayError("Nothing is proposed: it says what is published already.")
    versions = [_as_of_start(item.version, start) for item in planned]
    touched = {version.kind for version in versions}
    known = {*_PROMISED, *prioritise.POLICY_KINDS}
    if not touched <= known:
        names = ", ".join(sorted(touched - known))
        raise ReplayError(
            f"No recorded decision obeys {names}, so that there is nothing to replay. Replay "
            f"changes of {', '.join(sorted(known))}."
        )
    with viewing(viewer, Right.SEE_ORDERS) as sight:
        seen = frozenset(visible_customers(sight).values_list("pk", flat=True))
        is_all = sight.is_all
    found: list[Compared] = []
    reproduced = 0
    with as_the_program():
        run = _Run(start=start, end=end, proposed=versions)
        parts = [run.promises()] if touched & set(_PROMISED) else []
        parts += [run.cases()] if touched & set(prioritise.POLICY_KINDS) else []
        for count, items in (batch for part in parts for batch in part):
            reproduced += count
            found += [
                item
                for item in items
                if (is_all if item.customer is None else item.customer in seen)
            ]
    return Replayed(
        proposed=tuple(item.sentence for item in planned),
        reproduced=reproduced,
        report=compare(found, start=start, end=end),
    )


def _as_of_start(version: PolicyVersion, start: datetime) -> PolicyVersion:
    """The proposed version as if it had been in force all along, above whatever was published."""
    return replace(version, effective_from=start, published_at=timezone.now())


def _as_known(version: PolicyVersion) -> PolicyVersion:
    """A published version that counts from when it was known, as it does for what is recorded."""
    if version.published_at <= version.effective_from:
        return version
    return replace(version, effective_from=version.published_at)


class _Run:
    """Two deciders of each kind: under what is in force, and under what is proposed."""

    def __init__(
        self, *, start: datetime, end: datetime, proposed: Sequence[PolicyVersion]
    ) -> None:
        self._start, self._end = start, end
        self._as_of = max(timezone.now(), end)
        published = published_versions()
        self._now = PolicyBook.compile_as_known(published)
        self._then = PolicyBook.compile((*(_as_known(item) for item in published), *proposed))

    def promises(self) -> Iterator[tuple[int, list[Compared]]]:
        """(decisions reproduced, what came of them), a batch at a time."""
        now = PromiseDecider(as_of=self._as_of, book=self._now)
        then = now.under(self._then)
        for orders in self._within(order_histories(self._as_of), lambda order: order.decided_at):
            before = [now.first(order) for order in orders]
            _reproduce(PROMISE, before)
            yield (
                len(before),
                [
                    self._promise(order, was, then.first(order), now)
                    for order, was in zip(orders, before, strict=True)
                ],
            )

    def _promise(
        self, order: OrderHistory, before: Sealed, after: Sealed, decider: PromiseDecider
    ) -> Compared:
        who, at, case = decider.subject_of(order), order.decided_at, case_of(order)

        def credit(book: PolicyBook) -> Any:
            return book.resolve("price_terms", who, at, case)["late_delivery_credit_percent"]

        return Compared(
            measure=PROMISE,
            subject=order.key,
            customer=order.customer_id,
            tier=who.tier,
            before=before.decision.outcome["promised_at"],
            after=after.decision.outcome["promised_at"],
            done_at=order.delivered_at,
            total=order.total,
            currency=order.total_currency,
            credit_before=credit(self._now),
            credit_after=credit(self._then),
        )

    def cases(self) -> Iterator[tuple[int, list[Compared]]]:
        """(decisions reproduced, what came of them), a batch at a time."""
        now, then = PriorityDecider(book=self._now), PriorityDecider(book=self._then)
        for cases in self._within(case_histories(self._as_of), lambda case: case.decided_at):
            before = [now.sealed(case) for case in cases]
            _reproduce(PRIORITISE, [sealed for _, _, sealed in before])
            items = []
            for case, (tier, _, was) in zip(cases, before, strict=True):
                _, _, will = then.sealed(case)
                items += [
                    Compared(
                        measure=target,
                        subject=case.key,
                        customer=case.customer_id,
                        tier=tier,
                        before=was.decision.outcome[f"{target}_due_at"],
                        after=will.decision.outcome[f"{target}_due_at"],
                        done_at=getattr(case, done),
                    )
                    for target, done in _TARGETS.items()
                ]
            yield len(before), items

    def _within(
        self, items: Iterable[_T], decided_at: Callable[[_T], datetime]
    ) -> Iterator[list[_T]]:
        chosen = (item for item in items if self._start <= decided_at(item) < self._end)
        while batch := list(islice(chosen, _BATCH)):
            yield batch


def _reproduce(kind: str, sealed: Sequence[Sealed]) -> None:
    """Raises NotReproducedError where a decision is not among those that are recorded."""
    ids = [one.receipt.id for one in sealed]
    recorded = set(Decision.objects.filter(pk__in=ids).values_list("pk", flat=True))
    missing = [one for one in sealed if one.receipt.id not in recorded]
    if missing:
        first = missing[0].decision
        raise NotReproducedError(
            f"{len(missing)} of {len(sealed)} decisions are not what is recorded; the first is the "
            f"{kind} of {first.subject} at {first.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC. Run "
            "`troth run`, so that what has changed since is decided, and replay again."
        )
