"""The lists of the stock desks as tables: what a page shows, whole, in the words of whoever asks for it.

Each answers with the headings and the rows, which are read page by page while they are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.choices import (
    AlertKind,
    AlertStatus,
    CountStatus,
    InboundStatus,
    ReplenishmentStatus,
    RequestKind,
    RequestReason,
    RequestStatus,
    StockState,
)
from catalog.models import Channel, InboundLine, Stock, StockDocumentLine, StockRequestLine
from catalog.queries.actors import names_of
from catalog.queries.alert_desk import AskedAlerts, page_of_alerts
from catalog.queries.channel_stock_desk import page_of_shown
from catalog.queries.expiry import STAGES, AskedBatches, page_of_batches
from catalog.queries.inbound import days_late, list_deliveries
from catalog.queries.replenish_desk import AskedReplenishment, page_of_replenishment
from catalog.queries.request_pages import AskedRequests, page_of_requests
from catalog.queries.stock_history import AskedMovements, page_of_movements
from catalog.queries.stocktakes import lines_of
from catalog.queries.transfers import AskedTransfers, page_of_transfers
from ops_portal.intake.handing_out import all_pages

Table = tuple[list[str], Iterator[Sequence[Any]]]


def goods_of(sku: Any) -> tuple[str, str, str]:
    """Return code, barcode and name of a SKU."""
    return sku.code, sku.barcode, f"{sku.product.name} {sku.name}".strip()


def goods_headings() -> list[str]:
    return ["SKU", _("Barcode"), _("Goods")]


def words_of(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """Return the words of choices in the language of this moment: rows are sent when it may be another's."""
    return {str(code): str(label) for code, label in choices}


def movements_table(
    asked: AskedMovements, stocks: Sequence[Stock], kinds: Iterable[tuple[str, str]]
) -> Table:
    """Return the movements of a SKU, newest first."""
    states, named = words_of(StockState.choices), words_of(kinds)
    headings = [
        _("Moved at"), _("Document"), _("Number"), _("Warehouse"), _("Owner of goods"), _("Batch"), _("Expires on"),
        _("From"), _("To"), _("Units"), _("Reason"), _("Moved by"),
    ]  # fmt: skip

    def page(after: str) -> tuple[list[tuple[Any, str]], str]:
        rows, following = page_of_movements(replace(asked, after=after), stocks)
        names = names_of(each.actor for each in rows)
        return [(each, names[each.actor]) for each in rows], following

    return headings, (
        (
            each.at, named.get(each.document_kind, each.document_kind), each.document_number,
            each.stock.warehouse.name, each.stock.owner, each.batch.code if each.batch else "",
            each.batch.expires_on if each.batch else None, states.get(each.from_state, each.from_state),
            states.get(each.to_state, each.to_state), each.units, each.reason, name,
        )
        for each, name in all_pages(page)
    )  # fmt: skip


def alerts_table(asked: AskedAlerts, *, user: Any, at: datetime) -> Table:
    """Return stock alerts, newest first, with what is there now and what comes next."""
    headings = [
        _("Number"), _("Alert"), _("Status"), *goods_headings(), _("Brand"), _("Warehouse"), _("Batch"),
        _("Units then"), _("Limit then"), _("Units now"), _("Lasts (days)"), _("Next delivery on"),
        _("Next delivery (units)"), _("Opened at"), _("Acknowledged by"), _("Note"),
    ]  # fmt: skip
    kinds, statuses = words_of(AlertKind.choices), words_of(AlertStatus.choices)
    found = all_pages(lambda after: page_of_alerts(replace(asked, after=after), user=user, at=at))
    return headings, (
        (
            row.alert.number, kinds[row.alert.kind], statuses[row.alert.status], *goods_of(row.alert.sku),
            row.alert.sku.product.brand.name, row.alert.warehouse.name,
            row.alert.batch.code if row.alert.batch else "", row.alert.units, row.alert.limit, row.units, row.cover,
            row.coming.on if row.coming else None, row.coming.units if row.coming else None, row.alert.opened_at,
            row.alert.acknowledged_by or "", row.alert.note,
        )
        for row in found
    )  # fmt: skip


def batches_table(asked: AskedBatches, *, user: Any, on: date) -> Table:
    """Return batches by their dates, the first to expire first."""
    headings = [
        *goods_headings(), _("Brand"), _("Warehouse"), _("Owner of goods"), _("Batch"), _("Expires on"),
        _("Days left"), _("Stage"), _("Units in the house"), _("Available"), _("Value at cost"),
    ]  # fmt: skip
    stages = words_of(STAGES.items())
    found = all_pages(lambda after: page_of_batches(replace(asked, after=after), user=user, on=on))
    return headings, (
        (
            *goods_of(row.part.stock.sku), row.part.stock.sku.product.brand.name, row.part.stock.warehouse.name,
            row.part.stock.owner, row.part.batch.code, row.part.batch.expires_on, row.days_left, stages[row.stage],
            row.units, row.part.available, row.cost,
        )
        for row in found
    )  # fmt: skip


def deliveries_table(user: Any, tab: str, asked: Mapping[str, str], *, at: datetime, on: date) -> Table:
    """Return the lines of deliveries: what was promised, and what came."""
    headings = [
        _("Number"), _("Sender's number"), _("Status"), _("Supplier"), _("Brand"), _("Warehouse"), _("Owner of goods"),
        _("Waybill"), _("Promised for"), _("Expected on"), _("Arrived on"), _("Days late"), *goods_headings(),
        _("Promised (units)"), _("Received (units)"), _("Of them damaged"), _("Missing"),
    ]  # fmt: skip
    statuses = words_of(InboundStatus.choices)

    def page(after: str) -> tuple[list[tuple[Any, InboundLine]], str]:
        found = list_deliveries(user, tab, {**asked, "after": after}, at=at)
        lines = InboundLine.objects.filter(delivery__in=[each.pk for each in found.deliveries])
        of = grouped(lines.select_related("sku__product").order_by("delivery", "position"), "delivery_id")
        return [(each, line) for each in found.deliveries for line in of.get(each.pk, ())], found.following

    return headings, (
        (
            each.number, each.source_key, statuses[each.status], each.supplier, each.brand.name, each.warehouse.name,
            each.goods_owner, each.tracking, each.promised_on, each.expected_on, each.arrived_on,
            days_late(each, on=on), *goods_of(line.sku), line.promised, line.received, line.damaged,
            max(0, line.promised - line.received),
        )
        for each, line in all_pages(page)
    )  # fmt: skip


def requests_table(asked: AskedRequests, *, user: Any) -> Table:
    """Return the lines of stock requests, the newest request first."""
    headings = [
        _("Number"), pgettext("request", "Kind"), _("Status"), _("Reason"), _("Warehouse"), *goods_headings(),
        _("Owner of goods"), _("Batch"), _("From"), _("To"), _("Units"), _("Value at cost"), _("Requested by"),
        _("Requested at"), _("Decided by"), _("Note"),
    ]  # fmt: skip
    kinds, reasons = words_of(RequestKind.choices), words_of(RequestReason.choices)
    statuses, states = words_of(RequestStatus.choices), words_of(StockState.choices)

    def page(after: str) -> tuple[list[tuple[Any, StockRequestLine]], str]:
        rows, following = page_of_requests(replace(asked, after=after), user=user)
        lines = StockRequestLine.objects.filter(request__in=[row.request.pk for row in rows])
        of = grouped(
            lines.select_related("sku__product", "batch").order_by("request", "position"), "request_id"
        )
        return [(row.request, line) for row in rows for line in of.get(row.request.pk, ())], following

    return headings, (
        (
            each.number, kinds[each.kind], statuses[each.status], reasons[each.reason], each.warehouse.name,
            *goods_of(line.sku), line.goods_owner, line.batch.code if line.batch else "", states[line.from_state],
            states[line.to_state], line.units, None if line.sku.cost is None else line.units * line.sku.cost,
            each.requester or "", each.created_at, each.decider or "", each.note,
        )
        for each, line in all_pages(page)
    )  # fmt: skip


def transfers_table(asked: AskedTransfers, *, user: Any) -> Table:
    """Return the goods that transfers sent, newest first, and how far each transfer is."""
    headings = [
        _("Number"), _("From"), _("To"), _("Sent at"), _("Arrived at"), *goods_headings(), _("Owner of goods"),
        _("Batch"), _("Sent (units)"), _("On the way (all goods)"), _("Lost (all goods)"), _("Note"),
    ]  # fmt: skip

    def page(after: str) -> tuple[list[tuple[Any, StockDocumentLine]], str]:
        rows, following = page_of_transfers(replace(asked, after=after), user=user)
        sent = StockDocumentLine.objects.filter(
            document__in=[row.document.pk for row in rows], to_state=StockState.IN_TRANSIT
        )
        related = sent.select_related("stock__sku__product", "batch").order_by("document", "position")
        of = grouped(related, "document_id")
        return [(row, line) for row in rows for line in of.get(row.document.pk, ())], following

    return headings, (
        (
            row.document.number, row.sender, row.document.to_warehouse.name if row.document.to_warehouse else "",
            row.document.at, row.document.arrived_at, *goods_of(line.stock.sku), line.stock.owner,
            line.batch.code if line.batch else "", line.units, row.left, row.lost, row.document.note,
        )
        for row, line in all_pages(page)
    )  # fmt: skip


def counts_table(counts: Any, *, differing: bool) -> Table:
    """Return the counts of a stocktake in the sequence of the bins."""
    headings = [
        _("Bin"), *goods_headings(), _("Owner of goods"), _("Batch"), _("By the books"), _("Counted"),
        _("By the books at the recount"), _("Recounted"), _("Difference"), _("Difference at cost"), _("Booked"),
        _("Status"), _("Counted by"), _("Recounted by"),
    ]  # fmt: skip
    statuses = words_of(CountStatus.choices)
    found: Iterator[Any] = all_pages(lambda after: lines_of(counts, differing=differing, after=after))
    return headings, (
        (
            each.bin.code if each.bin else "", *goods_of(each.stock.sku), each.stock.owner,
            each.batch.code if each.batch else "", each.booked, each.counted, each.rebooked, each.recounted,
            each.difference, each.money, each.posted, statuses[each.status], each.counter or "", each.recounter or "",
        )
        for each in found
    )  # fmt: skip


def replenishment_table(asked: AskedReplenishment, *, user: Any) -> Table:
    """Return suggestions to get goods again, those that run out first on top."""
    headings = [
        _("Number"), _("Status"), *goods_headings(), _("Brand"), _("Warehouse"), _("Owner of goods"),
        _("Runs out on"), _("Suggested"), _("Units"), _("Value at cost"), _("Decided by"), _("Delivery"), _("Note"),
    ]  # fmt: skip
    statuses = words_of(ReplenishmentStatus.choices)

    def page(after: str) -> tuple[Sequence[Any], str]:
        found = page_of_replenishment(replace(asked, after=after), user=user)
        return found.rows, found.following

    return headings, (
        (
            row.number, statuses[row.status], *goods_of(row.sku), row.sku.product.brand.name, row.warehouse.name,
            row.goods_owner, row.runs_out_on, row.suggested, row.units, row.amount, row.decider or "",
            row.delivery.number if row.delivery else "", row.note,
        )
        for row in all_pages(page)
    )  # fmt: skip


def shown_table(shop: Channel, *, text: str, user: Any, at: datetime) -> Table:
    """Return the codes of a shop with the reckoning of what they show: also the units not yet downloaded."""
    headings = [
        _("SKU code of the shop"), _("Title in the shop"), *goods_headings(), _("Available"), _("Share"),
        _("Buffer"), _("Not yet downloaded"), _("Not yet downloaded: as of"), _("Held for the shop"),
        _("Pre-sale quota"), _("May show"), _("Shows"), _("Shown since"),
    ]  # fmt: skip
    found = all_pages(lambda after: page_of_shown(shop.code, text=text, after=after, user=user, at=at))
    return headings, (
        (
            row.code.code, row.code.title, *goods_of(row.code.sku), row.reckoning.sellable,
            f"{row.reckoning.terms.share:.0%}" if row.reckoning.terms.is_on else "0%", row.reckoning.terms.buffer,
            row.reckoning.pending, row.code.pending_at, row.reckoning.held, row.reckoning.terms.presale,
            row.reckoning.shown, row.shown.units if row.shown else None, row.shown.since if row.shown else None,
        )
        for row in found
    )  # fmt: skip


def grouped(rows: Iterable[Any], by: str) -> dict[int, list[Any]]:
    """Return rows by the id of what they belong to."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(getattr(row, by), []).append(row)
    return found
