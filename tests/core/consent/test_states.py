"""Where a purpose stands for a subject, in force at one instant as known at another."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.core.consent.book import ConsentBook
from troth.core.consent.purposes import (
    BUILT_IN,
    Basis,
    Notice,
    NoticeError,
    Purposes,
    UnknownPurposeError,
)
from troth.core.consent.states import (
    SAID,
    ConsentEvent,
    ConsentEventError,
    State,
    is_permitted,
    standing,
    standings,
)

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
ALWAYS = START + 365 * DAY


def event(
    said=State.GRANTED, effective=0, known=None, expires=None, purpose="marketing", **changes
) -> ConsentEvent:
    return ConsentEvent(
        subject="cus_1",
        purpose=purpose,
        said=said,
        effective_at=START + effective * DAY,
        known_at=START + (effective if known is None else known) * DAY,
        expires_at=None if expires is None else START + expires * DAY,
        **changes,
    )


def state(events, at, known=None, purposes=None, purpose="marketing") -> State:
    known_at = START + (at if known is None else known) * DAY
    return standing(
        events, purpose, purposes or Purposes(), at=START + at * DAY, known_at=known_at
    ).state


DAYS = st.integers(0, 8)
EVENTS = st.lists(
    st.builds(
        lambda said, effective, known, lasts: event(
            said,
            effective,
            known,
            None if lasts is None or said is not State.GRANTED else effective + lasts,
        ),
        st.sampled_from(SAID),
        DAYS,
        DAYS,
        st.none() | st.integers(1, 6),
    ),
    max_size=6,
)


def told_day_by_day(events, at, known) -> State:
    """The reference: hear what is known in the order of its effect, and keep the last word."""
    said, ends = State.NONE, None
    for day in range(at + 1):
        heard = [
            item
            for item in events
            if item.effective_at == START + day * DAY and item.known_at <= START + known * DAY
        ]
        if not heard:
            continue
        latest = max(item.known_at for item in heard)
        last = [item for item in heard if item.known_at == latest]
        for strictest in (State.REVOKED, State.DENIED, State.GRANTED):
            chosen = sorted((i for i in last if i.said is strictest), key=lambda i: i.id)
            if chosen:
                said, ends = strictest, chosen[-1].expires_at
                break
    if said is State.GRANTED and ends is not None and ends <= START + at * DAY:
        return State.EXPIRED
    return said


@given(EVENTS, DAYS, DAYS)
def test_the_state_is_what_a_telling_day_by_day_comes_to(events, at, known):
    assert state(events, at, known) is told_day_by_day(events, at, known)


@given(EVENTS, DAYS, DAYS, st.randoms(use_true_random=False))
def test_the_order_in_which_statements_arrive_and_their_repetition_say_nothing(
    events, at, known, chance
):
    shuffled = [*events, *chance.sample(events, len(events) // 2)]
    chance.shuffle(shuffled)
    assert state(shuffled, at, known) is state(events, at, known)


@given(EVENTS, DAYS, DAYS, st.sampled_from(SAID), DAYS)
def test_what_becomes_known_later_never_changes_what_was_known(events, at, known, said, effective):
    later = event(said, effective, known + 1)
    assert state([*events, later], at, known) is state(events, at, known)


@given(EVENTS, DAYS, DAYS, st.sampled_from(SAID))
def test_what_is_dated_ahead_waits_for_its_day(events, at, known, said):
    ahead = event(said, at + 1, 0)
    assert state([*events, ahead], at, known) is state(events, at, known)
    others = [item for item in events if item.effective_at < ahead.effective_at]
    assert state([*others, ahead], at + 1, 8) is said


@given(EVENTS, DAYS)
def test_the_book_says_the_same_for_many_subjects(events, at):
    others = [replace(item, subject="cus_2") for item in events[::2]]
    book = ConsentBook([*events, *others])
    now = START + at * DAY
    assert book.at("cus_1", now) == standings(events, Purposes(), at=now, known_at=now)
    assert book.at("cus_2", now) == standings(others, Purposes(), at=now, known_at=now)
    assert (
        book.at("cus_3", now)
        == book.at(None, now)
        == standings((), Purposes(), at=now, known_at=now)
    )


def test_a_negative_control_a_rule_that_goes_by_arrival_is_caught():
    def by_arrival(events, at, known):
        heard = [i for i in events if i.known_at <= START + known * DAY]
        heard = [i for i in heard if i.effective_at <= START + at * DAY]
        return heard[-1].said if heard else State.NONE

    chance, wrong = random.Random(7), 0
    for _ in range(200):
        events = [event(chance.choice(SAID), chance.randint(0, 4)) for _ in range(3)]
        wrong += by_arrival(events, 4, 4) is not told_day_by_day(events, 4, 4)
    assert wrong > 20


def test_a_yes_ends_when_it_says_and_a_new_yes_begins_anew():
    said = [event(effective=0, expires=2)]
    assert [state(said, day) for day in (0, 1, 2)] == [
        State.GRANTED,
        State.GRANTED,
        State.EXPIRED,
    ]
    assert state([*said, event(effective=3)], 3) is State.GRANTED


def test_a_no_counts_more_than_a_yes_that_was_heard_at_once():
    assert state([event(State.DENIED), event(State.GRANTED)], 1) is State.DENIED
    assert state([event(State.DENIED), event(State.REVOKED)], 1) is State.REVOKED


def notice(version, **changes) -> Notice:
    values = {
        "purpose": "marketing",
        "version": version,
        "basis": Basis.CONSENT,
        "title": "Marketing",
        "text": "We write to you.",
        "declared_at": START + version * DAY,
    }
    return Notice(**{**values, **changes})


def test_a_notice_gives_a_yes_its_end_and_one_that_asks_again_ends_older_ones():
    purposes = Purposes([notice(1, valid_days=2), notice(5, asks_again=True)])
    shown = [event(effective=1, notice_version=1)]
    assert state(shown, 2, purposes=purposes) is State.GRANTED
    assert state(shown, 3, purposes=purposes) is State.EXPIRED
    open_end = [event(effective=1, notice_version=0)]
    assert state(open_end, 4, purposes=purposes) is State.GRANTED
    assert state(open_end, 5, purposes=purposes) is State.EXPIRED
    assert state([event(effective=5, notice_version=5)], 6, purposes=purposes) is State.GRANTED


def test_a_no_stands_whatever_notice_asks_again():
    purposes = Purposes([notice(5, asks_again=True)])
    assert state([event(State.DENIED)], 6, purposes=purposes) is State.DENIED


def test_what_a_workspace_declares_holds_from_when_it_was_declared():
    purposes = Purposes([notice(2, basis=Basis.LEGITIMATE_INTERESTS)])
    assert purposes.notice("marketing", START).basis is Basis.CONSENT
    assert purposes.notice("marketing", START + 2 * DAY).basis is Basis.LEGITIMATE_INTERESTS
    assert [item.purpose for item in purposes.at(ALWAYS)] == [item.purpose for item in BUILT_IN]
    with pytest.raises(UnknownPurposeError, match=r"'news'; there are service, "):
        purposes.notice("news", START)


@pytest.mark.parametrize(
    ("basis", "permitting"),
    [
        (Basis.CONSENT, {State.GRANTED}),
        (Basis.LEGITIMATE_INTERESTS, {State.GRANTED, State.EXPIRED, State.NONE}),
        (Basis.PUBLIC_TASK, {State.GRANTED, State.EXPIRED, State.NONE}),
        (Basis.CONTRACT, set(State)),
        (Basis.LEGAL_OBLIGATION, set(State)),
        (Basis.VITAL_INTERESTS, set(State)),
    ],
)
def test_what_each_basis_permits(basis, permitting):
    assert {item for item in State if is_permitted(basis, item)} == permitting
    assert basis.can_be_refused is (State.DENIED not in permitting)


def test_each_basis_names_its_letter():
    assert [basis.article[-2] for basis in Basis] == list("abcdef")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"said": State.EXPIRED}, "use granted, denied or revoked"),
        ({"said": State.DENIED, "expires": 3}, "leave expires_at out of a no"),
        ({"expires": 0}, "end before it begins"),
        ({"effective": 365 * 7900}, "between 1900 and 9900"),
        ({"effective": -365 * 200}, "between 1900 and 9900"),
    ],
)
def test_what_nobody_can_say_is_refused(changes, says):
    with pytest.raises(ConsentEventError, match=says):
        event(**changes)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ConsentEventError, match="needs a zone"):
        replace(event(), known_at=datetime(2026, 3, 1))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"purpose": "My marketing"}, "small letters"),
        ({"text": " "}, "says nothing"),
        ({"layers": ("contract",)}, "No layer of policy called contract"),
        ({"valid_days": 0}, "from 1 to 3650"),
        ({"declared_at": datetime(2026, 3, 1)}, "needs a zone"),
    ],
)
def test_a_notice_that_declares_nothing_is_refused(changes, says):
    with pytest.raises(NoticeError, match=says):
        notice(1, **changes)


def test_the_same_statement_has_the_same_id_and_another_has_another():
    assert event().id == event().id
    assert len({event().id, event(State.DENIED).id, event(effective=1).id}) == 3
