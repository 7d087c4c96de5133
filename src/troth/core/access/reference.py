"""What does the table of rights come to, cell by cell? Written by asking the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum

from troth.core.access.deciding import Person, Thing, decide, masked
from troth.core.access.rights import RULES
from troth.core.access.rules import Effect, Rule
from troth.core.access.vocabulary import Purpose, Relation, Right, Role, State
from troth.core.records.values import Sensitivity

_ME = 1
_THINGS = {
    Relation.OWN: Thing(account_manager="me"),
    Relation.TEAM: Thing(team="mine"),
    Relation.REGION: Thing(region="mine"),
    Relation.ALL: Thing(region="another"),
}
_NO = "·"
_HEAD = """# Who may do what

Generated from `troth.core.access.rights` by asking the engine about every cell; do not edit.
Every role × right × relation × state. What no rule allows is denied; forbid wins over allow; the
order of the rules says nothing.

A cell is the widest relation to the customer at which the role has the right: **own** (account
manager), **team**, **region**, **all**; `·` is never. "named" means: only with a customer for
whom the person is named, or whose glass they broke.
"""
_OTHERS = "Every right that is not in this table is as above.\n"


def reference() -> str:
    """The page: a table for each state, the rules, the masks. Markdown."""
    parts = [_HEAD, "## Where nothing is the matter\n", _table(frozenset())]
    for state in State:
        parts += [f"## {state.value.capitalize()}\n", _OTHERS, _table(frozenset({state}))]
    parts += ["## The rules that forbid\n", _forbidden(), "## Fields\n", _masks()]
    return "\n".join(parts)


def _table(states: frozenset[State]) -> str:
    """All rights; in a state, those alone that it changes for somebody."""
    rows = []
    for right in Right:
        cells = [_cell(role, right, states) for role in Role]
        if not states or cells != [_cell(role, right, frozenset()) for role in Role]:
            rows.append([f"`{right.value}`", *cells])
    return _markdown(["right", *(role.value for role in Role)], rows)


def _cell(role: Role, right: Right, states: frozenset[State]) -> str:
    me = Person(user_id=_ME, role=role, agent_key="me", team="mine", regions=frozenset({"mine"}))

    def allows(relation: Relation, *named: int) -> bool:
        thing = replace(_THINGS[relation], states=states, named=frozenset(named))
        return decide(me, right, thing).is_allowed

    for named in ((), (_ME,)):
        held = [relation for relation in Relation if allows(relation, *named)]
        if held:
            return max(held).name.lower() + (", named" if named else "")
    return _NO


def _forbidden() -> str:
    rows = [
        [
            f"`{rule.id}`",
            rule.because,
            _words(rule.rights),
            "everybody" if len(rule.roles) == len(Role) else _words(rule.roles),
            _words(rule.states) or _words(rule.only),
            _words(rule.spares),
        ]
        for rule in sorted(_forbidding(), key=lambda rule: rule.id)
    ]
    return _markdown(["rule", "because", "rights", "roles", "where", "spares"], rows)


def _forbidding() -> Iterable[Rule]:
    return (rule for rule in RULES if rule.effect is Effect.FORBID)


def _masks() -> str:
    rows = [
        [
            kind.value,
            purpose.value,
            _words(role for role in Role if not masked(role, purpose, kind)) or "nobody",
        ]
        for kind in Sensitivity
        for purpose in Purpose
    ]
    about = "A field is shown as it is to these roles for this purpose, and masked to all others.\n"
    return f"{about}\n{_markdown(['class', 'purpose', 'shown to'], rows)}"


def _words(names: Iterable[Enum]) -> str:
    return ", ".join(sorted(str(name.value) for name in names))


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
