"""By which name does this viewer know a customer?"""

from __future__ import annotations

from collections.abc import Iterable

from troth.store.models import Customer, CustomerPersonal
from troth.store.queries.masking import shows_field
from troth.store.queries.reads import note
from troth.store.queries.viewing import Sight, Viewer
from troth.store.queries.visibility import visible


def display_name(viewer: Viewer, customer: Customer | None) -> str:
    """The customer's name, or its id where the viewer may not see it or there is none.

    Read it from a queryset that joined `customerpersonal`, or each row costs a query.
    """
    if customer is None:
        return ""
    if not shows_field(viewer, "customer", "name"):
        return customer.pk
    try:
        name = customer.customerpersonal.name
    except CustomerPersonal.DoesNotExist:
        name = ""
    if not name:
        return customer.pk
    note(viewer=viewer, what="name", subject=customer.pk)
    return name


def names_of(sight: Sight, ids: Iterable[str]) -> dict[str, str]:
    """The names of many customers at once; an unknown id stands for itself."""
    wanted = set(ids)
    names = {customer_id: customer_id for customer_id in wanted}
    if wanted and shows_field(sight.viewer, "customer", "name"):
        known = visible(CustomerPersonal.objects.filter(pk__in=wanted), sight).exclude(name="")
        for customer_id, name in known.values_list("pk", "name"):
            note(viewer=sight.viewer, what="name", subject=customer_id)
            names[customer_id] = name
    return names
