"""What do the codes of policies that are tried out mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "policy:replay",
        "A proposed policy cannot be replayed.",
        "A replay makes past decisions again, under what is in force and under what is proposed.",
        "No recorded decision obeys communication, so that there is nothing to replay.",
        "Follow the message. `troth policy plan FILE` says what a file proposes.",
    ),
    page(
        "policy:replay:not-reproduced",
        "The policies in force do not give the recorded decisions.",
        "Only where they do to the byte is a comparison with them worth anything.",
        "3 of 500 decisions are not what is recorded; the first is the promise of erp:SO-7.",
        "`troth run` decides what has changed since; then replay again. If it stays, "
        "`troth receipts verify` says which receipt was changed.",
    ),
)
