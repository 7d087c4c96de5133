"""What do the codes of access that cannot be changed as asked mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "access",
        "Access cannot be changed as asked.",
        "The message says why.",
        "You may see cus_1 already: there is no glass to break.",
        "Do what the message says.",
    ),
    page(
        "access.reason",
        "The reason for a change of access is missing or too short.",
        "Whoever reviews it later has only the reason to judge by.",
        "The reason 'urgent' is too short.",
        "Say in a sentence why, with at least 10 characters.",
    ),
    page(
        "access.glass.hours",
        "A glass cannot be broken for so long.",
        "Access in an emergency ends by itself, at the latest after a day.",
        "A glass is broken for 1 to 24 hours, not 48.",
        "Ask for 24 hours at most; break it again if the need stays, or have yourself named.",
    ),
    page(
        "access.glass.needless",
        "There is no glass to break: you may see this customer already.",
        "It is not restricted, or you are named for it.",
        "You may see cus_1 already.",
        "Open the customer.",
    ),
    page(
        "access.glass.verdict",
        "A review cannot be given like that.",
        "A review ends in justified or not_justified, and is given once.",
        "glass_1 was reviewed already, as justified.",
        "Look at `troth access glasses` for those that wait.",
    ),
)
