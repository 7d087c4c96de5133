"""`troth policy consolidate`: which policies of customers are worth their keep?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from troth.actions.access import active_user
from troth.actions.consolidating import consolidate
from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.policies.kinds import BY_NAME
from troth.core.policies.retiring import Cost
from troth.store.models import User
from troth.store.queries.consolidation import (
    KeptPolicy,
    TemplateShown,
    Verdict,
    consolidation,
)
from troth.store.queries.viewing import viewer_of

_STATES = {
    "may_end": "may end",
    "decides": "decides",
    "staged": "is being rolled out",
    "changing": "is about to change",
}
_HOW = {
    "same": "the same in every case",
    "parameters": "the same but for some values",
    "history": "the same in all that happened",
}


@click.command("consolidate")
@click.option("--kind", type=click.Choice(sorted(BY_NAME)), help="Of one kind alone.")
@click.option(
    "--propose",
    "chosen",
    multiple=True,
    metavar="ID",
    help="Draft the change that ends this policy, or makes this template. Repeat it for policies.",
)
@click.option("--reason", default="", help="Why, in a sentence; it is kept with --propose.")
@click.option("--as", "username", help="Who drafts it; by default Troth itself.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@needs_database
def consolidate_command(  # exempt: one parameter an option
    kind: str | None, chosen: tuple[str, ...], reason: str, username: str | None, as_json: bool,
    workspace: Workspace, acting_user: User,
) -> None:  # fmt: skip
    """Find policies of customers and contracts that change nothing, or that could be one.

    For each: when a decision last went by it, for whom it is, what it costs to keep (rules ×
    changes × exceptions), and whether anything would change for anybody without it: proved by the
    geometry of the tables, else asked of recorded cases and cases by chance. With --propose a
    change is drafted, unless something would change.
    """
    who = active_user(username) if username else acting_user
    if chosen:
        row = consolidate(chosen, reason=reason, acting_user=who)
        if as_json:
            print_json({"change": row.pk, "state": row.state, "title": row.title})
        else:
            OUT.print(f"{row.pk}  {row.title}", soft_wrap=True, markup=False, highlight=False)
            OUT.print(
                f"Drafted and checked. Ask for its sign-offs: `troth change propose {row.pk}`."
            )
        return
    found = consolidation(viewer=viewer_of(who), kind=kind or "")
    if as_json:
        print_json(
            {
                "at": found.at,
                "policies": [_policy(item) for item in found.policies],
                "templates": [_template(item) for item in found.templates],
            }
        )
        return
    if not found.policies:
        OUT.print("No policy in force is of one customer or contract: there is nothing to end.")
        return
    _print(found.policies)
    for item in found.templates:
        _print_template(item)


def _print(policies: Iterable[KeptPolicy]) -> None:
    print_table(
        "Policies of customers and contracts, the dearest to keep first",
        ("policy", "last used", "cost to keep", "without it"),
        [
            (
                item.title,
                _used(item),
                _cost(item.cost),
                _STATES[item.state],
            )
            for item in policies
        ],
        right=("cost to keep",),
    )
    _say("Cost to keep: rules × versions ever published × (1 + exceptions).")
    for item in policies:
        if item.verdict is not None:
            _say(f"{item.id}  {item.title}: {_told(item.verdict)}")


def _print_template(item: TemplateShown) -> None:
    _say(f"{item.id}  {', '.join(item.members)}: {_HOW[item.how]}, as {item.standard} says it.")
    if item.answered:
        _say(f"  Of {item.answered:,} recorded answers {item.agreed:,} are the same for all.")
    for parameter in item.parameters:
        where = f"rule {parameter.rule}, " if parameter.rule else ""
        values = ", ".join(f"{scope}: {text}" for scope, text in parameter.values)
        _say(f"  {where}{parameter.name}: {values}")
    if item.verdict.is_same:
        by = f"one for {item.scope}" if item.scope else "what is below says it already"
        _say(f"  It takes {item.published} versions: {by}. {_told(item.verdict)}")
    else:
        narrowest = f" The narrowest, {item.scope}:" if item.scope else ""
        _say(
            f"  No scope that they share can say it and change nothing for anybody.{narrowest}"
            f" {_told(item.verdict)}"
        )


def _say(text: str) -> None:
    OUT.print(text, soft_wrap=True, markup=False, highlight=False)


def _told(verdict: Verdict) -> str:
    if verdict.witness is None:
        return verdict.sentence
    case = ", ".join(f"{name} = {text}" for name, text in verdict.witness.case.items())
    return f"{verdict.sentence} For instance {verdict.witness.customer}, {case or 'in any case'}."


def _cost(cost: Cost) -> str:
    return f"{cost.rules} × {cost.changes} × {cost.factor} = {cost.product:,}"


def _used(item: KeptPolicy) -> str:
    if item.use is None:
        return "not shown"
    if item.use.used_at is not None:
        return f"{item.use.used_at:%Y-%m-%d}"
    return "never" if item.is_obeyed else "no decision asks"


def _policy(item: KeptPolicy) -> dict[str, Any]:
    return {
        **{name: value for name, value in vars(item).items() if name not in ("cost", "use")},
        "title": item.title,
        "cost": {**vars(item.cost), "product": item.cost.product},
        "last_used_at": item.use.used_at if item.use else None,
        "last_decision": item.use.decision if item.use else None,
        "verdict": None if item.verdict is None else _verdict(item.verdict),
    }


def _template(item: TemplateShown) -> dict[str, Any]:
    return {
        **vars(item),
        "parameters": [
            {"rule": one.rule, "name": one.name, "values": dict(one.values)}
            for one in item.parameters
        ],
        "verdict": _verdict(item.verdict),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    shown = verdict.witness
    return {**vars(verdict), "witness": None if shown is None else vars(shown)}
