"""`troth match`: how records that share no key are matched, and how sure that is."""

from __future__ import annotations

from dataclasses import asdict

import click

from troth.cli.printing import OUT, print_json, print_table
from troth.cli.starting import needs_database
from troth.connectors.workspace import Workspace
from troth.core.ledger.canonical import instant_text
from troth.store.models import User
from troth.store.queries.matching import CurvePoint, LearntModel, Matching, matching
from troth.store.queries.viewing import viewer_of

_SHOWN = 12  # points of the curve


@click.group("match")
def command() -> None:
    """How records that share no key are matched, and how sure that is."""


@command.command("show")
@click.option("--json", "as_json", is_flag=True, help="For machines; the whole curve.")
@needs_database
def show_command(as_json: bool, workspace: Workspace, acting_user: User) -> None:
    """The model that was learnt, its thresholds, and what each threshold would come to."""
    found = matching(viewer=viewer_of(acting_user))
    if as_json:
        print_json(None if found is None else asdict(found))
        return
    if found is None:
        OUT.print("What was learnt rests on all customers, and you do not see all of them.")
        return
    print_table("Matching by likeness", ("what", "is"), _lines(found))
    model = found.model
    if model is None or model.sentence:
        OUT.print(_why_not(found), soft_wrap=True)
        return
    print_table(
        "Had records been joined from another weight on",
        ("from, bits", "precision", "recall", "pairs"),
        [
            (f"{point.weight:.2f}", f"{point.precision:.4f}", f"{point.recall:.4f}",
             f"{point.pairs:,}")
            for point in thinned(model.curve)
        ],
        right=("from, bits", "precision", "recall", "pairs"),
    )  # fmt: skip


def thinned(curve: tuple[CurvePoint, ...]) -> list[CurvePoint]:
    """Some points of a curve, evenly, with both ends."""
    if len(curve) <= _SHOWN:
        return list(curve)
    last = len(curve) - 1
    return [curve[round(at * last / (_SHOWN - 1))] for at in range(_SHOWN)]


def _why_not(found: Matching) -> str:
    if found.model is not None:
        return f"Records are matched by keys alone: {found.model.sentence}"
    if found.records < found.fewest_records:
        return f"From {found.fewest_records:,} customer records on, `troth run` learns from them."
    return "Nothing was learnt yet: `troth run` does."


def _lines(found: Matching) -> list[tuple[str, str]]:
    lines = [
        ("customer records", f"{found.records:,}"),
        ("joined by likeness", f"{found.joined:,}"),
        ("open questions of likeness", f"{found.asked:,}"),
    ]
    return lines if found.model is None else [*lines, *_of_model(found.model)]


def _of_model(model: LearntModel) -> list[tuple[str, str]]:
    lines = [
        ("learnt", instant_text(model.trained_at)),
        ("from", f"{model.records:,} records of {model.sources} sources, as {model.design}s"),
        ("stated precision", f"{model.precision.normalize():f}"),
    ]
    if model.expected is not None and model.match_from is not None:
        lines += [
            ("joined from", f"{model.match_from:.2f} bits"),
            ("asked from", f"{model.possible_from:.2f} bits"),
            ("precision expected", f"{model.expected.precision:.4f}"),
            ("recall expected", f"{model.expected.recall:.4f}"),
            ("pairs compared", f"{model.grounds['pairs']:,}"),
            ("verdicts that it rests on", f"{model.grounds['verdicts']:,}"),
        ]
    return lines
