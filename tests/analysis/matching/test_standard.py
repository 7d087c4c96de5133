"""Are two ways of writing one thing equal after standardising, and two things apart?"""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nameparser import HumanName

from troth.analysis.matching.errors import MatchingError
from troth.analysis.matching.standard.addresses import postcode, street_line
from troth.analysis.matching.standard.companies import company_name
from troth.analysis.matching.standard.contacts import mailbox, phone, phone_tail
from troth.analysis.matching.standard.dates import birth_date
from troth.analysis.matching.standard.legal_forms import LEGAL_FORMS
from troth.analysis.matching.standard.names import person_name, person_name_of
from troth.analysis.matching.standard.parties import (
    ORGANISATIONS,
    PERSONS,
    standardised,
    standardised_one,
)
from troth.analysis.matching.standard.short_forms import LONG_FORMS
from troth.analysis.matching.standard.text import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dr. Robert Smith, Jr.", "robert  SMITH"),
        ("Smith, Robert", "Mr. Robert Smith"),
        ("Ludwig van Beethoven", "VAN BEETHOVEN, Ludwig"),
        ("Zoë Weiß", "Zoe Weiss"),
        ("Seán O’Brien", "Sean O'Brien"),
    ],
)
def test_a_person_is_called_the_same_however_the_name_is_written(one: str, other: str) -> None:
    left, right = person_name(one), person_name(other)
    assert (left.given, left.surname) == (right.given, right.surname)
    assert left.given and left.surname


def test_a_short_form_is_led_back_and_another_name_is_not() -> None:
    assert person_name("Bob Dylan").root == person_name("Robert Dylan").root == "robert"
    assert person_name("Roberta Dylan").root == "roberta"


def test_no_short_form_leads_to_a_short_form() -> None:
    assert not {long for long in LONG_FORMS.values() if LONG_FORMS.get(long, long) != long}


def test_a_single_word_is_a_surname_and_nothing_is_no_name() -> None:
    assert person_name("Madonna").surname == "madonna"
    assert person_name("Madonna").given is None
    assert person_name("  ").surname is None
    assert person_name_of("Anna Maria", "Schmidt").middle == "maria"


_WORDS = st.text(st.characters(codec="ascii", categories=["Ll", "Lu"]), min_size=2, max_size=8)


@settings(max_examples=100, deadline=None)
@given(_WORDS, _WORDS)
def test_the_quick_way_for_two_plain_words_gives_what_the_parser_gives(a: str, b: str) -> None:
    parsed = HumanName(f"{a} {b}")
    if parsed.title or parsed.suffix or not parsed.last:
        return  # the parser takes one for a title: then it is asked
    name = person_name(f"{a} {b}")
    assert (name.given or "", name.surname) == (folded(parsed.first), folded(parsed.last))


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("The Müller & Söhne GmbH & Co. KG", "Mueller und Sohne".replace("ue", "u"), "DE"),
        ("ACME Corp.", "Acme Incorporated", "US"),
        ("Société Générale S.A.", "societe generale", "FR"),
        ("Foo Sp. z o.o.", "FOO", "PL"),
        ("ООО Ромашка", "Ромашка", "RU"),
        ("Tata Motors Pvt. Ltd.", "Tata Motors Private Limited", "IN"),
    ],
)
def test_a_company_is_the_same_with_and_without_its_form(
    one: str, other: str, country: str
) -> None:
    left, right = company_name(one, country=country), company_name(other, country=country)
    assert left.core == right.core
    assert left.form is not None


def test_a_name_that_is_nothing_but_a_form_stays() -> None:
    assert company_name("GmbH", country="DE").core == "gmbh"
    assert company_name("Limited", country="GB").form is None


def test_the_country_says_what_a_form_means() -> None:
    # S.A. is an aktieselskab nowhere; "A/S" is one in Denmark and a joint stock company in Czechia.
    assert company_name("Carlsberg A/S", country="DK").form == "as"
    assert company_name("Skoda Auto a.s.", country="CZ").core == "skoda auto"
    assert company_name("International Business Machines Corp").initials == "ibm"


def test_every_form_is_written_as_standardising_leaves_it() -> None:
    writings = [text.strip() for forms in LEGAL_FORMS.values() for line in forms
                for text in line.split(",")]  # fmt: skip
    assert len(writings) > 150
    assert [text for text in writings if folded(text) != text] == []


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("030 / 1234567", "+49 30 1234567", "DE"),
        ("(312) 291-6100", "+1 312 291 6100", "US"),
        ("020 7946 0958", "0044 20 7946 0958", "GB"),
    ],
)
def test_a_number_is_the_same_with_and_without_its_country(
    one: str, other: str, country: str
) -> None:
    assert phone(one, country) == phone(other, country)
    assert phone(one, country) != phone(one, None)
    assert phone_tail(phone(one, country)) == phone_tail(phone(one, None))


def test_what_is_no_number_is_none_and_an_impossible_one_is_its_digits() -> None:
    assert phone("ext. 12", "DE") is None
    assert phone("0000000", "DE") is None
    assert phone("291 6100", None) == "2916100"
    assert phone_tail("123") is None


def test_mail_that_reaches_one_box_has_one_address() -> None:
    assert mailbox("Jo.Smith+news@GoogleMail.com").address == "josmith@gmail.com"
    assert mailbox("jo.smith@example.com").address != mailbox("josmith@example.com").address
    assert mailbox("jo@example.com").domain == "example.com"
    assert mailbox("jo@gmail.com").domain is None
    assert mailbox("not an address").address is None


@pytest.mark.parametrize(
    ("one", "other", "country"),
    [
        ("Hauptstr. 12 a", "Haupt-Straße 12A", "DE"),
        ("12 Main St., Apt 4", "12 MAIN STREET", "US"),
        ("10001 S. Woodlawn Ave", "10001 South Woodlawn Avenue First Floor", "US"),
        ("12, bd Voltaire", "12 boulevard Voltaire", "FR"),
        ("C/ Mayor 5", "Calle Mayor, 5", "ES"),
        ("Kerkstr. 12b", "kerkstraat 12 B", "NL"),
    ],
)
def test_a_house_is_the_same_however_its_street_is_written(
    one: str, other: str, country: str
) -> None:
    assert street_line(one, country=country) == street_line(other, country=country)
    assert street_line(one, country=country).number is not None


def test_a_numbered_street_is_no_house_number() -> None:
    line = street_line("1000 W. 52nd St.", country="US")
    assert (line.number, line.street) == ("1000", "west 52 street")
    assert street_line("12 N Main St", country="US").number == "12"
    assert street_line("12 Main St", country="US") != street_line("13 Main St", country="US")


def test_a_post_code_has_an_area_by_its_country() -> None:
    assert postcode("sw1a 2bj", country="GB") == ("sw1a2bj", "sw1a")
    assert postcode("60628-1234", country="US") == ("60628", "606")
    assert postcode("10115", country="DE") == ("10115", "10")
    assert postcode(" ") == (None, None)


def test_a_day_of_birth_is_read_in_the_ways_that_systems_write_it() -> None:
    assert birth_date("19610802") == birth_date("1961-08-02T00:00:00") == birth_date("2.8.1961")
    assert birth_date("1970-01-02") == ("1970-01-02", 1, "1970-02-01")
    assert birth_date("1961-86-02")[1] is None  # there is no such day, but it is nearly one
    assert birth_date("unknown") == (None, None, None)


_RAW = pa.table(
    {
        "key": ["a", "b", "c", "d"],
        "source": ["crm", "erp", "crm", "erp"],
        "name": ["Dr. Bob Smith", "Robert Smith", None, ""],
        "phone": ["020 7946 0958", "+442079460958", None, "1"],
        "country": ["GB", "GB", None, "DE"],
        "plan": ["Gold!", "gold", None, " "],
    }
)


@pytest.mark.parametrize("steps", [PERSONS, ORGANISATIONS])
def test_one_record_is_standardised_as_a_table_of_them_is(steps: tuple[object, ...]) -> None:
    table = standardised(_RAW, steps, attributes=("plan",)).to_pylist()  # type: ignore[arg-type]
    alone = [standardised_one(row, steps, attributes=("plan",)) for row in _RAW.to_pylist()]  # type: ignore[arg-type]
    assert table == alone
    assert table[0]["plan"] == table[1]["plan"] == "gold"
    assert table[0]["phone"] == table[1]["phone"]
    assert table[2]["plan"] is None is table[3]["plan"]


def test_records_without_a_key_are_refused_by_name() -> None:
    with pytest.raises(MatchingError, match="no column 'key'"):
        standardised(_RAW.drop_columns(["key"]), PERSONS)
    with pytest.raises(MatchingError, match="no column 'size'"):
        standardised(_RAW, PERSONS, attributes=("size",))
