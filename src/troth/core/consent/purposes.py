"""For which purposes is a customer's data used, on which legal basis, and who may say no?

A purpose is declared by a notice: what the customer is told (GDPR Art. 13(1)(c): purpose and legal
basis). A new version of the notice is a new declaration; the last one that was declared holds.
Those that come with the product have version 0; a workspace declares its own, or others of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_KEY = re.compile(r"[a-z][a-z0-9_]{1,62}")
PERSONAL_LAYERS = ("customer", "tier", "segment")  # of policies, that may rest on a purpose


class Basis(StrEnum):
    """The legal bases of GDPR Art. 6(1)."""

    CONSENT = "consent"  # (a)
    CONTRACT = "contract"  # (b)
    LEGAL_OBLIGATION = "legal_obligation"  # (c)
    VITAL_INTERESTS = "vital_interests"  # (d)
    PUBLIC_TASK = "public_task"  # (e)
    LEGITIMATE_INTERESTS = "legitimate_interests"  # (f)

    @property
    def article(self) -> str:
        """ "Art. 6(1)(a)"."""
        return f"Art. 6(1)({'abcdef'[list(Basis).index(self)]})"

    @property
    def can_be_refused(self) -> bool:
        """Whether a subject's no counts: Art. 7(3) for consent, Art. 21(1) for (e) and (f)."""
        return self in (Basis.CONSENT, Basis.PUBLIC_TASK, Basis.LEGITIMATE_INTERESTS)


class NoticeError(ValueError):
    """This notice declares no purpose. Correct what the message names."""

    code = "consent.notice"


class UnknownPurposeError(LookupError):
    """No purpose is called so. Use one of those that `troth consent purposes` lists."""

    code = "consent.purpose"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a customer is told of one purpose. Raises NoticeError."""

    purpose: str  # its key: "personalisation_tier"
    version: int  # 0 comes with the product
    basis: Basis
    title: str  # how people call the purpose
    text: str  # what the customer is told
    layers: tuple[str, ...] = ()  # the layers of policy that rest on it, of PERSONAL_LAYERS
    valid_days: int | None = None  # how long a yes lasts that names no end; None: until it is taken
    # A yes to an older version does not count any more: what is done has changed too much.
    asks_again: bool = False
    declared_at: datetime = datetime.min.replace(tzinfo=UTC)

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.purpose):
            raise NoticeError(
                f"A purpose is a name of small letters, digits and _, not {self.purpose!r}: write "
                "it as personalisation_tier."
            )
        if not self.title.strip() or not self.text.strip():
            raise NoticeError(f"The notice of {self.purpose} says nothing: give a title and text.")
        unknown = sorted(set(self.layers) - set(PERSONAL_LAYERS))
        if unknown:
            raise NoticeError(
                f"No layer of policy called {', '.join(unknown)} may rest on a purpose: choose of "
                f"{', '.join(PERSONAL_LAYERS)}. Contracts, regions and guardrails always hold."
            )
        if self.valid_days is not None and not 1 <= self.valid_days <= 3650:
            raise NoticeError("A yes lasts from 1 to 3650 days: correct valid_days.")
        if self.declared_at.tzinfo is None:
            raise NoticeError("declared_at needs a zone: write it as 2026-01-31T09:00:00Z.")


def _built_in(
    purpose: str, basis: Basis, title: str, text: str, layers: tuple[str, ...] = ()
) -> Notice:
    return Notice(purpose=purpose, version=0, basis=basis, title=title, text=text, layers=layers)


# One line an entry; what a workspace declares under the same name takes its place.
BUILT_IN: tuple[Notice, ...] = (
    _built_in(
        "service",
        Basis.CONTRACT,
        "Service",
        "We use what you order and tell us to deliver, to bill and to help you.",
    ),
    _built_in(
        "personalisation_own",
        Basis.LEGITIMATE_INTERESTS,
        "Terms of your own",
        "We keep rules for you alone. Signed terms are no part of this: they always hold.",
        ("customer",),
    ),
    _built_in(
        "personalisation_tier",
        Basis.LEGITIMATE_INTERESTS,
        "Treatment by tier",
        "We treat you by the tier that your revenue puts you in.",
        ("tier",),
    ),
    _built_in(
        "personalisation_segment",
        Basis.LEGITIMATE_INTERESTS,
        "Treatment by segment",
        "We treat you as we treat customers who are like you.",
        ("segment",),
    ),
    _built_in(
        "profiling",
        Basis.LEGITIMATE_INTERESTS,
        "Profiling",
        "We work out what you are worth to us and how likely you are to stay; tiers and segments "
        "rest on it.",
        ("tier", "segment"),
    ),
    _built_in(
        "sentiment",
        Basis.CONSENT,
        "Reading of sentiment",
        "We read from what you write how content you are.",
    ),
    _built_in(
        "marketing",
        Basis.CONSENT,
        "Marketing",
        "We write to you about what you did not ask for.",
    ),
)


class Purposes:
    """The purposes of a workspace, as they were declared at each instant."""

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._notices: dict[str, list[Notice]] = {}
        for notice in (*BUILT_IN, *notices):
            self._notices.setdefault(notice.purpose, []).append(notice)
        for found in self._notices.values():
            found.sort(key=lambda notice: (notice.declared_at, notice.version))

    def at(self, at: datetime) -> tuple[Notice, ...]:
        """The notice of each purpose that is declared at an instant; built-in purposes first."""
        found = (self._last(purpose, at) for purpose in self._notices)
        return tuple(notice for notice in found if notice is not None)

    def notice(self, purpose: str, at: datetime) -> Notice:
        """The notice of one purpose at an instant. Raises UnknownPurposeError."""
        found = self._last(purpose, at)
        if found is None:
            known = ", ".join(item.purpose for item in self.at(at))
            raise UnknownPurposeError(f"No purpose is called {purpose!r}; there are {known}.")
        return found

    def least_version(self, purpose: str, at: datetime) -> int:
        """The oldest version to which a yes still counts at an instant."""
        asking = [item for item in self._declared(purpose, at) if item.asks_again]
        return asking[-1].version if asking else 0

    def versions(self, purpose: str) -> tuple[Notice, ...]:
        """Every notice of a purpose, the oldest first."""
        return tuple(self._notices.get(purpose, ()))

    def changes(self) -> tuple[datetime, ...]:
        """The instants at which something was declared, ascending."""
        return tuple(
            sorted({item.declared_at for found in self._notices.values() for item in found})
        )

    def _declared(self, purpose: str, at: datetime) -> list[Notice]:
        return [item for item in self._notices.get(purpose, ()) if item.declared_at <= at]

    def _last(self, purpose: str, at: datetime) -> Notice | None:
        declared = self._declared(purpose, at)
        return declared[-1] if declared else None
