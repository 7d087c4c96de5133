"""What do the codes of accounts and tokens mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "account",
        "An account cannot be changed like that.",
        "What would leave nobody to administer, or nobody to answer for it, is refused.",
        "There is an account of this name already.",
        "Do what the message says.",
    ),
    page(
        "account:last-administrator",
        "The last administrator who can sign in cannot be locked out or given another role.",
        "Nobody could let anybody in again. Programs do not count: nobody signs in as one.",
        "ada is the last administrator who can sign in.",
        "Make somebody else administrator first, then try again.",
    ),
    page(
        "account:unknown",
        "There is no account of this name.",
        "Names are taken as they are written, capitals included.",
        "There is no account 'Ada'.",
        "`troth user list` shows them all.",
    ),
    page(
        "account:exists",
        "There is an account of this name already.",
        "Accounts are never deleted, so the name of a leaver stays taken.",
        "POST /scim/v2/Users with the userName of a leaver.",
        "Activate that account, or choose another name.",
    ),
    page(
        "account:reason",
        "Locking somebody out takes a reason.",
        "Whoever reads the audit trail later should understand it.",
        "`troth user deactivate ada`, with nothing behind it.",
        'Add one: `--reason "left the company"`.',
    ),
    page(
        "token",
        "A token cannot be issued like that.",
        "A token lasts a year at most, has a label, and has no right that its user lacks.",
        "The role agent does not have administer.",
        "Do what the message says.",
    ),
    page(
        "identity-provider",
        "The identity provider in troth.toml is not declared right.",
        "A mistake there would let the wrong people in, so nothing is guessed.",
        "troth.toml, [sign_in.oidc] issuer: found 'http://id.example.com'.",
        "Correct it; docs/guides/sign-in-with-your-identity-provider.md shows a whole example.",
    ),
)
