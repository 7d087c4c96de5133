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
    page(
        "audit.reads-waiting",
        "Reads of personal fields can no longer be noted, so nothing personal is shown.",
        "Each read becomes part of an audit entry within a second; the database takes none now.",
        "100,000 reads wait to be written.",
        "Run `troth doctor`; when the database answers again, what waits is written by itself.",
    ),
)
