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
    page(
        "value:pairing",
        "A customer is given to a model of value that is not made for them.",
        "Who buys without a contract never signs off, so that only silence tells that they are "
        "gone: BG/NBD. Who is under contract does, and may be silent for long and stay: survival. "
        "The other model would give numbers all the same, and they would mean nothing.",
        "3 customers are in the wrong group (code 17).",
        "Assess them with the model of their group, or correct `relation` in the value policy.",
    ),
)
