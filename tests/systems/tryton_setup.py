"""Run by Tryton's own Python, never imported: makes a database with a company that sells.

    python tryton_setup.py CONFIG DATABASE fill COUNT
    python tryton_setup.py CONFIG DATABASE change

`fill` makes COUNT parties with a sale each, confirmed and processed, so that there are shipments.
`change` renames a party, adds one, and confirms a new sale. What it made is printed as JSON.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from types import SimpleNamespace

from proteus import Model, config


def made_company(context):
    """The company, its chart of accounts and its fiscal year; as Tryton's own scenarios do."""
    from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company

    create_company()
    company = get_company()
    user = Model.get("res.user")(context.user)
    user.companies.append(company)
    user.company = company
    user.save()
    context._context = Model.get("res.user").get_preferences(True, {})
    create_chart(company)
    year = set_fiscalyear_invoice_sequences(create_fiscalyear(company))
    year.click("create_period")
    return company, get_accounts(company)


def made_product(accounts):
    category = Model.get("product.category")(name="Goods")
    category.accounting = True
    category.account_expense = accounts["expense"]
    category.account_revenue = accounts["revenue"]
    category.save()
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    template = Model.get("product.template")()
    template.name = "Chair"
    template.code = "CHAIR"
    template.default_uom = unit
    template.type = "goods"
    template.salable = True
    template.list_price = Decimal("19.90")
    template.account_category = category
    template.save()
    return template.products[0]


def sold(party, product, quantity):
    sale = Model.get("sale.sale")()
    sale.party = party
    line = sale.lines.new()
    line.product = product
    line.quantity = quantity
    sale.save()
    for step in ("quote", "confirm", "process"):
        sale.click(step)
    return sale


def party_named(name, number):
    party = Model.get("party.party")(name=name)
    (address,) = party.addresses or [party.addresses.new()]
    address.street = f"Lindenstrasse {number}"
    address.city = "Bonn"
    address.postal_code = f"53{number % 1000:03}"
    party.save()
    return party


def fill(context, count):
    _, accounts = made_company(context)
    product = made_product(accounts)
    for number in range(count):
        party = party_named(f"Customer {number}", number)
        if number % 2 == 0:
            sold(party, product, 1.0 + number % 5)


def change():
    (product,) = Model.get("product.product").find([("code", "=", "CHAIR")])
    party, *_ = Model.get("party.party").find([("name", "=", "Customer 1")])
    party.name = "Customer 1, renamed"
    party.save()
    new = party_named("Customer new", 999)
    return {"renamed": party.code, "new": new.code, "sale": sold(new, product, 7.0).number}


def main():
    path, database, verb, *rest = sys.argv[1:]
    context = config.set_trytond(database, config_file=path)
    found = SimpleNamespace(changed=None)
    if verb == "fill":
        fill(context, int(rest[0]))
    else:
        found.changed = change()
    counts = {
        name: len(Model.get(model).find([]))
        for name, model in (
            ("parties", "party.party"),
            ("sales", "sale.sale"),
            ("lines", "sale.line"),
            ("shipments", "stock.shipment.out"),
        )
    }
    print(json.dumps({"changed": found.changed, **counts}))


main()
