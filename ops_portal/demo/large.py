"""A great many orders beside the agency's own, for trying how fast lists and figures are."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from django.db import connection, connections
from django.utils.translation import gettext_lazy as _

from analytics.operations.rolling import refresh_stale_days
from catalog.choices import StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import Sku, Warehouse
from catalog.operations.documents import post_stock_documents
from ops_portal.demo.calendar import DAYS
from ops_portal.demo.history import line_draft
from ops_portal.demo.planning import BACK_AFTER, BACK_BEFORE, Planned, Planner
from ops_portal.demo.stocking import owner_of, wanted
from ops_portal.lib.principals import Principal, system
from ops_portal.lib.refusals import Refused, raise_first
from orders.drafts import ZERO, OrderDraft
from orders.models import Shop
from orders.operations.facts import made_ready
from orders.operations.placing import take_in_orders

SEED = 20_270_618
CHUNK = 10_000
AT_ONCE = 2_000
YEARS = timedelta(days=2 * 365)

Tell = Callable[[str], None]


class NoAgency(Refused):
    """The house has no demonstration agency to put the orders into."""

    code = "no_agency"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Orders to be drawn and written by one process: so many, placed between two moments."""

    number: int
    orders: int
    since: datetime
    until: datetime
    is_live: bool = False


def load_large(now: datetime, *, orders: int, live: int, jobs: int, tell: Tell) -> int:
    """Add ``orders`` that are over, of the two years before the agency's own, and ``live`` ones to be worked.

    Return how many were written. Refuses NoAgency.
    """
    if not Shop.objects.filter(code="TM-MZC").exists() or not Sku.objects.filter(is_bundle=True).exists():
        raise NoAgency(_("Load the demonstration agency first: manage.py load_demo."))
    connections.close_all()  # each process has its own
    written = 0
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("fork")) as processes:
        for count in processes.map(write_chunk, chunks(now, orders)):
            written += count
            if written % 50_000 < CHUNK:
                tell(f"{written:,} orders ...")
    if live:
        tell(f"{live:,} orders to be worked ...")
        written += write_live(Chunk(-1, live, now - timedelta(hours=30), now, is_live=True), at=now)
    tell("Statistics and figures ...")
    with connection.cursor() as cursor:
        for table in (
            "orders_order",
            "orders_orderline",
            "orders_linediscount",
            "lib_statemove",
            "orders_customer",
        ):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
    refresh_stale_days(actor=system(), at=now)
    return written


def chunks(now: datetime, orders: int) -> Iterator[Chunk]:
    """Part the orders into stretches of time, the oldest first."""
    end = now - timedelta(days=DAYS + 2)
    count = -(-orders // CHUNK)
    for number in range(count):
        since = end - YEARS + YEARS * number / count
        size = min(CHUNK, orders - number * CHUNK)
        yield Chunk(number, size, since, since + YEARS / count)


def draw(chunk: Chunk) -> list[Planned]:
    """Return the orders of a chunk, by the time they are placed."""
    random = Random(SEED + chunk.number)  # noqa: S311 - nothing secret is drawn
    planner = Planner(random)
    seconds = (chunk.until - chunk.since).total_seconds()
    moments = sorted(random.uniform(0, seconds) for _ in range(chunk.orders))
    return [planner.order(chunk.since + timedelta(seconds=int(moment))) for moment in moments]


def draft_of(order: Planned, shops: dict[str, Shop], *, is_live: bool) -> OrderDraft:
    """Return an order as operations take it; one that is over with the refund that was given."""
    lines = tuple(line_draft(order, place, line) for place, line in enumerate(order.lines, start=1))
    refund = ZERO
    if not is_live and order.fate in (BACK_BEFORE, BACK_AFTER):
        lines = tuple(
            replace(draft, refund_amount=line.worth) for draft, line in zip(lines, order.lines, strict=True)
        )
        refund = sum((line.refund_amount for line in lines), ZERO)
    return OrderDraft(
        shops[order.shop.code],
        order.platform_number,
        order.placed_at,
        order.paid_at,
        order.buyer.draft(),
        lines,
        order.freight,
        refund_amount=refund,
        remark=order.remark,
        fate="open" if is_live else "recorded",
    )


def write_chunk(chunk: Chunk) -> int:
    """Write orders that are over; return how many."""
    shops = {shop.code: shop for shop in Shop.objects.for_placing()}
    write(draw(chunk), shops, is_live=False, at=chunk.until, actor=system())
    return chunk.orders


def write_live(chunk: Chunk, *, at: datetime) -> int:
    """Bring the goods for orders that are to be worked, and write these; return how many."""
    orders = draw(chunk)
    shops = {shop.code: shop for shop in Shop.objects.for_placing()}
    actor = system()
    needs: Counter[tuple[str, str]] = sum(wanted(orders).values(), Counter())
    raise_first(post_stock_documents(receipts(needs), actor=actor, at=at).refused)
    write(orders, shops, is_live=True, at=at, actor=actor)
    return chunk.orders


def receipts(needs: Counter[tuple[str, str]]) -> list[StockDocumentDraft]:
    """Return the papers that bring what is needed, by warehouse."""
    skus = {sku.code: sku for sku in Sku.objects.select_related("product__brand")}
    papers = []
    for warehouse in Warehouse.objects.order_by("pk"):
        lines = tuple(
            StockLineDraft(
                skus[code].pk,
                warehouse.pk,
                owner_of(skus[code].product.brand.code),
                units,
                StockState.OUTSIDE,
                StockState.AVAILABLE,
                "BULK" if skus[code].tracks_batches else "",
            )
            for (code, place), units in sorted(needs.items())
            if place == warehouse.code
        )
        if lines:
            papers.append(StockDocumentDraft(StockDocumentKind.RECEIPT, lines, note="大批量入库"))
    return papers


def write(
    orders: Sequence[Planned], shops: dict[str, Shop], *, is_live: bool, at: datetime, actor: Principal
) -> None:
    """Take orders in, in batches of a size that a statement bears well."""
    for start in range(0, len(orders), AT_ONCE):
        drafts = [
            made_ready(draft_of(order, shops, is_live=is_live)) for order in orders[start : start + AT_ONCE]
        ]
        raise_first(take_in_orders(drafts, actor=actor, at=at).refused)
