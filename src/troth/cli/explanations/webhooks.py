"""What do the codes of webhooks and of the outbox mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "webhook.destination",
        "Troth does not send to this address.",
        "Whoever may name an address could otherwise make this machine reach into your network.",
        "The scheme is 'http': expected https.",
        "Name a public https address on port 443 or 8443, without a user name in it.",
    ),
    page(
        "webhook.unknown",
        "There is no such address, or it was removed.",
        "A removed address has lost its secret, so it cannot come back.",
        "There is no address 'ep_3f2a9c01b7d4e856', or it was removed.",
        "Use an id of `troth webhook list`, or add the address anew.",
    ),
    page(
        "webhook.event-type",
        "There is no such event type.",
        "A misspelt type would never be told, and nobody would notice.",
        "There is no event type 'promise.kpet'.",
        "Use types of docs/reference/webhooks.md, or none for all of them.",
    ),
    page(
        "outbox.unknown",
        "No message that could not be delivered has this id.",
        "What was delivered, or still waits for its next try, is not sent again.",
        "No dead message is called 'msg_00'.",
        "Use an id of `troth outbox list`.",
    ),
)
