"""Is every table protected by the database itself, or named with the reason why it is not?"""

from __future__ import annotations

import ast

import pytest
from django.db import connection
from tests.architecture.source import below

from troth.store.protection import EXEMPT, EXEMPT_PREFIXES, POLICY, PROTECTED

_STATE = """
    SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, count(p.polname)
    FROM pg_class AS c LEFT JOIN pg_policy AS p ON p.polrelid = c.oid AND p.polname = %s
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    GROUP BY 1, 2
"""

# Models whose rows are of customers: a reader gets them through a function that cuts them.
_MODELS = {
    "CaseWork", "Clock", "Crosswalk", "Customer", "CustomerPersonal", "Decision", "OutboxMessage",
    "IdentityVerdict", "PolicyChange", "PolicyVersion", "Promise", "QuarantinedRow",
    "ResolutionQuestion", "TierAssignment",
}  # fmt: skip
_CUTS = {
    "visible", "visible_changes", "visible_customers", "visible_policies", "visible_quarantine",
    "visible_questions", "visible_verdicts",
}  # fmt: skip
# Functions of store.queries that read such rows uncut, each with its reason.
UNCUT = {
    "cases": {"_HAS_BREACH": "asked of a case that was cut already"},
    "policies": {"_in_state": "asked of a version that was cut already"},
    "customers": {"_matches": "a condition on customers that are cut"},
    "access": {
        "_thing": "says who may, of a thing that the asker named",
        "_of": "says who may, of a thing that the asker named",
        "restricted_customers": "ids, for those who keep access",
    },
    "contents": {"content_faults": "compares digests and shows nobody a row"},
    "current_rows": {"compare_rows": "compares digests and shows nobody a row"},
    "outbox": {
        "backlog_now": "counts, of nobody",
        "_chosen": "its callers cut what it gives",
    },
}


def _tables() -> dict[str, tuple[bool, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [POLICY])
        return {name: (is_on, policies) for name, is_on, policies in cursor.fetchall()}


def _unplaced(tables: set[str]) -> list[str]:
    return sorted(
        table
        for table in tables - PROTECTED.keys() - EXEMPT.keys()
        if not table.startswith(tuple(EXEMPT_PREFIXES))
    )


def test_every_table_is_protected_or_exempt_with_a_reason(db: None) -> None:
    assert _unplaced(set(_tables())) == []
    assert _unplaced({"store_novelty", "django_session"}) == ["store_novelty"]
    assert not PROTECTED.keys() & EXEMPT.keys()
    assert all({**EXEMPT, **EXEMPT_PREFIXES}.values())


def test_no_rule_is_written_for_a_table_that_is_not_there(db: None) -> None:
    assert sorted({*PROTECTED, *EXEMPT} - _tables().keys()) == []


@pytest.mark.parametrize("is_forced", [True, False])
def test_every_protected_table_has_its_rule_and_holds_its_owner_to_it(
    db: None, is_forced: bool
) -> None:
    found = _tables() if is_forced else {**_tables(), "store_customer": (False, 1)}
    bare = [table for table in PROTECTED if found[table] != (True, 1)]
    assert bare == ([] if is_forced else ["store_customer"])


def _uncut(module: str, tree: ast.Module) -> list[str]:
    """Places that read a customer's rows and are no argument of a function that cuts them."""
    cut = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _CUTS
        for inner in ast.walk(node)
    }
    # What is cut a line later: `rows = Model.objects…`, then `visible(rows, …)`.
    handed_on = {
        argument.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _CUTS
        for argument in node.args
        if isinstance(argument, ast.Name)
    }
    found = []
    for top in tree.body:
        name = getattr(top, "name", None) or ast.unparse(getattr(top, "targets", [top])[0])
        if name in UNCUT.get(module, {}):
            continue
        later = {
            id(inner)
            for node in ast.walk(top)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in handed_on
            for inner in ast.walk(node.value)
        }
        found += [
            f"{module}.{name}:{node.lineno}"
            for node in ast.walk(top)
            if isinstance(node, ast.Attribute)
            and node.attr == "objects"
            and isinstance(node.value, ast.Name)
            and node.value.id in _MODELS
            and id(node) not in cut | later
        ]
    return found


def test_every_reader_cuts_what_it_reads_of_customers() -> None:
    found = [
        place
        for module in below("troth.store.queries")
        if (short := module.name.split(".")[-1]) != "visibility"
        for place in _uncut(short, module.tree)
    ]
    assert found == []


def test_a_reader_that_cuts_nothing_is_found() -> None:
    reader = "def find(*, viewer):\n    return Customer.objects.filter(pk=1)\n"
    assert _uncut("novelty", ast.parse(reader)) == ["novelty.find:2"]
    reader = "def find(*, viewer):\n    return visible(Promise.objects.filter(pk=1), sight)\n"
    assert _uncut("novelty", ast.parse(reader)) == []
