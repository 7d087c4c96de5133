"""What do the codes of models of customer value mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "value:fit",
        "A model of buying or spending cannot be fitted.",
        "The rows are none that a history can have, or they do not tell the model's parameters: "
        "where nobody came back, nothing says who is gone.",
        "BG/NBD does not fit: its parameters run away, or several fit alike.",
        "Correct the row that is named, or take a longer period with more customers in it.",
    ),
)
