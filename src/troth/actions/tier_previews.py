"""What would another tier change for a customer: what they are entitled to, and what was promised?

Worked out by doing it and undoing it again, with the very code of the main job: the tier is put
into the history, every order and case that was decided since is decided again, and both pictures
are compared. Nothing is kept. What was decided before the move keeps the tier that it was decided
in, as in a run: a promise is not taken back because a tier is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from django.db import transaction
from django.db.models import Q

from troth.actions.merge_pictures import Pictures
from troth.actions.merging import hold_still, seen
from troth.actions.people import system_user
from troth.actions.recording import writing
from troth.actions.redeciding import decide_work_again, moment
from troth.core.access.roles import Right
from troth.core.identity.consequences import Consequences, consequences
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject
from troth.core.tiers import thresholds_from
from troth.store.facts.policies import published_versions
from troth.store.models import Customer, TierAssignment, User
from troth.store.queries.viewing import as_the_program, viewer_of


class TierPreviewError(ValueError):
    """Such a move cannot be looked at. The message says why, and what can."""

    code = "tier.preview"


@dataclass(frozen=True, kw_only=True)
class TierPreview:
    """A move from one tier to another, and what it would change."""

    customer_id: str
    tier_before: str  # "" for none
    tier_after: str
    since: datetime
    as_of: datetime  # what counted as now in the last run
    tiers: tuple[str, ...]  # those that the policy in force knows, the best first
    consequences: Consequences


def known_tiers(at: datetime) -> tuple[str, ...]:
    """The tiers of the policy in force, the best first."""
    policy = PolicyBook.compile(published_versions()).resolve("tiers", Subject(), at)
    return tuple(tier.name for tier in thresholds_from(policy["thresholds"]))


def preview_tier(
    *, customer_id: str, tier: str, since: datetime | None = None, acting_user: User
) -> TierPreview:
    """What would be otherwise if a customer were in `tier` from `since` on (None: from now on).

    `since` is aware and not after what counts as now. Raises NotAllowedError, NotFoundError (also
    where they may not see the customer), TierPreviewError, IdentityBusyError.
    """
    viewer = viewer_of(acting_user)
    viewer.require(Right.SEE_POLICIES)
    with writing():
        hold_still()
        found = seen(customer_id, acting_user=acting_user, right=Right.SEE_CUSTOMERS)
        with as_the_program():
            as_of = moment()
            tiers = known_tiers(as_of)
            start = _checked(tier, since, tiers, as_of)
            row = Customer.objects.select_for_update().get(pk=found)
            pictures, before = Pictures(viewer, as_of), row.tier
            # What the next run would write anyway is no consequence of the move.
            decide_work_again({found}, acting_user=system_user())
            standing, work = [pictures.entitlement(row)], pictures.work([found])
            _move(row, tier, start)
            decide_work_again({found}, acting_user=system_user())
            changed = consequences(
                standing, [pictures.entitlement(row)], work, pictures.work([found])
            )
        transaction.set_rollback(True)
    return TierPreview(
        customer_id=found,
        tier_before=before or "",
        tier_after=tier,
        since=start,
        as_of=as_of,
        tiers=tiers,
        consequences=changed,
    )


def _checked(
    tier: str, since: datetime | None, tiers: tuple[str, ...], as_of: datetime
) -> datetime:
    if tier not in tiers:
        close = get_close_matches(tier, tiers, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise TierPreviewError(
            f"No tier is called {tier!r}. {hint}The policy in force knows {', '.join(tiers)}."
        )
    if since is None:
        return as_of
    if since > as_of:
        raise TierPreviewError(
            f"A move from {since:%Y-%m-%d} on lies after {as_of:%Y-%m-%d}, which counts as now: it "
            "changes nothing that was promised. Ask for an earlier day, or leave it out."
        )
    return since


def _move(row: Customer, tier: str, start: datetime) -> None:
    history = TierAssignment.objects.filter(customer=row)
    history.filter(starts_at__gte=start).delete()
    history.filter(Q(ends_at=None) | Q(ends_at__gt=start)).update(ends_at=start)
    TierAssignment.objects.create(
        customer=row,
        tier=tier,
        starts_at=start,
        ends_at=None,
        code="preview",
        sentence="",
        revenue=row.revenue_trailing or 0,
        currency=row.currency or "",
        policy_version="",
    )
    row.tier = tier
    row.save(update_fields=["tier"])
