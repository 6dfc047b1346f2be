"""``orders.olist``: a folder of tables that point at each other by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.kinds import Column, Options, Record, Source, Written
from ops_portal.intake.reading import FileRefused, Table, bare_id, count_rows_estimate, open_table
from ops_portal.intake.sides import SideTables
from ops_portal.intake.tables import ColumnMap, fault_of, heading_sets, missing, unreadable
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from orders.drafts import BuyerDraft, LineDraft, OrderDraft
from orders.importers.cells import ZERO, amount_in, fitting, order_number_in, time_in
from orders.importers.writing import OrderKind, shop_of, write_orders
from orders.operations.facts import made_ready

COLUMNS = (
    Column("order_id", required=True),
    Column("customer_id", required=True, personal=True),
    Column("order_status", required=True),
    Column("order_purchase_timestamp", required=True),
    Column("order_approved_at", required=True),
)
ITEMS = (
    Column("order_id", required=True),
    Column("product_id", required=True),
    Column("price", required=True),
    Column("freight_value", required=True),
)
CUSTOMERS = (
    Column("customer_id", required=True, personal=True),
    Column("customer_unique_id", required=True, personal=True),
    Column("customer_city"),
    Column("customer_state", required=True),
)
SIDES = {"order_items": ITEMS, "customers": CUSTOMERS}
# Only these are still to be worked; whatever left the house, or never will, is history.
OPEN = frozenset({"created", "approved", "invoiced", "processing"})


class FilesMissing(FileRefused):
    """The folder lacks tables."""

    def __init__(self, names: Sequence[str]) -> None:
        detail = _("The folder has no %(names)s.")
        Refused.__init__(self, detail, names=", ".join(names))
        self.code = "files_missing"  # type: ignore[misc]


class OlistFolder:
    """``orders.csv`` with the items and customers that belong to its rows."""

    def __init__(self, path: Path, options: Options) -> None:
        self.shop = shop_of(options)
        self.zone = self.shop.zone
        self.path = path
        self.options = options
        names = [f"{name}.csv" for name in ("orders", *SIDES) if not (path / f"{name}.csv").is_file()]
        if names:
            raise FilesMissing(names)
        self.table = open_table(path / "orders.csv", known_headings=heading_sets(COLUMNS, options.mapping))
        self.mapping = ColumnMap(COLUMNS, self.table.headings, options.mapping)
        self.sides = {name: open_side(path / f"{name}.csv", columns) for name, columns in SIDES.items()}

    @property
    def headings(self) -> Sequence[str]:
        return self.table.headings

    @property
    def own_headings(self) -> Mapping[str, str]:
        return self.mapping.own_headings

    @cached_property
    def estimate(self) -> int:
        return max(0, count_rows_estimate(self.path / "orders.csv") - 1)

    def progress(self) -> float:
        return self.table.progress()

    def shown(self, cells: Sequence[str]) -> list[str]:
        return self.mapping.shown(cells)

    def preview(self, record: Record) -> Mapping[str, str]:
        return self.mapping.preview(record.lines[0][1])

    def records(self, after: int) -> Iterator[Record]:
        with SideTables() as sides:
            for name, (table, mapping) in self.sides.items():
                sides.load(
                    name,
                    (mapping.pick(row.cells) for row in table.rows() if row.error is None),
                    len(SIDES[name]),
                )
            for row in self.table.rows(after):
                record = Record(row.number, [(row.number, row.cells)])
                try:
                    if row.error is not None:
                        raise fault_of(row)
                    record.draft = made_ready(self.order(self.mapping.pick(row.cells), sides))
                except Refused as refusal:
                    record.fault = refusal
                except ValueError as error:
                    record.fault = unreadable(error)
                yield record

    def order(self, cells: tuple[str, ...], sides: SideTables) -> OrderDraft:
        """Return the draft of an order with its items counted by product and price."""
        order_id, customer_id, status, placed, approved = cells[:5]
        number = order_number_in(order_id, "order_id")
        placed_at = time_in(placed, self.zone, serials=False)
        if placed_at is None:
            raise missing("order_purchase_timestamp")
        units: dict[tuple[str, Decimal], int] = {}
        freight = ZERO
        for _order, product, price_text, freight_text in sides.find("order_items", order_id):
            price = amount_in(price_text, "price")
            if price is None:
                raise missing("price")
            key = (bare_id(product), price)
            units[key] = units.get(key, 0) + 1
            freight += amount_in(freight_text, "freight_value") or ZERO
        buyer = BuyerDraft()
        for _id, unique_id, city, state in sides.find("customers", customer_id):
            buyer = BuyerDraft(
                platform_id=bare_id(unique_id),
                province=fitting(state, "customer_state", 40),
                city=fitting(city, "customer_city", 60),
            )
        is_open = units and status.strip().lower() in OPEN and not self.options.history
        return OrderDraft(
            shop=self.shop,
            platform_number=number,
            placed_at=placed_at,
            paid_at=time_in(approved, self.zone, serials=False),
            buyer=buyer,
            lines=tuple(LineDraft(product, count, price) for (product, price), count in units.items()),
            freight=freight,
            fate="open" if is_open else "recorded",
        )

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_orders(records, actor=actor, at=at)


def open_side(path: Path, columns: Sequence[Column]) -> tuple[Table, ColumnMap]:
    """Open a table beside the orders."""
    table = open_table(path, known_headings=heading_sets(columns, {}))
    return table, ColumnMap(columns, table.headings, {})


class OlistOrders(OrderKind):
    """Orders as the Olist data sets have them."""

    code = "orders.olist"
    label = _("Olist folder: orders, order_items, customers")
    columns = COLUMNS
    is_folder = True

    def open(self, path: Path, options: Options) -> Source:
        return OlistFolder(path, options)
