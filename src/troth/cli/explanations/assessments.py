"""What do the codes of privacy impact assessments mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "assessment.wrong",
        "The assessment, or what was said of it, is not whole.",
        "GDPR Art. 35(7) names what it contains: what is done and for which purposes, why it is "
        "necessary, the risks to the people, the measures against them. A yes has an end.",
        "The assessment does not answer risks (Art. 35(7)(c)).",
        "Give what the message names; docs/guides/assess-a-field.md shows a whole one.",
    ),
    page(
        "assessment.signed",
        "This assessment has its yes or its no already.",
        "What was signed is kept as it was signed; the last word on a field counts.",
        "This assessment has its yes or its no already. Draft a new one to look at it again.",
        "Draft a new assessment of the same fields: `troth assessment draft`.",
    ),
)
