"""What do the codes of differences between order, shipment and invoice mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "difference",
        "A difference cannot be accepted as it was asked.",
        "The message says why.",
        "The difference dif_1 is righted: only an open one is accepted.",
        "Do what the message says.",
    ),
    page(
        "difference.reason",
        "A difference was to be accepted without a reason.",
        "It waits for nobody from then on; who looks at it later has only the reason to judge by.",
        "Accepting a difference needs its reason.",
        "Say in a sentence why it may stay.",
    ),
    page(
        "difference.over",
        "This difference is not open.",
        "It came right by itself, or somebody accepted it already.",
        "The difference dif_1 is accepted: only an open one is accepted.",
        "Look at those that wait: `troth difference list`.",
    ),
    page(
        "reconciliation.tolerances",
        "A tolerance of the reconciliation is out of bounds.",
        "Days and smallest units of a currency are whole numbers from 0, and no more than a "
        "century.",
        "troth.toml: [reconciliation] bill_within_days is -1; expected 0 to 36500.",
        "Correct [reconciliation]; docs/guides/reconcile-commitments.md shows each.",
    ),
)
