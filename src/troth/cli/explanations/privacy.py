"""What do the codes of erasures, exports and regions mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "privacy:subject-unknown",
        "Nobody is known by this name.",
        "A subject is a customer's id, or the key of a record of a customer, contact or agent.",
        "Nobody is known as 'Ada Lovelace'.",
        "Find the customer on the page Customers, and give the id (cus_…) or a source key.",
    ),
    page(
        "privacy:journal-damaged",
        "A line of the erasure journal cannot be read.",
        "It says whom a restored database has to forget again, so it is not skipped in silence.",
        "/srv/shop/.troth/erasures.jsonl:7: this line is no erasure.",
        "Mend the line, or take it from a copy of the journal, and run `troth privacy replay`.",
    ),
    page(
        "privacy:still-read",
        "Deleted values cannot leave the table files yet: an older transaction may read them.",
        "PostgreSQL carries such rows over into the new file. `troth privacy scrub` waits a minute "
        "for those who read, and then says who they are.",
        "The table files still hold what was deleted: psql (process 4711) began before.",
        "Let it end, or end it with pg_terminate_backend(4711); then `troth privacy scrub`.",
    ),
    page(
        "row:region:refused",
        "The row belongs into a region that this workspace may not hold.",
        "`regions` in troth.toml names the regions that may be held. The row itself is not kept.",
        "The row belongs into region 'us', and this workspace may hold eu alone.",
        "Land it in a workspace of its region; or add the region and replay the row (an event: "
        "send it again).",
    ),
)
