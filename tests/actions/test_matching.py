"""Records that share no key: joined or asked about by what the workspace's own records taught."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import transaction
from tests.actions.matching_company import KEYED, PLANTED, SINGLE, Company

from troth.actions import match_models, matching
from troth.actions.customers import Resolved, resolve_customers
from troth.actions.match_models import design_of, is_due, load_parties
from troth.actions.people import system_user
from troth.actions.questions import keep_apart, say_of_records
from troth.analysis.matching.model import MatchModel
from troth.analysis.matching.scoring import score
from troth.store.facts.parties import PartyCount, count_parties
from troth.store.models import (
    AuditEntry,
    AuditRow,
    Crosswalk,
    IdentityVerdict,
    ResolutionQuestion,
)
from troth.store.models import MatchModel as MatchModelRow
from troth.store.row_content import row_content
from troth.store.server import Server

RECORDS = 2 * (KEYED + PLANTED) + SINGLE


@pytest.fixture(scope="module")
def first_run(modules_database: Server) -> Company:
    """The company after its first run, which learnt; learning takes seconds."""
    made = Company()
    assert run().matching == ""
    return made


@pytest.fixture
def company(first_run: Company) -> Iterator[Company]:
    """The same; what a test lands is taken back."""
    with transaction.atomic():
        yield deepcopy(first_run)
        transaction.set_rollback(True)


def run() -> Resolved:
    return resolve_customers(acting_user=system_user())


def crosswalk() -> dict[str, str]:
    return dict(Crosswalk.objects.values_list("source_key", "customer_id"))


def scored_questions() -> list[ResolutionQuestion]:
    return list(ResolutionQuestion.objects.filter(weight__isnull=False).order_by("pk"))


def doubted(company: Company) -> ResolutionQuestion:
    """The question about a record that is likely somebody, and not likely enough to be joined."""
    MatchModelRow.objects.update(match_from=60)
    said = company.said["crm:300"]
    company.land(
        [("web:1", {name: said[name] for name in ("name", "address", "postal_code", "city")})]
    )
    run()
    (row,) = [row for row in scored_questions() if row.source_key == "web:1"]
    return row


def test_pairs_that_no_key_joins_are_joined_or_asked_about(company: Company) -> None:
    held = crosswalk()
    asked = {frozenset(row.customers) for row in scored_questions()}
    joined = [at for at in company.planted if held[f"crm:{at}"] == held[f"erp:{at}"]]
    open_ones = [
        at for at in company.planted if frozenset((held[f"crm:{at}"], held[f"erp:{at}"])) in asked
    ]
    print(f"\n{len(joined)} joined, {len(open_ones)} asked about, of {PLANTED}")
    assert len(joined) >= 0.75 * PLANTED
    assert len(joined) + len(open_ones) >= 0.85 * PLANTED
    # Nobody was joined with another.
    numbers: dict[str, set[str]] = {}
    for key, customer in held.items():
        numbers.setdefault(customer, set()).add(key.partition(":")[2])
    assert [found for found in numbers.values() if len(found) > 1] == []
    at = joined[0]
    because = Crosswalk.objects.get(pk=f"erp:{at}").because
    assert because.startswith(("match 0.9", "match 1.000")), because
    assert because.endswith(f" with crm:{at}")
    assert Crosswalk.objects.get(pk="erp:0").because == "same e-mail address as crm:0"


def test_a_question_has_its_weight_and_the_steps_that_add_up_to_it(company: Company) -> None:
    row = doubted(company)
    assert row.weight is not None and row.probability is not None
    steps = [Decimal(item["weight"]) for item in row.evidence]
    assert abs(sum(steps) - row.weight) <= Decimal("0.0005") * (len(steps) + 1)
    assert row.evidence[0]["level"] == "two records at random"
    assert [item["level"] for item in row.evidence if item["comparison"] == "name"] == ["same name"]
    assert float(row.probability) == pytest.approx(1 / (1 + 2 ** -float(row.weight)), abs=1e-3)
    assert row.because.startswith("web:1: possible match 0.")


def test_a_rerun_renames_nobody_learns_nothing_and_asks_nothing_again(company: Company) -> None:
    before, questions = crosswalk(), ResolutionQuestion.objects.count()
    model = MatchModelRow.objects.get()
    entries = AuditEntry.objects.count()
    assert run().likely_pairs == 0
    assert (crosswalk(), ResolutionQuestion.objects.count()) == (before, questions)
    assert MatchModelRow.objects.get().trained_at == model.trained_at
    assert AuditEntry.objects.count() == entries  # nothing was written


def test_a_new_record_alone_gets_the_verdict_that_scoring_all_gives(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = crosswalk()
    numbers = range(KEYED + PLANTED, KEYED + PLANTED + 12)  # known to one system so far
    company.land([(f"erp:{at}", company.otherwise(company.said[f"crm:{at}"])) for at in numbers])
    found: list[matching.Matched] = []
    whole = matching.match_records
    monkeypatch.setattr(
        "troth.actions.customers.match_records",
        lambda **named: found.append(whole(**named)) or found[-1],  # type: ignore[func-returns-value]
    )
    run()
    row = MatchModelRow.objects.get()  # it is still the one that was kept
    new = {f"erp:{at}" for at in numbers}
    parties = load_parties(design_of(count_parties()))
    batch = {
        (pair.left, pair.right): pair.weight
        for pair in score(parties.standard, MatchModel.from_json(row.document)).pairs()
        if {pair.left, pair.right} & new and pair.weight >= float(row.possible_from or 0)
    }
    alone = {keys: likely.weight for keys, (likely, _) in found[0].pairs.items()}
    assert len(batch) >= 10
    assert alone == pytest.approx(batch, abs=1e-9)
    after = crosswalk()
    assert {key: after[key] for key in before} == before
    joined = [at for at in numbers if after[f"erp:{at}"] == after[f"crm:{at}"]]
    assert len(joined) >= 9
    assert run().likely_pairs == 0


def test_records_that_a_steward_keeps_apart_stay_so_whatever_they_are_like(
    company: Company,
) -> None:
    held = crosswalk()
    at = next(at for at in company.planted if held[f"crm:{at}"] == held[f"erp:{at}"])
    one, other = f"crm:{at}", f"erp:{at}"
    row = say_of_records(
        records=(one, other), verdict="apart", reason="Two shops.", acting_user=system_user()
    )
    run()
    parted = crosswalk()
    assert parted[one] != parted[other]
    company.land([(other, company.said[one])])  # now they even say the same
    run()
    assert (crosswalk()[one], crosswalk()[other]) == (parted[one], parted[other])
    assert {key: crosswalk()[key] for key in held if key != other} == {
        key: held[key] for key in held if key != other
    }
    assert IdentityVerdict.objects.get().pk == row.pk
    both = [parted[one], parted[other]]
    assert not ResolutionQuestion.objects.filter(customers__contains=both).exists()


def test_customers_that_a_steward_keeps_apart_are_not_asked_about_again(company: Company) -> None:
    question = doubted(company)
    keep_apart(question_id=question.pk, reason="A branch.", acting_user=system_user())
    company.land([("web:1", company.said["crm:300"])])  # settled, so it stays where it is
    run()
    held = crosswalk()
    assert held["web:1"] != held["crm:300"]
    question.refresh_from_db()
    assert question.verdict == "apart"
    assert not ResolutionQuestion.objects.filter(
        settled_at=None, customers__contains=[held["web:1"], held["crm:300"]]
    ).exists()


def test_too_few_records_are_matched_by_their_keys_alone(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    MatchModelRow.objects.all().delete()
    monkeypatch.setattr(matching, "FEWEST_RECORDS", RECORDS + 2)
    company.land([("web:1", company.otherwise(company.said["crm:300"]))])
    resolved = run()
    assert resolved.matching.startswith(f"{RECORDS + 1} customer records are too few to learn from")
    assert (resolved.likely_pairs, MatchModelRow.objects.count()) == (0, 0)
    held = crosswalk()
    assert held["web:1"] != held["crm:300"]


def test_a_model_is_learnt_anew_where_records_or_what_is_asked_have_changed() -> None:
    row = MatchModelRow(
        records=1_000,
        design_digest=match_models._design_digest(design_of(count(1_000))),
        precision=Decimal("0.995"),
    )
    assert is_due(None, count(1_000), Decimal("0.995"))
    assert not is_due(row, count(1_000), Decimal("0.995"))
    assert not is_due(row, count(1_200), Decimal("0.995"))
    assert is_due(row, count(1_201), Decimal("0.995"))
    assert is_due(row, count(799), Decimal("0.995"))
    assert is_due(row, count(1_000, persons=1_000), Decimal("0.995"))
    assert is_due(row, count(1_000), Decimal("0.99"))


def count(records: int, *, persons: int = 0) -> PartyCount:
    return PartyCount(records=records, through=1, persons=persons, organisations=0)


def test_what_was_learnt_is_kept_with_what_it_promises(company: Company) -> None:
    row = MatchModelRow.objects.get()
    assert (row.records, row.sources, row.design) == (RECORDS, 2, "organisation")
    assert row.precision == Decimal("0.995")
    assert row.match_from is not None and row.possible_from is not None
    assert row.possible_from <= row.match_from
    assert float(row.expected["precision"]) >= 0.995
    weights = [float(point["weight"]) for point in row.curve]
    assert weights == sorted(weights, reverse=True)
    words = {word for said in company.said.values() for word in said["name"].split()} - {"BV"}
    assert [word for word in words if word.lower() in row.document] == []
    # Each write of it is in the log, and the row stands as its newest entry says.
    entries = AuditRow.objects.filter(table="store_matchmodel").order_by("entry_id")
    actions = [entry.entry.action for entry in entries]
    assert bytes(list(entries)[-1].digest) == sha256(row_content(row)).digest()
    assert actions == ["customer:matching:learnt", "customer:identity:resolved"]
