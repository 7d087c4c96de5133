"""How does the ERP tell it? Debtors, articles, orders, invoices and rates, in its German way."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from troth.connectors.simulated import names
from troth.connectors.simulated.exports import Export, Exports
from troth.connectors.simulated.goods import Product
from troth.connectors.simulated.hours import at_local, local
from troth.connectors.simulated.loop import DAY
from troth.connectors.simulated.randomness import Weighted
from troth.connectors.simulated.setting import Setting
from troth.connectors.simulated.state import Customer, Order, Part
from troth.connectors.simulated.truth import Hands, Truth

_HOME = ZoneInfo("Europe/Berlin")
_UNREADABLE = ("31.02.2026 10:15:00", "00.00.0000 00:00:00", "gestern", "2026/7/1 8h")
_CHANNELS = {"web": "WEB", "edi": "EDI", "email": "MAIL", "phone": "TEL"}


def german(value: float, places: int = 2) -> str:
    return f"{value:.{places}f}".replace(".", ",")


def stamp(moment: int | None) -> str:
    """The head office's wall clock, whatever the customer's zone."""
    if moment is None:
        return ""
    at = local(moment, _HOME)
    return f"{at.day:02d}.{at.month:02d}.{at.year} {at.hour:02d}:{at.minute:02d}:{at.second:02d}"


class Erp:
    """Semicolons, decimal commas, head-office time, gzip; numbers of its own for everyone."""

    def __init__(self, setting: Setting, exports: Exports, truth: Truth) -> None:
        self._setting, self._truth = setting, truth
        self._chance = setting.chance("erp")
        self._faults = setting.chance("erp faults")
        self._hands = Hands(setting.world, setting.chance("erp hands"), truth)
        link = setting.world.dirt.link
        self._link = Weighted(tuple(link), tuple(link.values()))
        self._debtors = self._open(
            exports, "debitoren",
            "KUNNR NAME1 USTID EMAIL TELEFON STRASSE PLZ ORT LAND SPRACHE ANGELEGT_AM",
        )  # fmt: skip
        self._articles = self._open(
            exports, "artikel",
            "MATNR BEZEICHNUNG WARENGRUPPE EINHEIT GEWICHT_KG LISTENPREIS HERSTELLKOSTEN AKTIV "
            "ANGELEGT_AM",
        )  # fmt: skip
        self._orders = self._open(
            exports, "auftraege",
            "VBELN KUNNR ANGELEGT_AM STATUS WUNSCHTERMIN ZUSAGETERMIN VERSANDT_AM GELIEFERT_AM "
            "STORNIERT_AM WERK REGION LAND ZEITZONE KANAL NETTOWERT WAEHRUNG FRACHT",
        )  # fmt: skip
        self._lines = self._open(
            exports, "auftragspositionen",
            "VBELN POSNR MATNR MENGE ME EINZELPREIS WAEHRUNG RABATT WERK ANGELEGT_AM",
        )  # fmt: skip
        self._invoices = self._open(
            exports, "rechnungspositionen",
            "FAKTURA POSNR KUNNR VBELN AUFTRAGSPOSITION MATNR MENGE ME BETRAG WAEHRUNG "
            "FAKTURIERT_AM BEZAHLT_AM",
        )  # fmt: skip
        self._rates = self._open(exports, "kurse", "DATUM VON NACH KURS ABGERUFEN_AM")
        self._number_of_debtors = self._number_of_orders = self._number_of_invoices = 0
        self._per_euro = {r.currency: r.per_euro for r in setting.world.regions}

    @staticmethod
    def _open(exports: Exports, name: str, columns: str) -> Export:
        return exports.csv(f"exports/erp/{name}.csv.gz", columns, delimiter=";")

    def list_articles(self, products: tuple[Product, ...]) -> None:
        listed = stamp(self._setting.starts_at - 3 * 365 * DAY)
        for product in products:
            self._articles.write(
                product.number,
                product.name,
                product.category,
                "ST",
                german(product.weight, 3),
                german(product.price),
                german(product.cost),
                "J",
                listed,
            )

    def quote_rates(self, day: date) -> None:
        """The day's exchange rates: a random walk that is drawn back to where it began."""
        fetched = stamp(at_local(day, 8.0, _HOME))
        for region in self._setting.world.regions:
            if region.currency != "EUR":
                now, home = self._per_euro[region.currency], region.per_euro
                now += 0.02 * (home - now) + home * self._chance.gauss(0.0, 0.004)
                self._per_euro[region.currency] = now
                rate = german(1.0 / now, 6)
                self._rates.write(f"{day:%d.%m.%Y}", region.currency, "EUR", rate, fetched)

    def in_currency(self, euro: float, customer: Customer) -> float:
        return round(euro * self._per_euro[customer.region.currency], 2)

    def open_account(self, customer: Customer) -> None:
        """A debtor, typed in anew by accounting: what links it with the CRM is left to chance."""
        self._number_of_debtors += 1
        customer.debtor = f"{1_000_000 + self._number_of_debtors}"
        key = ("erp", "customer", customer.debtor)
        fields = {
            "NAME1": customer.name,
            "USTID": customer.tax_id,
            "EMAIL": customer.email,
            "TELEFON": names.phone_variation(self._chance, customer.phone),
            "STRASSE": customer.street,
            "PLZ": customer.postal_code,
            "ORT": customer.city,
            "LAND": customer.region.country,
            "SPRACHE": customer.language.upper(),
        }
        if self._chance.random() < 0.3:
            fields["NAME1"] = names.variation(self._chance, customer.name)
        if customer.tax_id and self._chance.random() < 0.4:
            fields["USTID"] = _spaced(customer.tax_id)
        link = self._link.pick(self._chance)
        if not customer.is_organisation and link == "tax_id":
            link = "email"
        for name, way in (("USTID", "tax_id"), ("EMAIL", "email"), ("TELEFON", "phone")):
            if link not in ("all", way) and fields[name]:
                self._truth.dirt(key, name, "never_entered", fields[name])
                fields[name] = ""
        self._hands.leave_out(key, fields, ("STRASSE", "PLZ", "ORT", "SPRACHE"))
        self._hands.slip(key, fields, ("NAME1", "NAME1", "ORT", "STRASSE"))
        created = stamp(customer.joined_at + 7_200)
        self._debtors.write(customer.debtor, *fields.values(), created)
        self._truth.identity(*key, customer.true_id)

    def take(self, order: Order, products: tuple[Product, ...]) -> None:
        """A new order: its number, its lines. The order's own row follows once it is settled."""
        self._number_of_orders += 1
        order.number = f"45{self._number_of_orders:08d}"
        order.is_faulty = self._is_faulty()
        customer, placed = order.customer, stamp(order.placed_at)
        for line in order.lines:
            unit = "ST"
            key = f"{order.number}/{line.position}"
            if self._is_faulty():
                unit = self._faults.choice(("??", "BLA"))
                self._truth.fault(("erp", "order_lines"), key, "ME", unit, "unknown_unit")
            self._lines.write(
                order.number,
                line.position,
                products[line.product].number,
                line.quantity,
                unit,
                german(line.price),
                customer.region.currency,
                german(customer.segment.discount, 3),
                order.site,
                placed,
            )

    def settle(self, order: Order) -> None:
        """The order's row: once nothing can change it any more, or at the horizon."""
        happened = self._setting.happened
        shipped, delivered = happened(order.shipped_at), happened(order.delivered_at)
        cancelled = happened(order.cancelled_at)
        status = "G" if delivered else "V" if shipped else "S" if cancelled else "O"
        region, placed = order.customer.region, stamp(order.placed_at)
        if order.is_faulty:
            placed = _UNREADABLE[int(order.number) % len(_UNREADABLE)]
            fault = (("erp", "orders"), order.number, "ANGELEGT_AM", placed)
            self._truth.fault(*fault, "unreadable_date")
        self._orders.write(
            order.number,
            order.customer.debtor,
            placed,
            status,
            stamp(order.requested_at),
            stamp(order.promised_at),
            stamp(shipped),
            stamp(delivered),
            stamp(cancelled),
            order.site,
            region.code,
            region.country,
            region.zone,
            _CHANNELS[order.channel],
            german(order.total),
            region.currency,
            german(order.freight),
        )

    def bill(self, part: Part, products: tuple[Product, ...]) -> None:
        """The invoice of what was shipped: next morning; paid some weeks later."""
        order, customer, chance = part.order, part.order.customer, self._chance
        assert part.shipped_at is not None
        billed_at = part.shipped_at + chance.randint(8, 20) * 3600
        terms = 30 if customer.is_organisation else 14
        delay_days = terms * 0.6 + chance.lognormvariate(2.0, 0.8)
        paid_at = self._setting.happened(billed_at + int(delay_days * DAY))
        self._number_of_invoices += 1
        number = f"9{self._number_of_invoices:08d}"
        for line in part.lines:
            is_faulty = self._is_faulty()  # drawn before the horizon is asked
            if billed_at >= self._setting.until:
                continue
            amount = line.quantity * line.price * (1 - customer.segment.discount)
            row = (
                number,
                line.position,
                customer.debtor,
                order.number,
                f"{order.number}/{line.position}",
                products[line.product].number,
                line.quantity,
                "ST",
            )
            rest = (customer.region.currency, stamp(billed_at), stamp(paid_at))
            self._invoices.write(*row, german(amount), *rest)
            if is_faulty:
                key, wrong = f"{number}/{line.position}", german(amount + 10.0)
                self._invoices.write(*row, wrong, *rest)
                fault = (("erp", "invoice_lines"), key, "BETRAG", wrong)
                self._truth.fault(*fault, "two_contents")

    def _is_faulty(self) -> bool:
        return self._faults.random() < self._setting.world.dirt.faulty_rows


def _spaced(tax_id: str) -> str:
    """DE123456789 → DE 123 456 789; other shapes keep theirs."""
    if not tax_id[:2].isalpha():
        return tax_id
    return " ".join((tax_id[:2], tax_id[2:5], tax_id[5:8], tax_id[8:]))
