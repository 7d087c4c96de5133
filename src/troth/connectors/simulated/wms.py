"""How does the WMS tell it? Sites, stock, supply, shipments, returns and docks, all in UTC."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from troth.connectors.simulated.exports import Exports
from troth.connectors.simulated.goods import Product
from troth.connectors.simulated.loop import DAY
from troth.connectors.simulated.setting import Setting, instant, iso
from troth.connectors.simulated.state import Line, Order, Part

_AT = pa.timestamp("us", tz="UTC")
_REASONS = ("wrong size", "not needed any more", "ordered twice", "does not fit", "poor quality")


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


class Wms:
    """CSV for the small tables, Parquet for the large; orders by the ERP's number."""

    def __init__(self, setting: Setting, exports: Exports, products: tuple[Product, ...]) -> None:
        self._setting, self._products = setting, products
        self._shipments_made = self._supplies_made = self._returns_made = 0
        self._sites = exports.csv(
            "exports/wms/sites.csv", "site name kind city region country time_zone opened_at"
        )
        self._stock = exports.parquet(
            "exports/wms/stock_levels.parquet",
            _schema(
                sku=pa.string(), site=pa.string(), on_hand=pa.int64(), reserved=pa.int64(),
                on_order=pa.int64(), counted_at=_AT,
            ),
        )  # fmt: skip
        self._supply = exports.csv(
            "exports/wms/scheduled_supply.csv",
            "po_line sku site quantity ordered_at due_at received_at",
        )
        self._shipments = exports.parquet(
            "exports/wms/shipments.parquet",
            _schema(
                shipment_no=pa.string(), order_ref=pa.string(), site=pa.string(),
                state=pa.string(), carrier=pa.string(), created_at=_AT, planned_at=_AT,
                shipped_at=_AT, delivered_at=_AT, recipient=pa.string(),
            ),
        )  # fmt: skip
        self._shipment_lines = exports.parquet(
            "exports/wms/shipment_lines.parquet",
            _schema(
                shipment_no=pa.string(), line_no=pa.int32(), order_line_ref=pa.string(),
                sku=pa.string(), quantity=pa.int64(), shipped_at=_AT,
            ),
        )  # fmt: skip
        self._returns = exports.csv(
            "exports/wms/returns.csv",
            "rma order_ref order_line_ref sku quantity reason returned_at",
        )
        self._docks = exports.csv(
            "exports/wms/dock_capacity.csv",
            "site resource day starts_at ends_at available used published_at",
        )
        for place in setting.world.places:
            self._sites.write(
                place.code, place.name, "DC", place.city, place.region, place.country, place.zone,
                iso(setting.starts_at - 6 * 365 * DAY),
            )  # fmt: skip

    def count(self, product: int, site: str, numbers: tuple[int, int, int], at: int) -> None:
        """What lies there: on hand, reserved, on order."""
        self._stock.write(self._products[product].number, site, *numbers, instant(at))

    def order_supply(
        self, product: int, site: str, quantity: int, due_at: int, received_at: int
    ) -> None:
        self._supplies_made += 1
        happened = self._setting.happened
        self._supply.write(
            f"PO-{self._supplies_made:07d}/1",
            self._products[product].number,
            site,
            quantity,
            iso(self._setting.loop.now),
            iso(due_at),
            iso(happened(received_at)),
        )

    def release(self, part: Part) -> None:
        self._shipments_made += 1
        part.shipment = f"{part.order.site}-{self._shipments_made:08d}"

    def record(self, part: Part) -> None:
        """The shipment's row: when it leaves, when it is cancelled, or at the horizon."""
        happened = self._setting.happened
        shipped, delivered = happened(part.shipped_at), happened(part.delivered_at)
        is_gone = part.order.cancelled_at is not None
        customer = part.order.customer
        self._shipments.write(
            part.shipment,
            part.order.number,
            part.order.site,
            "DELIVERED"
            if delivered
            else "SHIPPED"
            if shipped
            else "VOID"
            if is_gone
            else "PLANNED",
            part.carrier or None,
            instant(part.released_at),
            instant(part.planned_at),
            instant(shipped),
            instant(delivered),
            customer.people[0].name,
        )
        if shipped:
            for at, line in enumerate(part.lines, 1):
                self._shipment_lines.write(
                    part.shipment, at, f"{part.order.number}/{line.position}",
                    self._products[line.product].number, line.quantity, instant(shipped),
                )  # fmt: skip

    def take_back(self, order: Order, line: Line, quantity: int, reason: int, at: int) -> None:
        """A return; not yet written where it lies beyond the horizon."""
        self._returns_made += 1
        if at < self._setting.until:
            self._returns.write(
                f"RMA{self._returns_made:06d}", order.number, f"{order.number}/{line.position}",
                self._products[line.product].number, quantity,
                "damaged" if reason < 0 else _REASONS[reason % len(_REASONS)], iso(at),
            )  # fmt: skip

    def publish_capacity(
        self, site: str, day: date, window: tuple[int, int], available: int, used: int | None
    ) -> None:
        """A day's pick capacity in lines; known two weeks ahead, its use when the day is over."""
        starts_at, ends_at = window
        self._docks.write(
            site, "pick-and-dock", day.isoformat(), iso(starts_at), iso(ends_at), available,
            "" if used is None else used, iso(starts_at - 14 * DAY),
        )  # fmt: skip
