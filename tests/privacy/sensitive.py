"""A small world in which every sensitive field holds a word of its own, and how to look for them.

Each field of the records that is personal or restricted, and each text of ours that is classified
so and that somebody may be shown, has a canary that stands nowhere else.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterator
from urllib.parse import quote

from django.utils import timezone
from tests.access.company import add_policy_work
from tests.workspaces import Troth

from troth.actions.people import system_user
from troth.actions.recording import recorded
from troth.core.access.roles import Role
from troth.core.records.kinds import KINDS
from troth.core.records.values import Sensitivity
from troth.store.models import (
    BreakGlass,
    Crosswalk,
    Customer,
    CustomerAccess,
    OutboxMessage,
    User,
    WebhookEndpoint,
)

Field = tuple[str, str]  # (record kind or table, field or column)
PEOPLE = 5
_SINCE, _AT = "2026-02-02 08:00", "2026-05-07 10:00"

# One canary a field. Digits where a telephone number or a tax id is wanted.
CANARIES: dict[Field, str] = {
    ("agent", "name"): "zilpagent",
    ("agent", "email"): "zilpamail",
    ("customer", "name"): "zilpname",
    ("customer", "tax_id"): "884400771",
    ("customer", "email"): "zilpmail",
    ("customer", "phone"): "77300551",
    ("customer", "address"): "zilpstreet",
    ("customer", "postal_code"): "zilpcode",
    ("contact", "name"): "zilpcontact",
    ("contact", "email"): "zilpcmail",
    ("contact", "phone"): "77300662",
    ("shipment", "recipient"): "zilprecipient",
    ("case", "subject"): "zilpsubject",
    ("interaction", "summary"): "zilpsummary",
    ("survey_response", "verbatim"): "zilpverbatim",
    ("FactPersonal", "raw"): "zilpunmapped",
    ("QuarantinedRow", "raw"): "zilprejected",  # of an order
    ("QuarantinedRow", "message"): "zilpamount",  # a fault repeats what it found
    ("QuarantinedRow", "raw of a customer"): "zilprefused",
    ("BreakGlass", "reason"): "zilpglass",
    ("BreakGlass", "comment"): "zilpcomment",
    ("CustomerAccess", "reason"): "zilpnamed",
    ("AuditSecret", "reason"): "zilpsealed",
    ("OutboxMessage", "payload"): "zilppayload",
    ("User", "password"): "zilppassword",
    ("WebhookEndpoint", "secret"): "zilpsecret",
}
# A row may hold what is restricted where its kind does; nobody at all is shown a secret.
SECRET = {("User", "password"), ("WebhookEndpoint", "secret")}
RESTRICTED = {("customer", "tax_id"), ("QuarantinedRow", "raw of a customer")}
# What colleagues wrote is for those who check who saw whom.
WORDS = {
    ("BreakGlass", "reason"),
    ("BreakGlass", "comment"),
    ("CustomerAccess", "reason"),
    ("AuditSecret", "reason"),
}
PERSONAL = set(CANARIES) - SECRET - RESTRICTED - WORDS

_SOURCE = """\
source: coop
system: coop
time_zone: UTC
feeds:
  - {name: keepers, record: agent, files: exports/coop/keepers.csv, key: id,
     fields: {name: name, email: mail}}
  - {name: customers, record: customer, files: exports/coop/customers.csv, key: id,
     fields: {name: name, tax_id: tax, email: mail, phone: phone, address: street,
              postal_code: code, created_at: since}, known_at: since}
  - {name: contacts, record: contact, files: exports/coop/contacts.csv, key: id,
     fields: {customer: customer, name: name, email: mail, phone: phone}}
  - {name: orders, record: order, files: exports/coop/orders.csv, key: id,
     fields: {customer: customer, placed_at: at, requested_at: at,
              total: {column: amount, currency: EUR}}, known_at: at}
  - {name: shipments, record: shipment, files: exports/coop/shipments.csv, key: id,
     fields: {order: order, recipient: to, shipped_at: at}, known_at: at}
  - {name: cases, record: case, files: exports/coop/cases.csv, key: id,
     fields: {customer: customer, subject: subject, severity: {constant: "2"},
              status: {constant: in_progress}, opened_at: at}, known_at: at}
  - {name: calls, record: interaction, files: exports/coop/calls.csv, key: id,
     fields: {customer: customer, case: case, occurred_at: at, summary: summary}, known_at: at}
  - {name: surveys, record: survey_response, files: exports/coop/surveys.csv, key: id,
     fields: {customer: customer, order: order, score: score, answered_at: at, verbatim: words},
     known_at: at}
"""


def uncovered() -> set[Field]:
    """The sensitive fields of the records that have no canary, or one too many."""
    declared = {
        (kind.name, spec.name)
        for kind in KINDS
        for spec in kind.fields
        if spec.sensitivity.is_stored_apart
    }
    restricted = {
        (kind.name, spec.name)
        for kind in KINDS
        for spec in kind.fields
        if spec.sensitivity is Sensitivity.RESTRICTED
    }
    ours = {field for field in CANARIES if field[0][0].islower()}
    return (declared ^ ours) | (restricted ^ (RESTRICTED & ours))


def lay_coop(troth: Troth) -> None:
    """The exports: the first customer holds the canaries, the others make lists of them."""
    troth.write("sources/coop.yaml", _SOURCE)
    folder = troth.directory / "exports" / "coop"
    folder.mkdir(parents=True)
    for name, rows in _tables():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)


def _canary(kind: str, name: str) -> str:
    return CANARIES[kind, name]


def _tables() -> Iterator[tuple[str, list[list[str]]]]:
    of = _canary
    plain = [
        [f"B{n}", f"{9 - n} plain", f"NL{n}", f"p{n}@plain.example", f"+3120000000{n}", "Way 1",
         "1000", _SINCE, ""]
        for n in range(1, PEOPLE)
    ]  # fmt: skip
    yield (
        "keepers",
        [
            ["id", "name", "mail"],
            ["K1", f"{of('agent', 'name')} Keeper", f"{of('agent', 'email')}@coop.example"],
        ],
    )
    yield "customers", [
        ["id", "name", "tax", "mail", "phone", "street", "code", "since", "note"],
        ["B0", f"{of('customer', 'name')} Vogel", f"NL{of('customer', 'tax_id')}B01",
         f"{of('customer', 'email')}@home.example", f"+31{of('customer', 'phone')}0",
         f"{of('customer', 'address')} 1", of("customer", "postal_code"), _SINCE,
         of("FactPersonal", "raw")],
        *plain,
        # No instant: the row waits in quarantine, whole.
        ["B9", f"{of('QuarantinedRow', 'raw of a customer')} Mus", "", "", "", "", "",
         f"since {of('QuarantinedRow', 'raw of a customer')}", ""],
    ]  # fmt: skip
    yield "contacts", [
        ["id", "customer", "name", "mail", "phone"],
        ["P0", "B0", f"{of('contact', 'name')} junior", f"{of('contact', 'email')}@work.example",
         f"+31{of('contact', 'phone')}0"],
    ]  # fmt: skip
    yield from _of_work()


def _of_work() -> Iterator[tuple[str, list[list[str]]]]:
    """What the people of `_tables` ordered, were sent and said."""
    of = _canary
    yield "orders", [
        ["id", "customer", "at", "amount", "remark"],
        *[[f"O{n}", f"B{n}", _AT, "10.10", ""] for n in range(PEOPLE)],
        ["X0", "B0", _AT, f"ask {of('QuarantinedRow', 'message')}",
         of("QuarantinedRow", "raw")],
    ]  # fmt: skip
    yield (
        "shipments",
        [
            ["id", "order", "to", "at"],
            ["S0", "O0", f"{of('shipment', 'recipient')} at the gate", _AT],
        ],
    )
    yield "cases", [["id", "customer", "subject", "at"], ["C0", "B0", of("case", "subject"), _AT]]
    yield (
        "calls",
        [
            ["id", "customer", "case", "at", "summary"],
            ["L0", "B0", "C0", _AT, of("interaction", "summary")],
        ],
    )
    yield (
        "surveys",
        [
            ["id", "customer", "order", "score", "at", "words"],
            ["V0", "B0", "O0", "9", _AT, of("survey_response", "verbatim")],
        ],
    )


def add_endpoint() -> None:
    """Somebody outside who is told of everything. Its secret is in no answer."""
    WebhookEndpoint.objects.create(
        id="ep_1",
        url="https://hooks.example.org/troth",
        secret=CANARIES["WebhookEndpoint", "secret"].encode(),
        created_by=system_user(),
        created_at=timezone.now(),
    )


def add_written() -> dict[Role, User]:
    """What people wrote of the first customer, and one person a role."""
    people = {
        role: User.objects.create(
            username=role.value,
            name=role.value.title(),
            role=role.value,
            password=CANARIES["User", "password"],
        )
        for role in Role
    }
    customer = Customer.objects.get(pk=first_customer())
    _add_reasons(customer)
    now, writer = timezone.now(), system_user()
    with recorded(
        acting_user=writer,
        action="customer:note:made",
        right=None,
        subject=customer.pk,
        customer_id=customer.pk,
        reason=CANARIES["AuditSecret", "reason"],
    ):
        pass
    payload = {"type": "customer.tier_changed", "timestamp": "2026-05-07T10:00:00Z"}
    OutboxMessage.objects.create(
        id="msg_0",
        endpoint_id="ep_1",
        event_type="customer.tier_changed",
        customer=customer,
        created_at=now,
        dead_at=now,
        payload=json.dumps(payload | {"data": {"name": CANARIES["OutboxMessage", "payload"]}}),
    )
    add_policy_work(customer.pk, people[Role.OPERATIONS_MANAGER], relation="own")
    return people


def _add_reasons(customer: Customer) -> None:
    """Why a glass was broken, and why somebody was named for a restricted customer."""
    now, writer = timezone.now(), system_user()
    BreakGlass.objects.create(
        id="glass_0",
        customer=customer,
        user=writer,
        reason=CANARIES["BreakGlass", "reason"],
        comment=CANARIES["BreakGlass", "comment"],
        starts_at=now,
        ends_at=now,
        reviewed_by=writer,
        reviewed_at=now,
        verdict="justified",
    )
    BreakGlass.objects.create(
        id="glass_1",
        customer=customer,
        user=writer,
        reason=CANARIES["BreakGlass", "reason"],
        starts_at=now,
        ends_at=now,
    )
    hidden = Customer.objects.exclude(pk=customer.pk).order_by("pk")[0]
    hidden.is_restricted = True
    hidden.save(update_fields=["is_restricted"])
    CustomerAccess.objects.create(
        customer=hidden,
        user=writer,
        granted_by=writer,
        granted_at=now,
        reason=CANARIES["CustomerAccess", "reason"],
    )


def first_customer() -> str:
    """The id of the customer with the canaries."""
    return Crosswalk.objects.values_list("customer_id", flat=True).get(source_key="coop:B0")


def _forms(word: str) -> Iterator[str]:
    """A word in plain, percent-encoded, JSON-escaped, and in base64 at each of three offsets."""
    yield word
    yield "".join(f"%{byte:02x}" for byte in word.encode())
    yield quote(word, safe="")
    yield "".join(f"\\u{ord(sign):04x}" for sign in word)
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + word.encode()).decode().rstrip("=")
        # The first and the last sign depend on what stands beside the word.
        yield whole[-(-offset * 8 // 6) : len(whole) - 1].lower()


_ALL_FORMS = {field: tuple(_forms(word)) for field, word in CANARIES.items()}


def found_in(text: str) -> set[Field]:
    """The fields whose canary stands in a text, in whatever form."""
    lowered = text.lower()
    return {field for field, forms in _ALL_FORMS.items() if any(form in lowered for form in forms)}
