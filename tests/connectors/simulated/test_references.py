"""Does everything that one system says of another lead somewhere, and to the same person?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable

Rows = list[dict[str, str]]
File = Callable[[str], Rows]

_CUSTOMERS = (
    ("crm", "customer", "exports/crm/accounts.csv", "Id"),
    ("crm", "contact", "exports/crm/contacts.csv", "Id"),
    ("erp", "customer", "exports/erp/debitoren.csv.gz", "KUNNR"),
    ("desk", "customer", "exports/desk/requesters.csv", "requester_id"),
)


def _true_ids(rows: File) -> dict[tuple[str, str, str], str]:
    found = rows("truth/identities.csv")
    return {(row["system"], row["kind"], row["key"]): row["true_id"] for row in found}


def test_the_truth_knows_every_customer_and_contact_of_every_system(rows: File) -> None:
    true_ids = _true_ids(rows)
    told = {
        (system, kind, row[key]) for system, kind, name, key in _CUSTOMERS for row in rows(name)
    }
    assert told == true_ids.keys()
    people = {row["true_id"] for row in rows("truth/customers.csv")}
    assert {true_id.split("-")[0] for true_id in true_ids.values()} == people


def test_keys_are_unique_in_each_export(rows: File) -> None:
    keys = {
        **{name: (key,) for _, _, name, key in _CUSTOMERS},
        "exports/erp/auftraege.csv.gz": ("VBELN",),
        "exports/erp/auftragspositionen.csv.gz": ("VBELN", "POSNR"),
        "exports/erp/kurse.csv.gz": ("VON", "NACH", "DATUM"),
        "exports/wms/shipments.parquet": ("shipment_no",),
        "exports/wms/stock_levels.parquet": ("sku", "site", "counted_at"),
        "exports/wms/dock_capacity.csv": ("site", "day"),
        "exports/wms/returns.csv": ("rma",),
        "exports/desk/cases.csv": ("case_number",),
        "exports/desk/interactions.csv": ("interaction_id",),
        "exports/desk/surveys.csv": ("response_id",),
    }
    for name, columns in keys.items():
        found = Counter(tuple(row[column] for column in columns) for row in rows(name))
        assert found and max(found.values()) == 1, name


def test_what_the_systems_refer_to_is_there(rows: File) -> None:
    def column(name: str, key: str) -> set[str]:
        return {row[key] for row in rows(name)} - {""}

    orders = column("exports/erp/auftraege.csv.gz", "VBELN")
    accounts = column("exports/crm/accounts.csv", "Id")
    contacts = column("exports/crm/contacts.csv", "Id")
    debtors = column("exports/erp/debitoren.csv.gz", "KUNNR")
    articles = column("exports/erp/artikel.csv.gz", "MATNR")
    requesters = column("exports/desk/requesters.csv", "requester_id")
    cases = column("exports/desk/cases.csv", "case_number")
    agents = column("exports/desk/agents.csv", "agent_id")
    sites = column("exports/wms/sites.csv", "site")
    shipments = column("exports/wms/shipments.parquet", "shipment_no")
    lines = {
        f"{row['VBELN']}/{row['POSNR']}" for row in rows("exports/erp/auftragspositionen.csv.gz")
    }
    for name, key, there in (
        ("exports/crm/contacts.csv", "AccountId", accounts),
        ("exports/crm/accounts.csv", "ParentId", accounts),
        ("exports/crm/contract_history.csv", "AccountId", accounts),
        ("exports/erp/auftraege.csv.gz", "KUNNR", debtors),
        ("exports/erp/auftraege.csv.gz", "WERK", sites),
        ("exports/erp/auftragspositionen.csv.gz", "VBELN", orders),
        ("exports/erp/auftragspositionen.csv.gz", "MATNR", articles),
        ("exports/erp/rechnungspositionen.csv.gz", "AUFTRAGSPOSITION", lines),
        ("exports/wms/shipments.parquet", "order_ref", orders),
        ("exports/wms/shipment_lines.parquet", "shipment_no", shipments),
        ("exports/wms/shipment_lines.parquet", "order_line_ref", lines),
        ("exports/wms/stock_levels.parquet", "sku", articles),
        ("exports/wms/returns.csv", "order_line_ref", lines),
        ("exports/desk/cases.csv", "requester_id", requesters),
        ("exports/desk/cases.csv", "crm_contact_id", contacts),
        ("exports/desk/cases.csv", "order_number", orders),
        ("exports/desk/cases.csv", "agent_id", agents),
        ("exports/desk/case_events.csv", "case_number", cases),
        ("exports/desk/interactions.csv", "case_number", cases),
        ("exports/desk/surveys.csv", "case_number", cases),
        ("exports/desk/surveys.csv", "requester_id", requesters),
    ):
        said = column(name, key)
        assert said, (name, key)
        assert said <= there, (name, key, sorted(said - there)[:3])


def test_a_case_and_its_order_are_the_same_true_customers(rows: File) -> None:
    true_ids = _true_ids(rows)
    debtor = {row["VBELN"]: row["KUNNR"] for row in rows("exports/erp/auftraege.csv.gz")}
    checked = 0
    for row in rows("exports/desk/cases.csv"):
        asks = true_ids["desk", "customer", row["requester_id"]]
        if row["order_number"]:
            assert true_ids["erp", "customer", debtor[row["order_number"]]] == asks
            checked += 1
        if row["crm_contact_id"]:
            assert true_ids["crm", "contact", row["crm_contact_id"]].split("-")[0] == asks
    assert checked > 50


def test_a_delivered_order_was_shipped_whole_and_nothing_twice(rows: File) -> None:
    ordered: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows("exports/erp/auftragspositionen.csv.gz"):
        ordered[row["VBELN"]][f"{row['VBELN']}/{row['POSNR']}"] = int(row["MENGE"])
    shipped: Counter[str] = Counter()
    for row in rows("exports/wms/shipment_lines.parquet"):
        shipped[row["order_line_ref"]] += int(row["quantity"])
    several = Counter(row["order_ref"] for row in rows("exports/wms/shipments.parquet"))
    assert max(several.values()) == 2  # partial shipments exist
    for row in rows("exports/erp/auftraege.csv.gz"):
        for line, quantity in ordered[row["VBELN"]].items():
            if row["STATUS"] in ("G", "V"):
                assert shipped[line] == quantity
            elif row["STATUS"] == "S":
                assert shipped[line] == 0
            else:
                assert shipped[line] in (0, quantity)


def test_an_orders_total_is_what_its_lines_come_to(rows: File) -> None:
    totals: dict[str, float] = defaultdict(float)
    for row in rows("exports/erp/auftragspositionen.csv.gz"):
        price, discount = (float(row[c].replace(",", ".")) for c in ("EINZELPREIS", "RABATT"))
        totals[row["VBELN"]] += int(row["MENGE"]) * price * (1 - discount)
    for row in rows("exports/erp/auftraege.csv.gz"):
        assert abs(float(row["NETTOWERT"].replace(",", ".")) - totals[row["VBELN"]]) < 0.011


def test_every_declared_fault_stands_in_its_export(rows: File) -> None:
    places = {
        ("orders", "ANGELEGT_AM"): ("exports/erp/auftraege.csv.gz", ("VBELN",)),
        ("order_lines", "ME"): ("exports/erp/auftragspositionen.csv.gz", ("VBELN", "POSNR")),
        ("invoice_lines", "BETRAG"): (
            "exports/erp/rechnungspositionen.csv.gz",
            ("FAKTURA", "POSNR"),
        ),
        ("interactions", "at"): ("exports/desk/interactions.csv", ("interaction_id",)),
    }
    faults = rows("truth/faults.csv")
    assert 3 < len(faults) < 60
    for fault in faults:
        name, key = places[fault["feed"], fault["column"]]
        found = [
            row[fault["column"]]
            for row in rows(name)
            if "/".join(row[column] for column in key) == fault["key"]
        ]
        assert fault["value"] in found
        assert len(found) == (2 if fault["fault"] == "two_contents" else 1)
