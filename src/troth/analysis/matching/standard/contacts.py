"""Which telephone and which mailbox is meant, however it is written?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers

from troth.core.identity import normalise_email, normalise_phone

_NOT_DIGIT = re.compile(r"[^0-9]+")
_TAIL = 7
# Mailboxes that anybody can have: their domain says nothing about a company.
_DOMAINS = (
    "gmail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com"
    " mac.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.com"
    " proton.me protonmail.com zoho.com yandex.ru mail.ru qq.com 163.com 126.com orange.fr free.fr"
    " laposte.net wanadoo.fr sfr.fr libero.it tin.it virgilio.it alice.it telefonica.net"
    " hotmail.co.uk yahoo.co.uk btinternet.com sky.com virginmedia.com ziggo.nl kpnmail.nl"
    " hotmail.fr yahoo.fr hotmail.de yahoo.de outlook.de comcast.net verizon.net att.net"
)
FREE_MAIL = frozenset(_DOMAINS.split())
_ALIASES = {"googlemail.com": "gmail.com"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """An e-mail address: as delivered, and its two halves."""

    address: str | None  # "jo.smith@example.com"
    local: str | None  # "jo.smith"
    domain: str | None  # "example.com"; None where anybody can have a mailbox there


def mailbox(text: str | None) -> Mailbox:
    """The mailbox that mail to an address reaches: without +tag, and for Gmail without dots."""
    address = normalise_email(text)
    if address is None:
        return Mailbox(address=None, local=None, domain=None)
    local, _, domain = address.rpartition("@")
    domain = _ALIASES.get(domain, domain)
    kept = local.partition("+")[0] or local
    if domain == "gmail.com":
        kept = kept.replace(".", "") or kept
    return Mailbox(
        address=f"{kept}@{domain}",
        local=kept,
        domain=None if domain in FREE_MAIL else domain,
    )


@lru_cache(maxsize=65_536)
def phone(text: str | None, country: str | None = None) -> str | None:
    """E.164: "030 1234567" in DE → "+49301234567".

    `country` (ISO 3166-1 alpha-2) reads a number without one. What is no possible number there,
    or has no country at all, is compared as `core.identity` writes it: by its digits. None where
    there is too little to go by.
    """
    plain = normalise_phone(text)
    if plain is None or text is None:
        return None
    written = plain if plain.startswith("+") else text
    region = country.upper() if country else None
    if region is None and not written.startswith("+"):
        return plain
    try:
        parsed: Any = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return plain
    if not phonenumbers.is_possible_number(parsed):
        return plain
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def phone_tail(number: str | None) -> str | None:
    """The last seven digits, which stay when the country or area is left out."""
    digits = _NOT_DIGIT.sub("", number or "")
    return digits[-_TAIL:] if len(digits) >= _TAIL else None
