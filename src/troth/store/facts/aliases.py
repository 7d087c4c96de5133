"""Which ids does one customer have, after stewards have merged some?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from troth.store.models import Customer
from troth.store.queries.viewing import as_the_program


def survivor_of(customer_id: str) -> str:
    """The customer that an id stands for: itself, unless it was merged into another."""
    if not customer_id:
        return ""
    with as_the_program():
        found = Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True)
        return found.first() or customer_id


def survivors() -> dict[str, str]:
    """Every alias → the customer that it stands for."""
    with as_the_program():
        merged = Customer.objects.exclude(merged_into=None)
        return dict(merged.values_list("pk", "merged_into_id"))


def aliases() -> dict[str, tuple[str, ...]]:
    """Every customer that others were merged into → their ids, the one known longest first."""
    found: dict[str, tuple[str, ...]] = {}
    with as_the_program():
        merged = Customer.objects.exclude(merged_into=None).order_by("first_known_at", "pk")
        for alias, survivor in merged.values_list("pk", "merged_into_id"):
            found[survivor] = (*found.get(survivor, ()), alias)
    return found


def with_aliases(ids: Collection[str], known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Some customers, each followed by its aliases."""
    return tuple(one for key in ids for one in (key, *known.get(key, ())))
