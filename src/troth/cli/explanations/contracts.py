"""What do the codes of contracts about data mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

# test → (what is wrong, an example)
_TESTS = {
    "required": ("A value is missing that a contract requires.", "`email` is empty"),
    "unique": ("Two records share a value that a contract says is unique.", "`tax_id` is 'DE1'"),
    "pattern": ("A value does not match the pattern of a contract.", "`postal_code` is '12'"),
    "length": ("A text is longer or shorter than a contract allows.", "`country` is 'Germany'"),
    "range": ("A value lies outside the bounds of a contract.", "`total` is '-5'"),
    "step": ("A number is no multiple of what a contract says.", "`quantity` is '7'"),
    "values": ("A value is none of those that a contract allows.", "`channel` is 'fax'"),
    "missing": ("A value stands for no value, by what a contract says.", "`phone` is 'N/A'"),
}


def _pages() -> tuple[Page, ...]:
    found = []
    for test, (means, example) in _TESTS.items():
        where = f"{example}, and contracts/erp.yaml:21 asks for something else."
        found.append(
            page(
                f"contract:entry:{test}",
                f"{means} The row was kept out.",
                "It was agreed that such a row is wrong, and nothing should rest on it.",
                where,
                "Correct it in the source and run again, or agree on other terms with the owner.",
            )
        )
        found.append(
            page(
                f"contract:batch:{test}",
                f"{means} The row was let in, and a steward has to look at it.",
                "It was agreed that such rows are reconciled after they came in, not at the door.",
                where,
                "Correct it in the source; the next sync takes it off the list.",
            )
        )
    return tuple(found)


PAGES: tuple[Page, ...] = (
    page(
        "contract:wrong",
        "A file in contracts/ is wrong in the places that are named.",
        "A contract that is half understood would let in what it was written to keep out.",
        "contracts/erp.yaml:4:1: a contract has no 'state' (did you mean 'status'?).",
        "Correct each file:line:column, then run `troth contract check`.",
    ),
    page(
        "contract:unknown",
        "No contract of the workspace has the id that was asked for.",
        "Contracts are told apart by `id`, not by the name of their file.",
        "`troth contract show erp` where the file says `id: erp-orders`.",
        "`troth contract list` shows the ids.",
    ),
    *_pages(),
)
