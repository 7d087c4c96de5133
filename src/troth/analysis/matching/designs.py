"""What does the house compare between two persons, and between two organisations?"""

from __future__ import annotations

from collections.abc import Sequence

from troth.analysis.matching.conditions import (
    All,
    Crossed,
    Edits,
    EitherIs,
    Exact,
    Near,
    Shares,
    Similar,
)
from troth.analysis.matching.design import Comparison, Design, Level, on

_PERSON_NAME = Comparison(
    name="name",
    needs=("given", "surname"),
    needs_any=True,
    levels=(
        Level(name="same name", when=Exact(column="full_name"), rare="full_name"),
        Level(name="names changed round", when=Crossed(first="given", second="surname")),
        Level(
            name="same surname, a form of the given name",
            when=All(of=(Exact(column="surname"), Exact(column="given_root"))),
            rare="surname",
        ),
        Level(
            name="same surname, similar given name",
            when=All(of=(Exact(column="surname"), Similar(column="given", at_least=0.88))),
            rare="surname",
        ),
        Level(
            name="same given name, similar surname",
            when=All(of=(Exact(column="given"), Similar(column="surname", at_least=0.88))),
            rare="given",
        ),
        Level(
            name="similar names",
            when=All(of=(Similar(column="given", at_least=0.88),
                         Similar(column="surname", at_least=0.88))),
        ),
        Level(
            name="same surname, same initial",
            when=All(of=(Exact(column="surname"), Exact(column="initial"))),
            rare="surname",
        ),
        Level(name="same surname", when=Exact(column="surname"), rare="surname"),
        Level(name="similar surname", when=Similar(column="surname", at_least=0.9)),
        Level(name="same given name", when=Exact(column="given"), rare="given"),
        Level(name="similar given name", when=Similar(column="given", at_least=0.9)),
    ),
)  # fmt: skip
_BIRTH = Comparison(
    name="birth",
    needs=("born",),
    levels=(
        Level(name="same day", when=Exact(column="born"), rare="born"),
        Level(name="day and month changed", when=EitherIs(first="born", second="born_turned")),
        Level(name="one digit differs", when=Edits(column="born", at_most=1)),
        Level(name="within a month", when=Near(column="born_day", at_most=31)),
        Level(name="two digits differ", when=Edits(column="born", at_most=2)),
    ),
)
_EMAIL = Comparison(
    name="e-mail",
    needs=("email",),
    levels=(
        Level(name="same address", when=Exact(column="email"), rare="email"),
        Level(name="same mailbox name", when=Exact(column="email_local"), rare="email_local"),
        Level(name="similar address", when=Similar(column="email", at_least=0.9)),
    ),
)
_PHONE = Comparison(
    name="telephone",
    needs=("phone",),
    levels=(
        Level(name="same number", when=Exact(column="phone"), rare="phone"),
        Level(name="same last seven digits", when=Exact(column="phone_tail")),
        Level(name="one digit differs", when=Edits(column="phone", at_most=1)),
    ),
)
_TAX_ID = Comparison(
    name="tax id",
    needs=("tax_id",),
    levels=(
        Level(name="same number", when=Exact(column="tax_id")),
        Level(name="two characters differ", when=Edits(column="tax_id", at_most=2)),
    ),
)
_STREET = Comparison(
    name="street",
    needs=("street", "number"),
    needs_any=True,
    levels=(
        Level(name="same house", when=Exact(column="address"), rare="address"),
        Level(
            name="same number, similar street",
            when=All(of=(Exact(column="number"), Similar(column="street", at_least=0.88))),
            rare="number",
        ),
        Level(name="same street", when=Exact(column="street"), rare="street"),
        Level(name="similar street", when=Similar(column="street", at_least=0.88)),
        Level(name="same number", when=Exact(column="number"), rare="number"),
    ),
)
_PLACE = Comparison(
    name="place",
    needs=("postcode", "city"),
    needs_any=True,
    levels=(
        Level(name="same post code", when=Exact(column="postcode"), rare="postcode"),
        Level(
            name="same city, post code nearly",
            when=All(of=(Exact(column="city"), Edits(column="postcode", at_most=2))),
        ),
        Level(name="same city", when=Exact(column="city"), rare="city"),
        Level(name="one character of the post code differs",
              when=Edits(column="postcode", at_most=1)),
        Level(name="similar city", when=Similar(column="city", at_least=0.9)),
        Level(name="same area", when=Exact(column="postcode_area"), rare="postcode_area"),
    ),
)  # fmt: skip
# The narrow ones first: a wide one is used where a workspace is small enough for it.
_PERSON_BLOCKING = (
    on("tax_id"),
    on("email"),
    on("phone"),
    on("given", "surname"),
    on("surname", "born"),
    on("given", "born"),
    on("born", "postcode"),
    on("postcode", "surname"),
    on("postcode", "given"),
    on("address"),
    on("given:3", "surname:4"),
    on("born", "city"),
    on("postcode_area", "born"),
    on("postcode_area", "surname"),
    on("postcode_area", "given"),
    on("given:2", "surname:2", "born:4"),
    on("phone_tail"),
    on("email_local"),
    on("born"),
    on("street"),
    on("surname"),
    on("postcode"),
    on("given"),
    on("city", "initial"),
)


def persons(attributes: Sequence[str] = ()) -> Design:
    """Two persons. `attributes` are columns of the source's own, compared as they are."""
    return Design(
        kind="person",
        comparisons=(
            _PERSON_NAME, _BIRTH, _EMAIL, _PHONE, _TAX_ID, _STREET, _PLACE,
            *(_attribute(name) for name in attributes),
        ),
        blocking=_PERSON_BLOCKING,
        training=(on("given", "surname"), on("born"), on("email"), on("postcode", "surname")),
        certain=(on("given", "surname", "born"), on("email"), on("tax_id"), on("born", "postcode")),
    )  # fmt: skip


_COMPANY = Comparison(
    name="name",
    needs=("company",),
    levels=(
        Level(name="same name", when=Exact(column="company"), rare="company"),
        Level(
            name="same words, other order",
            when=Exact(column="company_tokens"),
            rare="company_tokens",
        ),
        Level(
            name="three words or more, all of the shorter name",
            when=Shares(column="tokens", at_least=3, of_shorter=1.0),
        ),
        Level(
            name="two words, all of the shorter name",
            when=Shares(column="tokens", at_least=2, of_shorter=1.0),
        ),
        Level(name="very similar name", when=Similar(column="company", at_least=0.94)),
        Level(name="three words in both", when=Shares(column="tokens", at_least=3)),
        Level(
            name="one word, all of the shorter name",
            when=Shares(column="tokens", at_least=1, of_shorter=1.0),
        ),
        Level(name="similar name", when=Similar(column="company", at_least=0.88)),
        Level(name="two words in both", when=Shares(column="tokens", at_least=2)),
        Level(name="a word in both", when=Shares(column="tokens", at_least=1)),
    ),
)
_DOMAIN = Comparison(
    name="e-mail",
    needs=("email",),
    levels=(
        Level(name="same address", when=Exact(column="email"), rare="email"),
        Level(name="same domain", when=Exact(column="email_domain"), rare="email_domain"),
    ),
)
_FORM = Comparison(
    name="legal form",
    needs=("legal_form",),
    levels=(Level(name="same form", when=Exact(column="legal_form"), rare="legal_form"),),
)
_ORGANISATION_BLOCKING = (
    on("tax_id"),
    on("email"),
    on("phone"),
    on("company"),
    on("company_tokens"),
    on("address"),
    on("postcode", "company:4"),
    on("email_domain"),
    on("phone_tail"),
    on("company:8"),
    on("number", "street:4"),
    on("postcode_area", "company:3"),
    on("street"),
    on("company:4"),
    on("postcode"),
)


def organisations(attributes: Sequence[str] = ()) -> Design:
    """Two organisations. `attributes` are columns of the source's own, compared as they are."""
    return Design(
        kind="organisation",
        comparisons=(
            _COMPANY, _FORM, _DOMAIN, _PHONE, _TAX_ID, _STREET, _PLACE,
            *(_attribute(name) for name in attributes),
        ),
        blocking=_ORGANISATION_BLOCKING,
        training=(on("company"), on("address"), on("phone"), on("email_domain")),
        certain=(on("company", "address"), on("company", "phone"), on("tax_id"), on("email")),
    )  # fmt: skip


def _attribute(name: str) -> Comparison:
    return Comparison(
        name=name,
        needs=(name,),
        levels=(Level(name="same", when=Exact(column=name), rare=name),),
    )
