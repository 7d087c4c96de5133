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
)
