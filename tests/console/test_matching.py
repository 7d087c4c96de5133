"""Does the page of matching show the model to those who see all of what it rests on?"""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from troth.core.access.roles import Role
from troth.store.models import Crosswalk, MatchModel, User

Reader = Callable[[Role], Client]


def test_the_model_is_shown_with_its_thresholds_and_its_curve(
    reader: Reader, company: None
) -> None:
    shown = reader(Role.STEWARD).get("/match").content.decode()
    for text in ("4.11", "-1.28", "0.9988", "0.9897", "560", "0.995"):
        assert text in shown, text
    assert 'id="match-curve"' in shown
    assert shown.count('<td class="number">230</td>') == 1  # a row of the curve


def test_who_does_not_see_every_customer_is_shown_nothing_of_it(
    reader: Reader, company: None
) -> None:
    User.objects.filter(role=Role.AGENT.value).update(regions=["nowhere"])
    shown = reader(Role.AGENT).get("/match").content.decode()
    assert "only who sees all of them" in shown
    assert "0.9988" not in shown
    answer = reader(Role.AGENT).get("/api/v1/match").json()
    assert answer == dict.fromkeys(("records", "fewest_records", "joined", "asked", "model"))


def test_below_the_fewest_records_the_page_says_that_keys_decide_alone(
    reader: Reader, company: None
) -> None:
    MatchModel.objects.all().delete()
    assert "From 500 customer records on" in reader(Role.STEWARD).get("/match").content.decode()
    answer = reader(Role.STEWARD).get("/api/v1/match").json()
    records = Crosswalk.objects.filter(kind="customer").count()
    assert (answer["records"], answer["fewest_records"], answer["model"]) == (records, 500, None)


def test_why_nothing_could_be_learnt_is_said(reader: Reader, company: None) -> None:
    MatchModel.objects.update(sentence="no rule finds 30 pairs", match_from=None, curve=[])
    shown = reader(Role.STEWARD).get("/match").content.decode()
    assert "no rule finds 30 pairs" in shown
    assert 'id="match-curve"' not in shown
