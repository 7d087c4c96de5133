"""How do customers stand, so that a merge or a move of tier can say what it changes?

Read before and after by the same code, from the rows themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from troth.core.identity.consequences import Standing, Work
from troth.core.policies.book import PolicyBook
from troth.core.policies.kinds import KINDS
from troth.core.policies.scopes import Subject
from troth.store.facts.consents import consent_book
from troth.store.facts.policies import published_versions
from troth.store.facts.subjects import subject_of
from troth.store.models import Clock, Customer, CustomerPersonal, FreezeWindow, Promise
from troth.store.queries.masking import GOLDEN, shows_field
from troth.store.queries.reads import note
from troth.store.queries.viewing import Viewer

_OPEN = frozenset({"open", "late", "in_progress", "paused"})
_PLAIN = ("party_kind", "segment", "country", "city", "language", "time_zone")
_WALL = ("sales_region", "team", "account_manager", "is_restricted")


class Pictures:
    """Reads how customers stand, under the policies as they are published now."""

    def __init__(self, viewer: Viewer, at: datetime) -> None:
        self._viewer, self._at = viewer, at
        self._book = PolicyBook.compile(published_versions())

    def standings(self, customers: Collection[str]) -> list[Standing]:
        """How each stands, in the given order; a field masked for the viewer is left out."""
        rows = Customer.objects.in_bulk(list(customers))
        return [self._standing(rows[key]) for key in customers]

    def entitlement(self, row: Customer) -> Standing:
        """The tier of one, and what the policies give them; nothing of who they are."""
        shown: dict[tuple[str, str], object] = {("tier", "tier"): row.tier}
        subject = subject_of(row.pk, at=self._at)
        return Standing(customer=row.pk, aspects=shown | self._policies(subject))

    def _policies(self, subject: Subject) -> dict[tuple[str, str], object]:
        return {
            ("policy", f"{kind.name}.{output}"): value
            for kind in KINDS
            for output, value in self._book.resolve(kind.name, subject, self._at).values.items()
        }

    def _standing(self, row: Customer) -> Standing:
        shown = {
            ("identity", "records"): row.crosswalk.count(),
            ("tier", "tier"): row.tier,
            ("tier", "revenue"): row.revenue_trailing,
            **{("visibility", name): getattr(row, name) for name in _WALL},
        }
        subject = subject_of(row.pk, at=self._at)
        shown["policy", "freezes"] = FreezeWindow.objects.filter(
            layer="customer", scope__in=subject.customers, ended_at=None
        ).count()
        for purpose in consent_book(row.pk).at(row.pk, timezone.now()):  # what was said today
            shown["consent", purpose.purpose] = purpose.state.value
        shown |= self._policies(subject)
        return Standing(customer=row.pk, aspects=shown | self._fields(row))

    def _fields(self, row: Customer) -> dict[tuple[str, str], object]:
        fields: dict[tuple[str, str], object] = {
            ("field", name): getattr(row, name) for name in _PLAIN
        }
        personal = CustomerPersonal.objects.filter(pk=row.pk).first()
        note(viewer=self._viewer, what="record", subject=row.pk)
        for name in GOLDEN:
            if shows_field(self._viewer, "customer", name):
                fields["field", name] = getattr(personal, name) if personal else ""
        return fields

    def work(self, customers: Collection[str]) -> list[Work]:
        """The promises and clocks of these customers."""
        promises = Promise.objects.filter(customer__in=customers).order_by("order_key")
        clocks = Clock.objects.filter(customer__in=customers).exclude(metric="delivery")
        return [
            *(
                Work(
                    kind="promise",
                    subject=row.pk,
                    metric="delivery",
                    due_at=row.promised_at,
                    state=row.state,
                    is_open=row.state in _OPEN,
                )
                for row in promises
            ),
            *(
                Work(
                    kind="clock",
                    subject=row.subject,
                    metric=row.metric,
                    due_at=row.due_at,
                    state=f"{row.state}, breached" if row.breached else row.state,
                    is_open=row.state in _OPEN,
                )
                for row in clocks.order_by("subject", "metric")
            ),
        ]
