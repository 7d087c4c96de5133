"""Which promises do policies of several kinds make together that nobody can keep?

Each kind by itself is well formed: a lead time of three days, deliveries on Mondays. Together they
promise a day on which nobody receives. Looked at for each group of customers, in the case of each
rule of their tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from troth.core.calendars.business import BusinessCalendar
from troth.core.policies.book import PolicyBook
from troth.core.policies.guardrails import ContradictoryGuardrailsError
from troth.core.policies.layers import LayerFinding, cases_of, classes, line_of
from troth.core.policies.resolution import Resolution
from troth.core.policies.scopes import Layer, Scope, Subject
from troth.core.policies.versions import PolicyVersion, as_instant

IMPOSSIBLE = "impossible"

_KINDS = ("lead_time", "delivery", "service_level", "communication", "price_terms")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = 24 * 60


class _Clash(NamedTuple):
    kind: str  # whose answer is told first
    outputs: tuple[tuple[str, str], ...]  # (kind, output) that clash
    sentence: str


def check_kinds(
    versions: Iterable[PolicyVersion], subjects: Iterable[Subject], *, at: datetime
) -> tuple[LayerFinding, ...]:
    """Promises that other policies make impossible at `at`, each once, with who and in which case.

    Also shares of stock that together exceed all of it. Calendars and quiet hours are compared on
    the calendar's own clock.
    """
    now, held = as_instant(at), tuple(versions)
    by_id = {version.id: version for version in held}
    book = PolicyBook.compile(held)
    found: dict[tuple[str, tuple[str, ...]], LayerFinding] = {}
    people = classes(held, subjects)
    for subject in people:
        for case in ({}, *_cases(book, subject, now)):
            answers = _answers(book, subject, now, case)
            for clash in _clashes(answers):
                finding = _finding(clash, answers, by_id, subject, case)
                if finding is not None:
                    ids = tuple(item.id for item in finding.others)
                    found.setdefault((clash.sentence, ids), finding)
    return (*found.values(), *_shares(book, people, by_id, now))


def _cases(book: PolicyBook, subject: Subject, now: datetime) -> Iterator[dict[str, Any]]:
    for kind in _KINDS:
        for version in line_of(book, kind, subject, now):
            yield from cases_of(version)


def _answers(
    book: PolicyBook, subject: Subject, now: datetime, case: Mapping[str, Any]
) -> dict[str, Resolution]:
    answers = {}
    for kind in _KINDS:
        try:
            answers[kind] = book.resolve(kind, subject, now, case)
        except ContradictoryGuardrailsError:
            continue  # refused when the second of them is published
    return answers


def _finding(
    clash: _Clash,
    answers: Mapping[str, Resolution],
    by_id: Mapping[str, PolicyVersion],
    subject: Subject,
    case: Mapping[str, Any],
) -> LayerFinding | None:
    sources = [
        item.version
        for kind, output in clash.outputs
        for item in answers[kind].outputs
        if item.output == output and item.version
    ]
    decided = [by_id[key] for key in dict.fromkeys(sources)]
    if not decided:
        return None  # nobody decided any of it
    version = next((item for item in decided if item.kind == clash.kind), decided[0])
    witness = {"customer": subject.member} if subject.member else {}
    return LayerFinding(
        kind=IMPOSSIBLE,
        policy=version.kind,
        scope=version.scope,
        version=version,
        sentence=clash.sentence,
        witness=witness | {name: str(value) for name, value in case.items()} or None,
        others=tuple(decided),
    )


def _clashes(answers: Mapping[str, Resolution]) -> Iterator[_Clash]:
    values = {kind: found.values for kind, found in answers.items()}
    if "delivery" in values:
        yield from _receiving(values["delivery"], values.get("lead_time", {}))
    if "service_level" in values:
        yield from _answering(values["service_level"], values.get("communication", {}))
    yield from _paying(values.get("price_terms", {}))


def _receiving(delivery: Mapping[str, Any], lead: Mapping[str, Any]) -> Iterator[_Clash]:
    weekdays = sorted(set(delivery["weekdays"] or ()))
    opens, closes = _minutes(delivery["window_opens"]), _minutes(delivery["window_closes"])
    if not weekdays or opens >= closes:
        yield _Clash(
            kind="delivery",
            outputs=tuple(
                ("delivery", name) for name in ("weekdays", "window_opens", "window_closes")
            ),
            sentence="Goods are never received: there is no weekday, or the window ends before it "
            "begins. No promise can be kept.",
        )
        return
    most = lead.get("maximum_lead_time_days")
    wait = _longest_wait(weekdays)
    if most is not None and most < wait:
        days = ", ".join(_DAYS[day] for day in weekdays)
        yield _Clash(
            kind="lead_time",
            outputs=(("lead_time", "maximum_lead_time_days"), ("delivery", "weekdays")),
            sentence=f"At most {most} days are promised, and goods are received on {days} only: "
            f"whoever orders when a window has just closed waits {wait} days for the next.",
        )


def _longest_wait(weekdays: Sequence[int]) -> int:
    """Days from the close of one window to the close of the next, at the most."""
    return max(
        (after - before - 1) % 7 + 1
        for before, after in zip(weekdays, [*weekdays[1:], weekdays[0]], strict=True)
    )


def _answering(level: Mapping[str, Any], talk: Mapping[str, Any]) -> Iterator[_Clash]:
    for severity in range(1, 5):
        first = level[f"first_response_minutes_{severity}"]
        done = level[f"resolution_minutes_{severity}"]
        if first is not None and done is not None and done < first:
            names = (f"first_response_minutes_{severity}", f"resolution_minutes_{severity}")
            yield _Clash(
                kind="service_level",
                outputs=tuple(("service_level", name) for name in names),
                sentence=f"Severity {severity} would have to be resolved ({done} min) before it "
                f"is answered ({first} min).",
            )
    quiet_from, quiet_until = talk.get("quiet_from"), talk.get("quiet_until")
    if quiet_from is None or quiet_until is None:
        return
    calendar = BusinessCalendar.from_document(level["calendar"])
    quiet = _quiet_minutes(_minutes(quiet_from), _minutes(quiet_until))
    windows = [window for day in calendar.weekly for window in day]
    spoken = any(
        not quiet[minute]
        for window in windows
        for minute in range(window.opens_minute, window.closes_minute)
    )
    if not windows:
        yield _Clash(
            kind="service_level",
            outputs=(("service_level", "calendar"),),
            sentence="The calendar has no working hours: no target is ever due.",
        )
    elif not spoken:
        yield _Clash(
            kind="service_level",
            outputs=(
                ("service_level", "calendar"),
                ("communication", "quiet_from"),
                ("communication", "quiet_until"),
            ),
            sentence=f"All working hours lie within the hours from {quiet_from} to {quiet_until}, "
            "when nobody may call or write: no first response can be given in time.",
        )


def _paying(terms: Mapping[str, Any]) -> Iterator[_Clash]:
    early, due = terms.get("early_payment_days"), terms.get("payment_days")
    percent = terms.get("early_payment_percent") or Decimal(0)
    if early is not None and due is not None and percent > 0 and early > due:
        yield _Clash(
            kind="price_terms",
            outputs=(("price_terms", "early_payment_days"), ("price_terms", "payment_days")),
            sentence=f"Paying within {early} days counts as early, and {due} days are the limit: "
            "who pays late would be rewarded.",
        )


def _shares(
    book: PolicyBook,
    people: Sequence[Subject],
    by_id: Mapping[str, PolicyVersion],
    now: datetime,
) -> Iterator[LayerFinding]:
    """Shares of scarce stock that are kept for tiers and customers, and exceed all of it."""
    kept: dict[Scope, tuple[Decimal, PolicyVersion]] = {}
    for subject in people:
        try:
            found = book.resolve("allocation_priority", subject, now)
        except ContradictoryGuardrailsError:
            continue
        item = next(item for item in found.outputs if item.output == "protected_share")
        version = by_id.get(item.version)
        # A share of the company's is one for all together, and leaves nobody behind.
        if version is not None and version.scope.layer not in (Layer.COMPANY, Layer.GUARDRAIL):
            kept[version.scope] = (Decimal(item.value), version)
    total = sum((share for share, _ in kept.values()), Decimal(0))
    if total > 1:
        ordered = sorted(kept.values(), key=lambda item: (-item[0], item[1].id))
        told = " + ".join(f"{share} for {version.scope}" for share, version in ordered)
        first = ordered[0][1]
        yield LayerFinding(
            kind=IMPOSSIBLE,
            policy="allocation_priority",
            scope=first.scope,
            version=first,
            sentence=f"More of scarce stock is kept than there is: {told} = {total}.",
            others=tuple(version for _, version in ordered),
        )


def _minutes(clock: str) -> int:
    """Minutes of the day of HH:MM; 24:00 is 1,440."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _quiet_minutes(start: int, end: int) -> list[bool]:
    """Which minutes of a day are quiet; a span may go over midnight. Equal ends: none is."""
    if start <= end:
        return [start <= minute < end for minute in range(_DAY)]
    return [minute >= start or minute < end for minute in range(_DAY)]
