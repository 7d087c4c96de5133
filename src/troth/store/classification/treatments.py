"""How may a column be treated?

Bases are those of GDPR Art. 6(1): (b) a contract with the person, (c) a legal duty, (f) a
legitimate interest that theirs do not outweigh.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """What holds for a column. Without a data subject, nothing of it is personal."""

    name: str
    subject: str = ""  # whose data it is
    purpose: str = ""
    basis: str = ""  # of Art. 6(1), by its letter
    retention: str = ""
    erasure: str = ""  # how it goes

    @property
    def is_personal(self) -> bool:
        return bool(self.subject)


PLAIN = Treatment(name="plain")
# Leads to a person only through the sources or the personal columns; alone it names nobody.
PSEUDONYM = Treatment(name="pseudonym")

_CONTRACT = "Art. 6(1)(b)"
_DUTY = "Art. 6(1)(c)"
_INTEREST = "Art. 6(1)(f)"
_WHILE_CUSTOMER = "as long as the source holds it and nobody asks for its erasure"
_ERASED_FACT = "`privacy erase` deletes the row of fact_personal; the fact stays without it"

PARTY = Treatment(
    name="party",
    subject="the customer",
    purpose="to recognise the customer across systems and keep what was promised to them",
    basis=_CONTRACT,
    retention=_WHILE_CUSTOMER,
    erasure=_ERASED_FACT,
)
PERSON = Treatment(
    name="person",
    subject="a person at the customer",
    purpose="to know whom to speak with, and to recognise the customer",
    basis=_INTEREST,
    retention=_WHILE_CUSTOMER,
    erasure=_ERASED_FACT,
)
SERVER = Treatment(
    name="server",
    subject="an agent of the company",
    purpose="to know who serves the customer",
    basis=_CONTRACT,
    retention="as long as the source holds it",
    erasure=_ERASED_FACT,
)
ADDRESSEE = Treatment(
    name="addressee",
    subject="the recipient",
    purpose="to deliver",
    basis=_CONTRACT,
    retention=_WHILE_CUSTOMER,
    erasure=_ERASED_FACT,
)
SAID = Treatment(
    name="said",
    subject="the customer or a person there",
    purpose="to solve what they asked for, and to learn from what they said",
    basis=_CONTRACT,
    retention=_WHILE_CUSTOMER,
    erasure=_ERASED_FACT,
)
RECORD = Treatment(
    name="record",
    subject="whom the source record is about",
    purpose="the personal fields of each version of a record, and what no mapping names",
    basis=_CONTRACT,
    retention=_WHILE_CUSTOMER,
    erasure="`privacy erase` deletes the row",
)
GOLDEN = Treatment(
    name="golden",
    subject="the customer",
    purpose="one record of the customer, from all sources",
    basis=_CONTRACT,
    retention="as long as a source record gives it",
    erasure="`privacy erase` deletes the row, and with it the salt of the log's commitments",
)
REJECTED = Treatment(
    name="rejected",
    subject="whom the rejected row is about",
    purpose="to mend and replay what could not be landed",
    basis=_INTEREST,
    retention="until it is replayed or erased",
    erasure="`privacy erase` deletes rows that bear a key of the subject or hold a value of theirs",
)
ANSWER = Treatment(
    name="answer",
    subject="whom the answer is about",
    purpose="to answer a repeated request alike",
    basis=_INTEREST,
    retention="24 hours; that an event was seen is kept under a keyed hash",
    erasure="`privacy erase` deletes answers that name the subject; a job all others after a day",
)
MESSAGE = Treatment(
    name="message",
    subject="whom the message is about",
    purpose="to tell other systems what happened",
    basis=_CONTRACT,
    retention="until it is delivered or dead, and removed",
    erasure="`privacy erase` deletes messages that hold a value of the subject",
)
WORDS = Treatment(
    name="words",
    subject="whom a colleague wrote about",
    purpose="to say why somebody was let near a customer's data",
    basis=_INTEREST,
    retention="as long as the access is reviewed",
    erasure="`privacy erase` empties it",
)
SEALED = Treatment(
    name="sealed",
    subject="the customer that an audit entry is about",
    purpose="to say why something was done, provably",
    basis=_DUTY,
    retention="as long as the log, readable until the subject is erased",
    erasure="`privacy erase` deletes the subject's key: what it sealed is noise",
)
STAFF = Treatment(
    name="staff",
    subject="somebody who works with Troth",
    purpose="to let them in, and to say who did what",
    basis=_DUTY,
    retention="as long as the audit log names them as an author",
    erasure="not by Troth: an author stays; a leaver's account is deactivated",
)
SIGN_IN = Treatment(
    name="sign_in",
    subject="somebody who works with Troth",
    purpose="to let them in",
    basis=_INTEREST,
    retention="as long as the account is active, or the token is listed",
    erasure="replaced by the next one; hashes, never the secret itself",
)
VISIT = Treatment(
    name="visit",
    subject="somebody who works with Troth",
    purpose="to keep them signed in, and others from guessing passwords",
    basis=_INTEREST,
    retention="until the visit or the count ends, days at most",
    erasure="by itself; signing out or deactivating the account ends a visit at once",
)


def every(treatment: Treatment, names: str) -> dict[str, Treatment]:
    """The same treatment for each of the names, which are separated by spaces."""
    return dict.fromkeys(names.split(), treatment)
