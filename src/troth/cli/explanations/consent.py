"""What do errors about purposes, notices and what customers said to them mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "consent.notice",
        "The notice declares no purpose.",
        "A purpose is declared by what the customer is told of it: a title, a text, a legal basis, "
        "and the layers of policy that rest on it. Contracts and guardrails rest on none.",
        "No layer of policy called contract may rest on a purpose.",
        "Correct what the message names, and declare it again: it becomes the next version.",
    ),
    page(
        "consent.purpose",
        "No purpose is called so.",
        "A statement counts for a purpose that is declared, so that nobody agrees to nothing.",
        "No purpose is called 'news'; there are service, profiling, marketing.",
        "Use one of those that `troth consent purposes` lists, or declare it with "
        "`troth consent declare`.",
    ),
    page(
        "consent.event",
        "This is no statement about a purpose.",
        "A customer grants, denies or revokes, from an instant on. Only a yes can end by itself, "
        "and what rests on a contract or a law is not the customer's to refuse.",
        "Only a yes ends by itself: leave expires_at out of a no.",
        "Correct what the message names, and record it again.",
    ),
)
