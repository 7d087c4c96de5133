"""What is each customer worth, as of a moment, and how likely do they leave?

The value policy says who signs off and who does not, and what is kept of what they pay. Each
group has its models, fitted anew to all that was known; where the data do not tell them, no
customer of the group has a value, and the model's row says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from troth.actions.recording import recorded
from troth.actions.upserting import upsert_changed
from troth.actions.value_documents import check_document, parameters_document
from troth.analysis.value.assessing import (
    DAYS_A_MONTH,
    AccountAssessment,
    Accounts,
    BuyingAssessment,
    Purchases,
    Terms,
    assess_accounts,
    assess_buying,
)
from troth.analysis.value.errors import FitError
from troth.core.access.roles import Right
from troth.core.ledger.canonical import digest
from troth.core.policies.book import PolicyBook
from troth.core.policies.scopes import Subject
from troth.store.facts.policies import published_versions
from troth.store.facts.revenue import monthly_revenue, purchases
from troth.store.facts.spells import Spell, spells
from troth.store.facts.subjects import Entitlements
from troth.store.models import Customer, CustomerValue, User, ValueModel

_BATCH = 5_000
_EPOCH = date(1970, 1, 1)
_PAID_MONTHS = 12  # what an account pays a month is the mean of so many
_UNDER_CONTRACT = "contractual"
_OTHERS = "non_contractual"


@dataclass(kw_only=True)
class Valued:
    """What assessing customers came to."""

    customers: int = 0  # with a value
    changed: int = 0  # rows that were written
    refused: dict[str, str] = field(default_factory=dict)  # group → why nothing could be told


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What the value policy says, of all and of each."""

    as_of: datetime
    currency: str
    horizon_months: int
    discount_percent: Decimal
    silence_days: int
    version: str  # of the company's terms
    customers: tuple[str, ...]  # ids; a customer's code is its place
    is_contractual: NDArray[np.bool_]
    margin: tuple[Decimal, ...]  # per cent

    @property
    def today(self) -> date:
        return self.as_of.astimezone(UTC).date()

    @property
    def terms(self) -> Terms:
        return Terms(
            horizon_months=self.horizon_months,
            yearly_discount=float(self.discount_percent) / 100,
            silence_days=self.silence_days,
        )

    @property
    def contractual(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.is_contractual).astype(np.int64)


def assess_values(*, as_of: datetime, currency: str, acting_user: User) -> Valued:
    """Bring every customer's value up to `as_of`. One transaction a batch of customers.

    A customer of whom nothing can be told, any more or at all, has no value.
    """
    asked = _asked(as_of, currency)
    result = Valued()
    wanted: dict[str, CustomerValue] = {}
    models: list[ValueModel] = []
    for relation, rows_of in ((_OTHERS, _bought), (_UNDER_CONTRACT, _accounts)):
        model, rows = rows_of(asked, _model(relation, asked))
        if model.sentence:
            result.refused[relation] = model.sentence
        models.append(model)
        wanted.update((row.customer_id, row) for row in rows)
    _write(models, wanted, acting_user, result)
    result.customers = len(wanted)
    return result


def _asked(as_of: datetime, currency: str) -> _Asked:
    book = PolicyBook.compile(published_versions())
    whole = book.resolve("value", Subject(), as_of)
    entitled = Entitlements.load()
    ids, contractual, margins = [], [], []
    rows = Customer.objects.order_by("id").values_list("id", "segment", "sales_region", "country")
    for customer, segment, *regions in rows.iterator(chunk_size=10_000):
        subject = entitled.subject_at(customer, as_of, segment=segment, regions=tuple(regions))
        own = book.resolve("value", subject, as_of)
        ids.append(customer)
        contractual.append(own["relation"] == _UNDER_CONTRACT)
        margins.append(own["margin_percent"])
    return _Asked(
        as_of=as_of,
        currency=book.resolve("tiers", Subject(), as_of)["currency"] or currency,
        horizon_months=whole["horizon_months"],
        discount_percent=whole["discount_percent"],
        silence_days=whole["silence_days"],
        version=whole.versions[0] if whole.versions else "",
        customers=tuple(ids),
        is_contractual=np.array(contractual, dtype=bool),
        margin=tuple(margins),
    )


def _model(relation: str, asked: _Asked) -> ValueModel:
    mark = digest({"relation": relation, "as_of": asked.as_of})
    return ValueModel(
        id=f"val_{mark[:16]}",
        relation=relation,
        as_of=asked.as_of,
        terms={
            "horizon_months": asked.horizon_months,
            "discount_percent": str(asked.discount_percent),
            "silence_days": asked.silence_days,
            "currency": asked.currency,
            "policy_version": asked.version,
        },
    )


def _bought(asked: _Asked, model: ValueModel) -> tuple[ValueModel, list[CustomerValue]]:
    """Customers who never sign off, by what they bought."""
    places = {customer: at for at, customer in enumerate(asked.customers)}
    codes, days, amounts = [], [], []
    for row in purchases(asked.as_of, currency=asked.currency):
        at = places.get(row.customer_id)
        if at is not None and not asked.is_contractual[at]:
            codes.append(at)
            days.append(row.day)
            amounts.append(row.amount)
    model.customers = len(set(codes))
    if not codes:
        model.sentence = "Nobody without a contract has bought anything yet."
        return model, []
    bought = Purchases(
        customers=np.array(codes, dtype=np.int64),
        days=np.array(days, dtype=np.int64),
        amounts=np.array(amounts, dtype=np.float64),
    )
    model.rests_on = {
        "days_bought": len(codes),
        "first_on": _day(min(days)).isoformat(),
        "last_on": _day(max(days)).isoformat(),
    }
    until = (asked.today - _EPOCH).days
    try:
        found = assess_buying(
            bought, until_day=until, terms=asked.terms, contractual=asked.contractual
        )
    except FitError as error:
        model.sentence = str(error)
        return model, []
    model.form = "BG/NBD and Gamma-Gamma"
    model.parameters = parameters_document(found.parameters)
    if found.check is not None:
        model.check_result = check_document(found.check)
    return model, _buyers(asked, model, found)


def _buyers(asked: _Asked, model: ValueModel, found: BuyingAssessment) -> list[CustomerValue]:
    rows = []
    known, worth = found.known, found.found
    for at, code in enumerate(known.customers):
        share = asked.margin[code] / 100
        first = asked.today - timedelta(days=round(float(known.age[at]) * 7))
        rows.append(
            _row(
                asked,
                model,
                int(code),
                value=_money(worth.value[at], share),
                low=_money(worth.low[at], share),
                high=_money(worth.high[at], share),
                alive=_chance(worth.alive[at]),
                leaving=_chance(found.leaving[at]),
                purchases=_rounded(worth.purchases[at], "0.001"),
                per_purchase=_rounded(worth.per_purchase[at], "0.01"),
                days_bought=int(known.frequency[at]) + 1,
                first_on=first,
                last_on=first + timedelta(days=round(float(known.recency[at]) * 7)),
            )
        )
    return rows


def _accounts(asked: _Asked, model: ValueModel) -> tuple[ValueModel, list[CustomerValue]]:
    """Customers who sign off, by how long such contracts last and what they pay."""
    model.customers = int(asked.is_contractual.sum())
    if not model.customers:
        return model, []
    places = {customer: at for at, customer in enumerate(asked.customers)}
    held = [
        spell
        for spell in spells(asked.as_of)
        if (at := places.get(spell.customer_id)) is not None and asked.is_contractual[at]
    ]
    model.customers = len(held)
    if not held:
        model.sentence = "No customer with a contract end has a contract that has begun."
        return model, []
    accounts = _account_columns(held, places, asked)
    model.rests_on = {
        "ended": int(accounts.has_ended.sum()),
        "first_on": min(spell.begun_on for spell in held).isoformat(),
        "last_on": asked.today.isoformat(),
    }
    try:
        found = assess_accounts(accounts, terms=asked.terms, contractual=asked.contractual)
    except FitError as error:
        model.sentence = str(error)
        return model, []
    model.form = f"Survival ({found.survival.form})"
    model.parameters = parameters_document(found.parameters)
    return model, _contract_rows(asked, model, found, held)


def _account_columns(held: Sequence[Spell], places: Mapping[str, int], asked: _Asked) -> Accounts:
    today = asked.today
    since = today - timedelta(days=round(_PAID_MONTHS * DAYS_A_MONTH))
    paid: dict[str, float] = {}
    for month in monthly_revenue(asked.as_of, currency=asked.currency):
        if since <= month.month <= today:
            paid[month.customer_id] = paid.get(month.customer_id, 0.0) + float(month.revenue)
    age, entered, ended, per_month = [], [], [], []
    for spell in held:
        until = spell.ended_on or today
        lasted = max((until - spell.begun_on).days, 1) / DAYS_A_MONTH
        seen = max((spell.seen_on - spell.begun_on).days, 0) / DAYS_A_MONTH
        age.append(lasted)
        # Who was over before we looked was never at risk in our sight; it is in view at its end.
        entered.append(min(seen, lasted - 0.5 / DAYS_A_MONTH))
        ended.append(spell.ended_on is not None)
        months = min(_PAID_MONTHS, max((today - spell.begun_on).days / DAYS_A_MONTH, 1.0))
        per_month.append(max(paid.get(spell.customer_id, 0.0), 0.0) / months)
    return Accounts(
        customers=np.array([places[spell.customer_id] for spell in held], dtype=np.int64),
        age=np.array(age),
        entered=np.array(entered),
        has_ended=np.array(ended, dtype=bool),
        per_month=np.array(per_month),
    )


def _contract_rows(
    asked: _Asked, model: ValueModel, found: AccountAssessment, held: Sequence[Spell]
) -> list[CustomerValue]:
    rows = []
    for at, spell in enumerate(held):
        code = int(found.accounts.customers[at])
        share = asked.margin[code] / 100
        rows.append(
            _row(
                asked,
                model,
                code,
                value=_money(found.stay.value[at], share),
                low=_money(found.stay.low[at], share),
                high=_money(found.stay.high[at], share),
                alive=_chance(0.0 if found.accounts.has_ended[at] else 1.0),
                leaving=_chance(found.leaving[at]),
                remaining_months=_rounded(found.stay.remaining[at], "0.01"),
                first_on=spell.begun_on,
                last_on=spell.ended_on or asked.today,
            )
        )
    return rows


def _row(asked: _Asked, model: ValueModel, code: int, **columns: Any) -> CustomerValue:
    return CustomerValue(
        customer_id=asked.customers[code],
        model_id=model.pk,
        as_of=asked.as_of,
        form=model.form,
        horizon_months=asked.horizon_months,
        silence_days=asked.silence_days,
        currency=asked.currency,
        margin_percent=asked.margin[code].quantize(Decimal("0.01")),
        **columns,
    )


def _write(
    models: Iterable[ValueModel],
    wanted: Mapping[str, CustomerValue],
    acting_user: User,
    result: Valued,
) -> None:
    with _assessing(acting_user) as entry:
        entry.wrote_all(upsert_changed(list(models), key=["id"]))
        entry.is_empty = not entry.rows
    waiting = iter(sorted(wanted))
    while batch := list(islice(waiting, _BATCH)):
        with _assessing(acting_user) as entry:
            changed = upsert_changed([wanted[key] for key in batch], key=["customer_id"])
            entry.wrote_all(changed)
            entry.is_empty = not changed
            result.changed += len(changed)
    with _assessing(acting_user) as entry:
        held = set(CustomerValue.objects.values_list("customer_id", flat=True))
        stale = CustomerValue.objects.filter(customer_id__in=held - wanted.keys())
        entry.wrote_all(stale.order_by("customer_id"), op="delete")
        entry.is_empty = not entry.rows
        result.changed += len(entry.rows)
        stale.delete()


def _assessing(acting_user: User) -> Any:
    return recorded(
        acting_user=acting_user,
        action="customer:value:assessed",
        right=Right.RUN,
        is_company_wide=True,
    )


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _money(amount: float, share: Decimal) -> Decimal:
    return (Decimal(repr(float(amount))) * share).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _rounded(number: float, step: str) -> Decimal:
    return Decimal(repr(float(number))).quantize(Decimal(step), ROUND_HALF_UP)


def _chance(share: float) -> Decimal:
    return _rounded(min(max(float(share), 0.0), 1.0), "0.000001")
