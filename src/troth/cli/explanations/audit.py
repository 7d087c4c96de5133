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
    page(
        "ledger.broken",
        "The log does not extend the checkpoint that was signed before. Nothing was signed.",
        "A log that signs two histories proves neither.",
        "A checkpoint over 812 entries was signed, and the log has 800.",
        "Run `troth audit verify`, find out who changed the database, restore it from a backup.",
    ),
    page(
        "ledger.not-covered",
        "No checkpoint covers this entry yet, so that nothing can prove it.",
        "A proof leads from an entry to a root that was signed.",
        "Entry 812, and the newest checkpoint is over 800 entries.",
        "Make a checkpoint with `troth audit checkpoint`, then ask again.",
    ),
    page(
        "ledger.range",
        "The log does not have the entries that an evidence pack was asked for.",
        "Entries are numbered from 0 without a gap, up to the size of the log.",
        "--from 10 --to 5, or --to beyond the end.",
        "Ask for a range within the log; `troth audit list` shows its end.",
    ),
    page(
        "ledger.refused",
        "A witness does not sign: the log is not the one that it saw before.",
        "It was shortened, forked or rewritten, or another log answers under its address.",
        "The log had 812 entries and has 800.",
        "Keep the witness's folder as evidence; run `troth audit verify --since FOLDER`.",
    ),
    page(
        "ledger.unreadable",
        "A witness cannot read the log.",
        "The address does not answer, the token is not in force, or the file is no evidence pack.",
        "HTTP Error 401: Unauthorized.",
        "Correct --log, give a token that may see the audit log as TROTH_TOKEN, then run it again.",
    ),
)
