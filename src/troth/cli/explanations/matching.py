"""What do the codes of matching mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "matching:records",
        "Records cannot be matched as they are.",
        "A column that is needed is not there, too few records were landed to learn from, or a "
        "stored match model cannot be read.",
        "A workspace with one record has nothing that it could be matched with.",
        "Map the column that is named, land more records, or train the match model again.",
    ),
)
