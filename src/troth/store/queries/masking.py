"""Which fields may this viewer read, for this purpose?

The one place where a field's class (`troth.core.records`, `troth.store.classification`) meets the
table of masks (`troth.core.access`). Whatever is shown of a person is read here or by `naming`, and
nowhere else in `store.queries`: a masked field is not read at all, so that no page, list, file or
answer of a program can tell it. `tests/architecture/test_masking.py` holds that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from troth.core.access.deciding import masked
from troth.core.access.roles import Right
from troth.core.access.vocabulary import Purpose
from troth.core.records.values import Sensitivity
from troth.store.classification.classes import class_of, class_of_row
from troth.store.models import Customer, CustomerPersonal, FactPersonal
from troth.store.queries.reads import note
from troth.store.queries.viewing import Viewer

GOLDEN = ("name", "email", "phone", "tax_id", "address", "postal_code")
_CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True)
class Golden:
    """The personal part of a golden record, as far as it is shown."""

    values: Mapping[str, str]  # field → value; "" where there is none, or it is masked
    provenance: Mapping[str, str]  # field → key of the record that it came from
    masked: tuple[str, ...]  # the fields that are not shown


def shows(viewer: Viewer, kind: Sensitivity, *, purpose: Purpose = Purpose.SERVICE) -> bool:
    """Whether fields of a class are shown to this viewer for this purpose.

    Whoever works as the program holds the machine, its keys and its files.
    """
    if viewer.is_the_program:
        return True
    if kind.is_stored_apart and not viewer.may(Right.SEE_PERSONAL):
        return False
    return not masked(viewer.role, purpose, kind)


def shows_field(
    viewer: Viewer, kind: str, name: str, *, purpose: Purpose = Purpose.SERVICE
) -> bool:
    """Whether one field of one record kind is shown; of a column that no record has: its worst."""
    return shows(viewer, class_of(kind, name), purpose=purpose)


def shows_rows(viewer: Viewer, kind: str, *, purpose: Purpose = Purpose.SERVICE) -> bool:
    """Whether a delivered row of a record kind is shown whole: as its most sensitive field."""
    return shows(viewer, class_of_row(kind), purpose=purpose)


def golden(
    viewer: Viewer, customer: Customer, *, purpose: Purpose = Purpose.SERVICE
) -> Golden | None:
    """What is known of who a customer is; None where there is nothing, or nothing is shown.

    Read it from a queryset that joined `customerpersonal`.
    """
    shown = {name for name in GOLDEN if shows_field(viewer, _CUSTOMER, name, purpose=purpose)}
    if not shown:
        return None
    try:
        found = customer.customerpersonal
    except CustomerPersonal.DoesNotExist:
        return None
    what = "record" if purpose is Purpose.SERVICE else f"record for {purpose.value}"
    note(viewer=viewer, what=what, subject=customer.pk)
    return Golden(
        values={name: getattr(found, name) if name in shown else "" for name in GOLDEN},
        provenance={name: key for name, key in found.provenance.items() if name in shown},
        masked=tuple(name for name in GOLDEN if name not in shown),
    )


def said(viewer: Viewer, kind: str, name: str, keys: Collection[str]) -> dict[str, str]:
    """Key → what a text field of these records says now; nothing where it is masked."""
    if not keys or not shows_field(viewer, kind, name):
        return {}
    rows = FactPersonal.objects.filter(kind=kind, key__in=keys).order_by("revision")
    found = {key: str(fields.get(name) or "") for key, fields in rows.values_list("key", "fields")}
    for key in found:
        note(viewer=viewer, what="words", subject=key)
    return found


def written(viewer: Viewer, words: str, *, subject: str, author: int | None = None) -> str:
    """What a colleague wrote about a customer: "" where it is masked.

    It is kept for whoever checks who saw whom; its author knows it already.
    """
    if not words or author == viewer.user_id:
        return words
    if not shows(viewer, Sensitivity.PERSONAL, purpose=Purpose.PRIVACY):
        return ""
    note(viewer=viewer, what="reason", subject=subject)
    return words
