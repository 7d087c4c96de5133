"""`troth policy capacity`: can a site meet all that was committed, on one day?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from troth.analysis.capacity import (
    Answer,
    CapacityDocumentError,
    Claim,
    Proof,
    fit,
    read_plan,
)
from troth.analysis.capacity.records import clock
from troth.cli.failing import FoundProblemsError
from troth.cli.printing import OUT, print_json, print_table

_WITHOUT = "without any one of them the rest can."
_TOLD = {
    Proof.SMALLEST: f"These are the fewest that cannot be met together; {_WITHOUT}",
    Proof.NONE_WITHIN: f"These cannot be met together; {_WITHOUT} There may be fewer elsewhere.",
    Proof.CONFLICT: "These cannot be met together; whether fewer of them can was not found out "
    "within the effort that is allowed.",
}


@click.command("capacity")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="For machines, the whole day included.")
def capacity_command(file: Path, as_json: bool) -> None:
    """Say whether all that FILE commits to can be met together, by docks, people and stock.

    Where not, it prints the smallest set of commitments that cannot, as a day that cannot be
    served. Exit code 1 then. docs/guides/commit-what-can-be-met.md shows a file.
    """
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CapacityDocumentError(f"{file}: not readable as YAML: {error}") from error
    answers = fit(read_plan(document))
    if as_json:
        print_json([_document(item) for item in answers])
    else:
        for item in answers:
            _print(item)
        if not answers:
            OUT.print("Nothing is asked: the file names no resources and no stock.")
    if not all(item.can_all_be_met for item in answers):
        raise FoundProblemsError


def _print(answer: Answer) -> None:
    if answer.can_all_be_met:
        served = f": {len(answer.bookings)} a day, all in time" if answer.bookings else ""
        OUT.print(f"{answer.of}: all can be met together{served}.", markup=False)
        return
    OUT.print(f"{answer.of}: not all can be met. {_TOLD[answer.proof]}", soft_wrap=True,
              markup=False)  # fmt: skip
    print_table("A day that cannot be served", ("customer", "asks for"), [
        (item.customer, _told(item)) for item in answer.conflict
    ])  # fmt: skip
    if answer.overload is not None:
        span = answer.overload
        OUT.print(
            f"From {clock(span.starts)} to {clock(span.ends)} at least {span.needed:,} minutes of "
            f"work are due, and there are {span.available:,}.",
            soft_wrap=True,
        )
    if answer.missing:
        OUT.print(f"{answer.missing:,} are missing.")


def _told(item: Any) -> str:
    if isinstance(item, Claim):
        return f"{item.quantity:,} of {item.product}"
    units = f" × {item.units}" if item.units > 1 else ""
    return (
        f"{item.most_a_day} × {item.what}, {item.minutes} min{units} each, "
        f"{clock(item.earliest)}–{clock(item.latest)}"
    )


def _document(answer: Answer) -> dict[str, Any]:
    span = answer.overload
    return {
        "of": answer.of,
        "can_all_be_met": answer.can_all_be_met,
        "bookings": [
            {"customer": item.commitment.customer, "what": item.commitment.what,
             "starts": clock(item.starts), "ends": clock(item.ends)}
            for item in answer.bookings
        ],
        "conflict": [
            {"customer": item.customer, "asks_for": _told(item), "times": times}
            for item, times in answer.witness()
        ],
        "proof": answer.proof,
        "overload": None if span is None else {
            "from": clock(span.starts), "until": clock(span.ends),
            "minutes_needed": span.needed, "minutes_available": span.available,
        },
        "missing": answer.missing,
    }  # fmt: skip
