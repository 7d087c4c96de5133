"""Where does a password come from, and how does it stay out of everything that we write?

A mapping names the place of a secret, an environment variable or a file, never the secret. What is
read from there is kept in a Secret, whose text is asked for where it is sent and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, urlsplit

from troth.connectors.errors import SecretMissingError

HIDDEN = "•••"
_SHORTEST = 4  # what is shorter would blank out ordinary words


@dataclass(frozen=True, kw_only=True)
class SecretPlace:
    """Where a secret lies: exactly one of the two is given."""

    variable: str | None = None
    file: str | None = None  # relative to the workspace, or absolute
    asked_by: str = ""  # file:line of the mapping


class Secret:
    """A text that shows itself to nobody who prints it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN})"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


def read_secret(
    place: SecretPlace, *, workspace: Path, environment: Mapping[str, str] | None = None
) -> Secret:
    """The secret that lies there, without blanks around it. Raises SecretMissingError."""
    if place.variable is not None:
        found = (os.environ if environment is None else environment).get(place.variable, "")
        if not found.strip():
            raise SecretMissingError(
                file=place.asked_by, where=f"the environment variable {place.variable}"
            )
        return Secret(found.strip())
    path = workspace / (place.file or "")
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        raise SecretMissingError(file=place.asked_by, where=f"the file {path}")
    return Secret(text)


def scrub(message: str, secrets: Iterable[Secret]) -> str:
    """A message of somebody else's program, without any form of the secrets."""
    forms = {form for secret in secrets for form in _forms(secret.reveal())}
    for form in sorted(forms, key=len, reverse=True):
        message = message.replace(form, HIDDEN)
    return message


def _forms(text: str) -> set[str]:
    """A secret as it may turn up: whole, in percent signs, and the password of a URL alone."""
    found = {text, repr(text)[1:-1]}
    try:
        password = urlsplit(text).password if "://" in text else None
    except ValueError:
        password = None
    if "://" in text and password is None:
        # No sound URL: what stands before the last @ and after the colon is likely a password.
        password = text.partition("://")[2].rpartition("@")[0].partition(":")[2] or None
    if password:
        found |= {password, unquote(password)}
    found |= {
        quoted for form in tuple(found) for quoted in (quote(form, safe=""), quote_plus(form))
    }
    return {form for form in found if len(form) >= _SHORTEST}
