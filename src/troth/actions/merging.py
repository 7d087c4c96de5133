"""How are customers made one, and parted again, with all that it changes shown first?

A merge is a verdict that holds until it is taken back. It lies over the crosswalk: every record
keeps whose it was at home, so that taking the verdict back gives each one back, with what came in
between. What a merge changes is worked out by doing it and undoing it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from troth.actions.golden import put_behind, write_golden
from troth.actions.merge_errors import (
    IdentityBusyError,
    MergeReasonError,
    MergeRefusedError,
    NotMergedError,
)
from troth.actions.merge_pictures import Pictures
from troth.actions.outbox import Audience, Event
from troth.actions.recording import Entry, recorded, writing
from troth.actions.redeciding import decide_again, moment
from troth.core.access.roles import Right
from troth.core.identity.consequences import Consequences, consequences
from troth.store.facts.access import names_in_force
from troth.store.facts.aliases import survivor_of
from troth.store.facts.erased import exclude_erasures
from troth.store.facts.verdicts import are_one, lock_identity, merges, root_of, tree_of
from troth.store.models import (
    Crosswalk,
    Customer,
    CustomerPersonal,
    IdentityVerdict,
    ResolutionQuestion,
    TierAssignment,
    User,
)
from troth.store.queries.lists import NotFoundError
from troth.store.queries.masking import GOLDEN
from troth.store.queries.viewing import as_the_program, viewer_of, viewing
from troth.store.queries.visibility import seen_among

RUN_LOCK = 0x54726F7468  # "Troth": whoever holds it works over all customers


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Customers that were made one, or parted."""

    verdict: str  # id, "" where nothing was done yet
    survivor: str
    alias: str
    consequences: Consequences


def preview_merge(*, customers: tuple[str, str], acting_user: User) -> Merged:
    """What merging two customers would change. Nothing is kept of it.

    Raises NotFoundError, NotAllowedError, MergeRefusedError, IdentityBusyError.
    """
    with writing():
        merged = _merge(customers, reason="preview", acting_user=acting_user)
        transaction.set_rollback(True)
    return replace(merged, verdict="")


def merge(*, customers: tuple[str, str], reason: str, acting_user: User) -> Merged:
    """Make two customers one: the one known longest survives, the other's id is an alias of it.

    Each may be given by an id, an alias or a source key. Raises MergeReasonError, NotFoundError,
    NotAllowedError, MergeRefusedError, IdentityBusyError.
    """
    _require_reason(reason)
    with writing():
        return _merge(customers, reason=reason.strip(), acting_user=acting_user)


def preview_unmerge(*, customer_id: str, acting_user: User) -> Merged:
    """What taking a merge back would change. Nothing is kept of it. Raises as `unmerge` does."""
    with writing():
        parted = _unmerge(customer_id, reason="preview", acting_user=acting_user)
        transaction.set_rollback(True)
    return parted


def unmerge(*, customer_id: str, reason: str, acting_user: User) -> Merged:
    """Part a customer that was merged from its survivor; `customer_id` is the alias.

    Raises MergeReasonError, NotFoundError, NotMergedError, NotAllowedError, IdentityBusyError.
    """
    _require_reason(reason)
    with writing():
        return _unmerge(customer_id, reason=reason.strip(), acting_user=acting_user)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise MergeReasonError("A merge needs its reason: say in a sentence how you know.")


def _merge(customers: tuple[str, str], *, reason: str, acting_user: User) -> Merged:
    viewer = viewer_of(acting_user)
    viewer.require(Right.SETTLE_IDENTITY)
    hold_still()
    one, other = (seen(key, acting_user=acting_user) for key in customers)
    if one == other:
        raise MergeRefusedError(f"{customers[0]} and {customers[1]} are one customer already.")
    with as_the_program():
        rows = Customer.objects.select_for_update().filter(pk__in=[one, other]).order_by("pk")
        alias, survivor = sorted(rows, key=lambda row: (row.first_known_at, row.pk), reverse=True)
        edges = merges()
        everybody = tree_of([one, other], edges)
        _refuse_across_walls(survivor, alias)
        _refuse_against_word(everybody)
        pictures = Pictures(viewer, moment())
        before = pictures.standings([survivor.pk, alias.pk])
        work = pictures.work([survivor.pk, alias.pk])
    with _entry("customer:identity:merged", survivor.pk, reason, acting_user) as entry:
        verdict = _say_same(survivor.pk, alias.pk, reason, acting_user)
        entry.wrote(verdict)
        entry.detail = {"verdict": verdict.pk, "survivor": survivor.pk, "alias": alias.pk}
        _tell("customer.merged", survivor.pk, alias.pk)
        _lay_over(everybody, edges | {alias.pk: survivor.pk}, entry)
        _settle_questions(entry)
    _work_out({survivor.pk}, acting_user)
    with as_the_program():
        found = consequences(
            before,
            pictures.standings([survivor.pk]),
            work,
            pictures.work([survivor.pk]),
        )
    return Merged(verdict=verdict.pk, survivor=survivor.pk, alias=alias.pk, consequences=found)


def _say_same(survivor: str, alias: str, reason: str, acting_user: User) -> IdentityVerdict:
    return IdentityVerdict.objects.create(
        id="idv_" + secrets.token_hex(8),
        verdict="same",
        level="customer",
        one=survivor,
        other=alias,
        customers=[survivor, alias],
        author=acting_user,
        reason=reason,
        given_at=timezone.now(),
    )


def _unmerge(customer_id: str, *, reason: str, acting_user: User) -> Merged:
    viewer = viewer_of(acting_user)
    viewer.require(Right.SETTLE_IDENTITY)
    hold_still()
    survivor = seen(customer_id, acting_user=acting_user)
    with as_the_program():
        edges = merges()
        verdict = IdentityVerdict.objects.filter(
            other=customer_id, verdict="same", level="customer", withdrawn_at=None
        ).first()
        if verdict is None:
            raise NotMergedError(
                f"{customer_id} was not merged into another customer. "
                "`troth customer show` names the aliases of a customer; unmerge one of those."
            )
        everybody = tree_of([survivor], edges)
        pictures = Pictures(viewer, moment())
        before, work = pictures.standings([survivor]), pictures.work([survivor])
        left = {key: one for key, one in edges.items() if key != customer_id}
    with _entry("customer:identity:unmerged", survivor, reason, acting_user) as entry:
        verdict.withdrawn_at, verdict.withdrawn_by = timezone.now(), acting_user
        verdict.withdrawal = reason
        verdict.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal"])
        entry.wrote(verdict)
        entry.detail = {"verdict": verdict.pk, "survivor": survivor, "alias": customer_id}
        _tell("customer.unmerged", survivor, customer_id)
        _lay_over(everybody, left, entry)
        _settle_questions(entry)
    _work_out({survivor, customer_id}, acting_user)
    with as_the_program():
        found = consequences(
            before,
            pictures.standings([survivor, customer_id]),
            work,
            pictures.work([survivor, customer_id]),
        )
    return Merged(verdict=verdict.pk, survivor=survivor, alias=customer_id, consequences=found)


@contextmanager
def _entry(action: str, subject: str, reason: str, acting_user: User) -> Iterator[Entry]:
    with recorded(
        acting_user=acting_user,
        action=action,
        right=Right.SETTLE_IDENTITY,
        subject=subject,
        customer_id=subject,
        reason=reason,
        is_company_wide=True,
    ) as entry:
        yield entry


def hold_still() -> None:
    """Nobody else changes who is who, and no run works over all customers, until we have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [RUN_LOCK])
        (is_free,) = cursor.fetchone()
    if not is_free:
        raise IdentityBusyError(
            "A run is working over all customers now, and would not see who was merged meanwhile. "
            "Nothing was changed; try again when it has ended."
        )
    exclude_erasures()
    lock_identity()


def seen(key: str, *, acting_user: User, right: Right = Right.SETTLE_IDENTITY) -> str:
    """The customer that a key stands for now. Raises NotFoundError where they may not see it."""
    with as_the_program():
        found = survivor_of(key)
        linked = Crosswalk.objects.filter(source_key=key).values_list("customer_id", flat=True)
        found = linked.first() or found
    with viewing(viewer_of(acting_user), right) as sight:
        if found not in seen_among(sight, [found]):
            raise NotFoundError("customer", key)
    return found


def _refuse_across_walls(survivor: Customer, alias: Customer) -> None:
    """What is known of a restricted customer must not come before whoever sees another one."""
    if not survivor.is_restricted and not alias.is_restricted:
        return
    named = {
        row.pk: set(names_in_force(ids=[row.pk]).values_list("user", flat=True))
        for row in (survivor, alias)
    }
    if survivor.is_restricted != alias.is_restricted or named[survivor.pk] != named[alias.pk]:
        restricted = [row.pk for row in (survivor, alias) if row.is_restricted]
        raise MergeRefusedError(
            f"{' and '.join(restricted)} may be seen by named people alone, and not the same "
            "people as the other: merged, what is known of one would be shown to those who may "
            "see the other. Have a privacy officer restrict both and name the same people."
        )


def _refuse_against_word(everybody: Collection[str]) -> None:
    said = IdentityVerdict.objects.filter(
        verdict="apart", level="customer", withdrawn_at=None, one__in=everybody, other__in=everybody
    ).first()
    if said is not None:
        raise MergeRefusedError(
            f"A steward said that {said.one} and {said.other} are not one ({said.pk}). "
            "Take that verdict back first, with a reason."
        )


def _lay_over(everybody: Collection[str], edges: dict[str, str], entry: Entry) -> None:
    """Write who survives of these customers by these merges: aliases, crosswalk, what they hide."""
    rows = Customer.objects.select_for_update().filter(pk__in=everybody).order_by("pk")
    found = {row.pk: row for row in rows}
    for key, row in found.items():
        root = root_of(key, edges)
        if (row.merged_into_id or key) == root:
            continue
        was_alias = row.merged_into_id is not None
        row.merged_into_id = None if root == key else root
        row.content_digest = ""  # its golden record is written anew when it stands alone again
        if root != key:
            put_behind(row, found[root])
        elif was_alias:
            # Of itself it hides as its records say, and is no less restricted than it was.
            row.sales_region = row.team = row.account_manager = ""
        row.save()
        entry.wrote(row)
        if root != key and not was_alias:
            _put_away(row, entry)
    links = Crosswalk.objects.select_for_update().filter(
        Q(home__in=everybody) | Q(home=None, customer__in=everybody)
    )
    moved = []
    for link in links.order_by("source_key"):
        home = link.home_id or link.customer_id
        root = root_of(home, edges)
        if link.customer_id != root:
            link.customer_id, link.home_id = root, (None if root == home else home)
            moved.append(link)
    Crosswalk.objects.bulk_update(moved, ["customer", "home"], batch_size=1_000)
    entry.wrote_all(moved)


def _put_away(alias: Customer, entry: Entry) -> None:
    """An alias has no golden record and no tier of its own; the salt stays for when it has."""
    tiers = list(TierAssignment.objects.filter(customer=alias).order_by("pk"))
    entry.wrote_all(tiers, op="delete")
    TierAssignment.objects.filter(customer=alias).delete()
    personal = CustomerPersonal.objects.filter(pk=alias.pk).first()
    if personal is not None:
        for name in GOLDEN:
            setattr(personal, name, "")
        personal.provenance, personal.rules = {}, {}
        personal.save()
        entry.wrote(personal)


def _settle_questions(entry: Entry) -> None:
    """Questions about customers that are one are settled; those about parted ones are open."""
    edges, now = merges(), timezone.now()
    for row in ResolutionQuestion.objects.filter(Q(settled_at=None) | Q(verdict="same")):
        is_one = len(row.customers) > 1 and are_one(row.customers, edges)
        if is_one is (row.settled_at is None):
            row.settled_at, row.verdict = (now, "same") if is_one else (None, "")
            row.save(update_fields=["settled_at", "verdict"])
            entry.wrote(row)


def _work_out(customers: Collection[str], acting_user: User) -> None:
    with recorded(
        acting_user=acting_user,
        action="customer:golden:written",
        right=Right.SETTLE_IDENTITY,
        is_company_wide=True,
    ) as entry:
        write_golden(entry, customers)
        entry.is_empty = not entry.rows
    decide_again(customers, acting_user=acting_user)


def _tell(event_type: str, survivor: str, alias: str) -> None:
    data = {"customer_id": survivor, "alias_id": alias}
    Audience.load().tell([Event(type=event_type, data=data, customers=(survivor, alias))])
