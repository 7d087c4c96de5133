"""Which policies of customers and contracts may this viewer see, and what is known about each?

They are judged over everybody, with the versions of all; what happened is read in the viewer's own
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from troth.core.access.roles import Right
from troth.core.policies.consolidating import Proposal, Setting, consolidated, retirement
from troth.core.policies.equivalence import Certainty
from troth.core.policies.retiring import OWN_LAYERS, OwnPolicy, own_policies
from troth.core.policies.scopes import Scope
from troth.core.policies.templates import Template, templates
from troth.store.facts.observed import observed_cases
from troth.store.facts.own_policies import Holders, Use, uses
from troth.store.facts.policies import published_versions
from troth.store.models import FreezeOverride, FreezeWindow, PolicyVersion
from troth.store.queries.masking import shows_field
from troth.store.queries.moment import moment_of
from troth.store.queries.viewing import Sight, as_the_program
from troth.store.queries.visibility import seen_among, visible_freezes, visible_policies

MOST_OBSERVED = 2_000  # different cases that policies of one kind are compared by
_ASKED_OF = {"order": ("total", "channel", "requested_at"), "case": ("severity", "category")}
_Case = dict[str, Any]


class OwnPolicies:
    """What one viewer sees of them at one moment. Made, and asked, inside `viewing`."""

    def __init__(
        self,
        sight: Sight,
        *,
        at: datetime | None,
        kind: str = "",
        author: str = "",
        reason: str = "",
    ) -> None:
        self._sight, self._author, self._reason = sight, author, reason
        self.at = at or max(moment_of(sight.viewer), timezone.now())
        rows = visible_policies(PolicyVersion.objects.all(), sight)
        seen = set(rows.values_list("pk", flat=True))
        with as_the_program():
            self._versions = published_versions()
            every = list(own_policies(self._versions, at=self.at))
            self._holders = Holders([own.version.scope for own in every], at=self.at)
        self.own = [
            own for own in every if own.version.id in seen and kind in ("", own.version.kind)
        ]
        self._by_scope = {(own.version.kind, own.version.scope): own for own in every}
        held = {customer for own in self.own for customer in self._holders.of(own.version.scope)}
        self._seen = seen_among(sight, held)
        self._observed: dict[str, dict[str, list[_Case]]] = {}
        self._uses = self._used() if sight.viewer.may(Right.SEE_DECISIONS) else None
        self._overrides = self._overridden()
        self._certain = Certainty()

    def may_see(self, customer: str) -> bool:
        """Whether a customer may be named."""
        return customer in self._seen or bool(seen_among(self._sight, [customer]))

    def customers(self, scope: Scope) -> tuple[str, ...]:
        """Whom a policy is for, as far as the viewer may see them."""
        return tuple(item for item in self._holders.of(scope) if item in self._seen)

    def use(self, own: OwnPolicy) -> Use | None:
        """How decisions used it; None: the viewer may not see decisions."""
        if self._uses is None:
            return None
        found = [self._uses[item.id] for item in own.siblings if item.id in self._uses]
        used = [item for item in found if item.used_at is not None]
        last = max(used, key=lambda item: (item.used_at, item.decision), default=None)
        return Use(
            used_at=last.used_at if last else None,
            decision=last.decision if last else "",
            overruled=sum(item.overruled for item in found),
        )

    def exceptions(self, own: OwnPolicy) -> int:
        """How often it was departed from: freezes overridden for it, answers that did not stand."""
        used = self.use(own)
        overrides = sum(self._overrides.get(item.id, 0) for item in own.siblings)
        return overrides + (used.overruled if used else 0)

    def ended(self, kind: str, scopes: Sequence[Scope]) -> Proposal:
        """What ending these policies of one kind comes to."""
        members = [customer for scope in scopes for customer in self._holders.of(scope)]
        return retirement(self._setting(kind, members, is_wide=False), scopes)

    def templates(self, *ids: str) -> Iterator[Template]:
        """What could be one, kind by kind; `ids`: of these alone."""
        for kind in dict.fromkeys(own.version.kind for own in self.own):
            held = [own for own in self.own if own.version.kind == kind and not own.is_open]
            customers = [c for own in held for c in self.customers(own.version.scope)]
            cases = self._cases(kind, customers)
            for item in templates([own.version for own in held], cases, at=self.at):
                if not ids or item.id in ids:
                    yield item

    def consolidated(self, template: Template) -> Proposal:
        """What making a template comes to."""
        scopes = [item.scope for item in template.members]
        members = [customer for scope in scopes for customer in self._holders.of(scope)]
        return consolidated(self._setting(template.standard.kind, members, is_wide=True), template)

    def _setting(self, kind: str, members: Sequence[str], *, is_wide: bool) -> Setting:
        versions = [item for item in self._versions if item.kind == kind]
        if not is_wide:  # what is others' own holds for none of these
            own = {scope for who in members for scope in self._holders.scopes(who)}
            versions = [
                item for item in versions if item.scope.layer not in OWN_LAYERS or item.scope in own
            ]
        asked = [item for who in members for item in self._holders.asked(who, versions, kind)]
        if is_wide:
            with as_the_program():
                asked = [*self._holders.everybody(versions, kind), *asked]
        return Setting(
            versions=tuple(versions),
            own={scope: own for (name, scope), own in self._by_scope.items() if name == kind},
            members=tuple(self._holders.subject(who, self.at) for who in dict.fromkeys(members)),
            asked=tuple(asked),
            observed=tuple(self._cases(kind, [who for who in members if who in self._seen])),
            at=self.at,
            author=self._author,
            reason=self._reason,
            certain=self._certain,
        )

    def _cases(self, kind: str, customers: Iterable[str]) -> list[_Case]:
        """What happened to these customers, each different case once."""
        if kind not in self._observed:
            self._observed[kind] = self._read(kind)
        found: dict[tuple[tuple[str, Any], ...], _Case] = {}
        for customer in dict.fromkeys(customers):
            for case in self._observed[kind].get(customer, ()):
                if len(found) >= MOST_OBSERVED:
                    return list(found.values())
                found.setdefault(tuple(case.items()), case)
        return list(found.values())

    def _read(self, kind: str) -> dict[str, list[_Case]]:
        """Their cases, for those alone who may see all that such a case says."""
        viewer = self._sight.viewer
        may = viewer.may(Right.SEE_ORDERS) and all(
            shows_field(viewer, record, name) for record, names in _ASKED_OF.items()
            for name in names
        )  # fmt: skip
        if not may:
            return {}
        held = [
            customer
            for own in self.own
            if own.version.kind == kind
            for customer in self.customers(own.version.scope)
        ]
        return dict(observed_cases(kind, held, as_of=self.at))

    def _used(self) -> dict[str, Use]:
        pairs = [
            (customer, version.id)
            for own in self.own
            for customer in self.customers(own.version.scope)
            for version in own.siblings
        ]
        return dict(uses(pairs))

    def _overridden(self) -> dict[str, int]:
        windows = visible_freezes(FreezeWindow.objects.all(), self._sight)
        ids = [version.id for own in self.own for version in own.siblings]
        rows = FreezeOverride.objects.filter(version__in=ids, window__in=windows)
        found: dict[str, int] = {}
        for version in rows.values_list("version", flat=True):
            found[version] = found.get(version, 0) + 1
        return found
