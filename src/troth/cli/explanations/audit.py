"""What do the codes of the audit log and its checkpoints mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "ledger.note",
        "A checkpoint or a key cannot be read, or no known key has signed it.",
        "A checkpoint proves something only while each byte of it is the one that was signed.",
        "The note has no signatures.",
        "Take the file again from where it was kept, whole; name the key that you trust.",
    ),
)
