"""What do the codes of segments mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "segment:too-few",
        "There are too few customers to look for groups among them.",
        "Groups are looked for among customers who have ordered, by figures that everybody has and "
        "in which they differ. Of a few dozen customers a group would be an anecdote.",
        "12 customers with 5 figures that differ: groups need at least 50 and one.",
        "Write the rules of the policy `segments` by hand, or land more orders and run again.",
    ),
)
