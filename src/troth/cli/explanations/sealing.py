"""What do the codes of sealed values and their keys mean?"""

from __future__ import annotations

from troth.cli.explanations.page import Page, page

PAGES: tuple[Page, ...] = (
    page(
        "sealing",
        "A sealed value or its key has a problem.",
        "What may have to be erased is encrypted, under a key for each subject.",
        "The message says which value and why.",
        "Follow the message; the codes that begin with `sealing:` say more.",
    ),
    page(
        "sealing:key-missing",
        "The workspace's key is gone, and the database holds secrets that it wrapped.",
        "The key lies outside the database, so that a copy of the database alone opens nothing. "
        "A new key would not open what the old one wrapped, so none is made.",
        "/srv/shop/.troth/workspace.key is missing.",
        "Put the file back from where you keep it, or set TROTH_WORKSPACE_KEY.",
    ),
    page(
        "sealing:key-malformed",
        "The workspace's key is not 32 bytes in base64.",
        "A key of another length or alphabet is a mistake in copying.",
        "TROTH_WORKSPACE_KEY is not a workspace key: found 12 characters.",
        "Put the key back that this workspace was made with: 44 characters.",
    ),
    page(
        "sealing:key-wrong",
        "The workspace's key is not the one that wrapped this secret.",
        "AES-GCM tells a wrong key or changed bytes, not which of both it was.",
        "The workspace's key does not open what was wrapped for cus_6f0c.",
        "Put the right key back. If it is the right one, restore the database from a backup.",
    ),
    page(
        "sealing:damaged",
        "A sealed value does not open in its place.",
        "It was changed, or copied from another entry; each is bound to where it stands.",
        "A sealed value of cus_6f0c does not open at audit:17.",
        "Run `troth audit verify`, which names the entry, and restore it from a backup.",
    ),
    page(
        "sealing:erased",
        "The subject was erased, and what was sealed for them is noise.",
        "Erasing a person deletes their key. Commitments and proofs stay valid without it.",
        "cus_6f0c was erased: what was sealed for them cannot be read any more.",
        "Nothing can bring it back, which is the purpose.",
    ),
    page(
        "ledger.salt-length",
        "The salt of a commitment is not 32 bytes.",
        "A shorter one could be tried out, and the value behind it guessed.",
        "A salt has 32 bytes, this one 16.",
        "Take a new one from `secrets.token_bytes(32)` for each value.",
    ),
)
