"""The warehouses at work: goods in bins, deliveries in every state, counts, requests, limits, what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from catalog.choices import StockDocumentKind, StockState, ZoneKind
from catalog.drafts import (
    CountDraft,
    PlaceDraft,
    RecountDraft,
    RequestDraft,
    RequestLineDraft,
    ScopeDraft,
    StockDocumentDraft,
    StockLineDraft,
    StocktakeDraft,
)
from catalog.models import BinStock, Count, Sku, Stock, Warehouse, Zone
from catalog.operations.alerting import AcknowledgeDraft, acknowledge_alerts, sweep_alerts
from catalog.operations.bins import PutAwayDraft, put_away
from catalog.operations.channel_stock import RuleDraft, set_rules, show_stock
from catalog.operations.count_approving import approve_stocktakes
from catalog.operations.counting import close_places, count_units, recount_units, submit_stocktakes
from catalog.operations.demand import roll_up_demand
from catalog.operations.documents import post_stock_documents
from catalog.operations.holds import HoldDraft, place_holds
from catalog.operations.inbound import InboundDraft, announce_deliveries, cancel_deliveries
from catalog.operations.limits import compute_limits
from catalog.operations.mirroring import TheirDraft, note_their_stock
from catalog.operations.places import BinDraft, make_bins
from catalog.operations.purchasing import (
    approve_replenishments,
    dismiss_replenishments,
    order_replenishments,
)
from catalog.operations.receiving import (
    ReceiptDraft,
    ReceiptLineDraft,
    close_deliveries,
    receive_deliveries,
)
from catalog.operations.replenishing import suggest_replenishment
from catalog.operations.requests import approve_requests, reject_requests, request_stock
from catalog.operations.stocktaking import open_stocktakes
from catalog.queries.shelves import to_put_away
from ops_portal.demo.calendar import DAYS, Span, at_hour
from ops_portal.demo.goods import batch_code
from ops_portal.demo.places import Places
from ops_portal.demo.stocking import BRAND_OF, owner_of
from ops_portal.demo.supply import MASK, SUPPLIERS, WASH, keep_terms, some
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import raise_first

AISLES, BAYS = 6, 12  # of each warehouse's storage
ZONES = (
    ("A", "存储区", ZoneKind.STORAGE), ("Q", "待检区", ZoneKind.QUARANTINE), ("D", "残次区", ZoneKind.DAMAGED),
    ("R", "退货区", ZoneKind.RETURNS),
)  # fmt: skip
# By brand, how many days goods must have left at receipt, from when on they are near their date, and are not shipped.
DAYS_LEFT = {"MZC": (365, 120, 60), "HXM": (120, 45, 15)}
MIRRORED, MIRRORED_SYSTEM = "FS02", "wangdiantong"  # whose books lead
LEFT_AT_THE_DOCK = 9  # of so many goods one still waits for its bin
MOST = 5_000
OFF = (-2, 0, 1)  # by how many units counts differ, by turns
THEIRS_DIFFER = (-2, 1, -5)  # units by which their books differ from ours
TEA, CREAM = "HXM-MB1K", "MZC-MS50"


class Floor:
    """The people of the warehouses, at work."""

    def __init__(self, span: Span, places: Places, staff: dict[str, Principal], share: float) -> None:
        self.span = span
        self.share = share  # of the whole size
        # What a brand's own warehouse looks like inside is the brand's.
        self.warehouses = {code: each for code, each in places.warehouses.items() if each.brand_id is None}
        self.staff = staff
        self.worker, self.manager, self.operator = staff["warehouse"], staff["manager"], staff["operator"]

    def before(self, *, hours: float = 0.0, days: int = 0) -> datetime:
        """Return the moment so long before now."""
        return self.span.now - timedelta(hours=hours, days=days)

    def lay_out(self, *, at: datetime) -> None:
        """Make zones and bins, and put away what is in the house but for some of what came last."""
        with acting_as(self.worker):
            for brand, (life, near, ship) in DAYS_LEFT.items():
                Sku.objects.filter(product__brand__code=brand, tracks_batches=True).update(
                    receive_days=life, near_days=near, ship_days=ship
                )
            Warehouse.objects.filter(code=MIRRORED).update(system=MIRRORED_SYSTEM)
            zones = Zone.objects.bulk_create(
                Zone(warehouse=warehouse, code=code, name=name, kind=kind)
                for warehouse in self.warehouses.values()
                for code, name, kind in ZONES
            )
        drafts = []
        for zone in zones:
            aisles = AISLES if zone.kind == ZoneKind.STORAGE else 1
            for aisle in range(1, aisles + 1):
                for bay in range(1, BAYS + 1):
                    code = f"{zone.code}{aisle:02d}-{bay:02d}"
                    drafts.append(
                        BinDraft(zone.pk, code, aisle * 100 + (bay if aisle % 2 else BAYS + 1 - bay))
                    )
        raise_first(make_bins(drafts, actor=self.worker, at=at).refused)
        for code, warehouse in self.warehouses.items():
            drafts_of = []
            for place, each in enumerate(to_put_away(warehouse.pk, most=MOST)):
                if each.kind == ZoneKind.STORAGE and place % LEFT_AT_THE_DOCK == LEFT_AT_THE_DOCK - 1:
                    continue
                aisle, bay = (place // BAYS % AISLES + 1, place % BAYS + 1)
                letter = next(letter for letter, _name, kind in ZONES if kind == each.kind)
                bin_code = f"{letter}{aisle if letter == 'A' else 1:02d}-{bay:02d}"
                drafts_of.append(
                    PutAwayDraft(
                        warehouse.pk, each.sku_id, bin_code, each.units, f"{code}-{place}", each.owner,
                        each.batch_code, each.kind,
                    )
                )  # fmt: skip
            raise_first(put_away(drafts_of, actor=self.worker, at=at).refused)

    def work(self) -> None:
        """Let it all happen that the warehouses and those who plan have done until now."""
        keep_terms(self.span, self.manager, self.share, at=self.before(days=60))
        self.announce()
        self.request()
        self.send_on_its_way(at=self.before(hours=26))
        self.count()
        self.set_aside(at=self.before(hours=4))
        self.hear_their_books(at=self.before(hours=2))
        self.reckon()

    def some(self, units: int) -> int:
        """Return units by the size of the agency."""
        return some(units, self.share)

    def delivery(
        self,
        brand: str,
        place: str,
        days: int,
        goods: dict[str, int],
        *,
        told: int = 6,
        is_order: bool = False,
    ) -> str:
        """Announce a delivery promised for so many days from today, ``told`` days ahead; return its number."""
        day = self.span.today + timedelta(days=days)
        at = min(at_hour(day - timedelta(days=told), 10), self.before(hours=2))
        draft = InboundDraft(
            brand, place, owner_of(brand), day, tuple(goods.items()), SUPPLIERS[brand],
            source_key="" if is_order else f"{brand}-{place}-{day:%m%d}", is_order=is_order,
        )  # fmt: skip
        found = announce_deliveries([draft], actor=self.operator, at=at)
        raise_first(found.refused)
        return found.done[0].number

    def receive(self, number: str, brand: str, goods: dict[str, tuple[int, int]], *, at: datetime) -> None:
        """Take in units of a delivery, by SKU with those of them that are damaged."""
        words = BRAND_OF[brand]
        made_on = at.date() - timedelta(days=words.keeps_days // 12 + 1)
        expires_on = made_on + timedelta(days=words.keeps_days) if words.keeps_days else None
        batch = batch_code(words, made_on, "E") if words.keeps_days else ""
        lines = tuple(
            ReceiptLineDraft(code, units, damaged, batch, expires_on)
            for code, (units, damaged) in goods.items()
        )
        draft = ReceiptDraft(number, lines, key=f"{number}-{at:%m%d%H}")
        raise_first(receive_deliveries([draft], actor=self.worker, at=at).refused)

    def announce(self) -> None:
        """Let deliveries come as promised, late and short; others are under way, due today, overdue, or ordered."""
        today = self.span.today
        wash, cream = self.some(96), self.some(60)
        on_time = self.delivery("MZC", "SH01", -20, {WASH: wash, CREAM: cream})
        at = at_hour(today - timedelta(days=20), 11)
        self.receive(on_time, "MZC", {WASH: (wash, 0), CREAM: (cream, 0)}, at=at)
        late = self.delivery("HXM", "FS02", -12, {TEA: 120, "HXM-SS300": 96})
        self.receive(
            late, "HXM", {TEA: (96, 3), "HXM-SS300": (96, 0)}, at=at_hour(today - timedelta(days=9), 15)
        )
        for number, reason, days in ((on_time, "", 20), (late, "供应商少发 1 箱，已确认不补", 9)):
            closed = close_deliveries(
                [number], actor=self.worker, at=at_hour(today - timedelta(days=days), 17), reason=reason
            )
            raise_first(closed.refused)
        coming_in = self.delivery(
            "YSX", "FS02", -1, {"YSX-WY01-B-M": 40, "YSX-WY01-B-L": 40, "YSX-CS04-W-M": 30}
        )
        self.receive(coming_in, "YSX", {"YSX-WY01-B-M": (40, 0)}, at=self.before(hours=3))
        self.delivery("MZC", "SH01", 0, {MASK: 48, "MZC-SFS150": 36})
        self.delivery("HXM", "SH01", -2, {"HXM-SS300": 96})
        self.delivery("YSX", "SH01", 5, {"YSX-NZ02-B-M": 30, "YSX-NZ02-B-L": 30})
        self.delivery("HXM", "FS02", 8, {TEA: 144}, is_order=True)
        dropped = self.delivery("YSX", "SH01", 3, {"YSX-CS04-L-M": 25})
        reason = "款式改期，供应商撤回"
        outcome = cancel_deliveries([dropped], actor=self.operator, at=self.before(hours=20), reason=reason)
        raise_first(outcome.refused)

    def request(self) -> None:
        """Ask for corrections and returns: two wait, one was allowed, one was not."""
        a, damaged, outside = StockState.AVAILABLE, StockState.DAMAGED, StockState.OUTSIDE
        drafts = [
            self.request_draft("adjustment", "damage", "SH01", CREAM, 2, a, damaged, "货架坍塌，瓶身破裂"),
            self.request_draft("return_to_owner", "slow", "FS02", TEA, 24, a, outside, "滞销，货主同意退回"),
            self.request_draft("adjustment", "sample", "SH01", WASH, 1, a, outside, "直播间打样"),
            self.request_draft("adjustment", "loss", "FS02", "HXM-SS300", 30, a, StockState.LOST, "找不到"),
        ]
        found = request_stock(drafts, actor=self.worker, at=self.before(hours=30))
        raise_first(found.refused)
        _waiting, _also, allowed, refused = [each.number for each in found.done]
        raise_first(approve_requests([allowed], actor=self.manager, at=self.before(hours=28)).refused)
        answer = reject_requests(
            [refused], actor=self.manager, at=self.before(hours=27), reason="数量太大，请先盘点再申请"
        )
        raise_first(answer.refused)

    def request_draft(
        self, kind: str, reason: str, place: str, code: str, units: int, here: str, there: str, note: str
    ) -> RequestDraft:
        """Return a request for units of a SKU, out of the batch of which most is there."""
        stock, batch = self.most_of(code, place)
        line = RequestLineDraft(code, stock.owner, min(units, stock.available), here, there, batch)
        return RequestDraft(kind, reason, place, (line,), note)

    def most_of(self, code: str, place: str) -> tuple[Stock, str]:
        """Return the balance of a SKU in a warehouse, and the batch of which most is available."""
        stock = Stock.objects.filter(sku__code=code, warehouse__code=place).order_by("-available", "pk")[0]
        batches = stock.batches.select_related("batch").order_by("-available", "batch__code")
        return stock, next((each.batch.code for each in batches), "")

    def send_on_its_way(self, *, at: datetime) -> None:
        """Send goods from one warehouse to the other; they haven't arrived."""
        lines = []
        for code in (TEA, "HXM-SS300"):
            stock, batch = self.most_of(code, "FS02")
            units = min(24, stock.available)
            if units:
                states = (StockState.AVAILABLE, StockState.IN_TRANSIT)
                lines.append(
                    StockLineDraft(stock.sku_id, stock.warehouse_id, stock.owner, units, *states, batch)
                )
        draft = StockDocumentDraft(
            StockDocumentKind.TRANSFER, tuple(lines), to_warehouse_id=self.warehouses["SH01"].pk,
            note="华东补货调拨",
        )  # fmt: skip
        raise_first(post_stock_documents([draft], actor=self.worker, at=at).refused)

    def count(self) -> None:
        """Count some bins, with differences that were approved; two more are under way."""
        counts = Count.objects.select_related("stock__sku", "batch", "bin").order_by("pk")
        over = self.begin_count(
            "SH01", ["A01-01", "A01-02", "A01-03", "A01-04"], at=self.before(days=2, hours=2)
        )
        at = self.before(days=2, hours=1)
        differing = list(counts.filter(stocktake__number=over))
        # What is promised to orders can't be missing; what is found always differs.
        off = [max(OFF[place % len(OFF)], -self.free(each)) for place, each in enumerate(differing)]
        self.count_all(over, differing, off=off, at=at)
        raise_first(submit_stocktakes([over], actor=self.worker, at=at).refused)
        again = list(counts.filter(stocktake__number=over, status="differs"))
        drafts = [
            RecountDraft(each.pk, each.counted or 0, f"{over}-again-{place}")
            for place, each in enumerate(again)
        ]
        raise_first(recount_units(drafts, actor=self.worker, at=at + timedelta(minutes=20)).refused)
        raise_first(approve_stocktakes([over], actor=self.manager, at=at + timedelta(minutes=50)).refused)
        lying = BinStock.objects.filter(
            bin__warehouse__code="FS02", bin__zone__kind=ZoneKind.STORAGE, units__gt=0
        )
        filled = list(lying.order_by("bin__code").values_list("bin__code", flat=True).distinct())
        begun = self.begin_count("FS02", filled[:3], at=self.before(hours=1.5))
        first = list(counts.filter(stocktake__number=begun, bin__code=filled[0]))
        self.count_all(begun, first, off=(-1,), at=self.before(hours=1))
        self.begin_count("SH01", ["A02-01", "A02-02"], at=self.before(hours=0.8))
        self.hand_in(filled[3:5], (1, 0), counts, at=self.before(hours=3))
        self.hand_in(filled[5:7], (0,), counts, at=self.before(hours=2))

    @staticmethod
    def free(count: Count) -> int:
        """Return how many of the units that are counted aren't promised."""
        if count.batch is None:
            return count.stock.available
        parts = count.stock.batches.filter(batch=count.batch)
        return min(count.stock.available, sum(parts.values_list("available", flat=True)))

    def hand_in(
        self, bins: Sequence[str], off: Sequence[int], counts: QuerySet[Count], *, at: datetime
    ) -> None:
        """Count all of some bins and hand the stocktake in: what differs waits for a recount, else for approval."""
        number = self.begin_count("FS02", bins, at=at)
        self.count_all(number, list(counts.filter(stocktake__number=number)), off=off, at=at)
        at += timedelta(minutes=20)
        raise_first(submit_stocktakes([number], actor=self.worker, at=at).refused)

    def begin_count(self, place: str, bins: Sequence[str], *, at: datetime) -> str:
        """Open a stocktake of bins; return its number."""
        found = open_stocktakes(
            [StocktakeDraft(place, ScopeDraft(bins=tuple(bins)))], actor=self.worker, at=at
        )
        raise_first(found.refused)
        return found.done[0].number

    def count_all(self, number: str, counts: Sequence[Count], *, off: Sequence[int], at: datetime) -> None:
        """Count what lies in each place, by turns off by so many units, and close the places."""
        lying = {
            (each.stock_id, each.batch_id, each.bin_id): each.units
            for each in BinStock.objects.filter(bin__in={each.bin_id for each in counts})
        }
        drafts = []
        bins = []
        for place, each in enumerate(counts):
            units = max(0, lying.get((each.stock_id, each.batch_id, each.bin_id), 0) + off[place % len(off)])
            code, batch = (each.bin.code if each.bin else ""), (each.batch.code if each.batch else "")
            key, stock = f"{number}-{place}", each.stock
            drafts.append(CountDraft(number, code, stock.sku.code, units, key, stock.owner, batch))
            bins.append(code)
        raise_first(count_units(drafts, actor=self.worker, at=at).refused)
        places = [PlaceDraft(number, code) for code in dict.fromkeys(bins)]
        raise_first(close_places(places, actor=self.worker, at=at).refused)

    def set_aside(self, *, at: datetime) -> None:
        """Set units aside for an activity, and say what shops may show."""
        lines = tuple(
            (code, units)
            for code in (MASK, WASH)
            if (units := min(6, self.most_of(code, "SH01")[0].available))
        )
        until = self.span.now + timedelta(days=6)
        hold = HoldDraft("SH01", lines, "双十二直播专场锁库", until, "TM-MZC")
        raise_first(place_holds([hold], actor=self.manager, at=at).refused)
        rules = [
            RuleDraft("TM-MZC", share=Decimal("0.7"), buffer=5), RuleDraft("OWN-SH", share=Decimal("0.3"), buffer=2),
            RuleDraft("DY-YSX", "YSX-WY01-B-M", presale=50),
        ]  # fmt: skip
        raise_first(set_rules(rules, actor=self.manager, at=at).refused)
        show_stock(actor=self.manager, at=self.span.now)

    def hear_their_books(self, *, at: datetime) -> None:
        """Note what the system of the cloud warehouse says of the first goods: three differ from ours."""
        ours = Stock.objects.filter(warehouse__code=MIRRORED, sku__tracks_batches=False, available__gt=0)
        drafts = [
            TheirDraft(
                MIRRORED,
                at,
                f"KC{at:%Y%m%d%H}",
                max(0, stock.available + stock.reserved + (THEIRS_DIFFER[place] if place < 3 else 0)),
                stock.sku.code,
                goods_owner=stock.owner,
            )
            for place, stock in enumerate(ours.select_related("sku").order_by("sku__code", "owner")[:40])
        ]
        raise_first(note_their_stock(drafts, actor=self.worker, at=at).refused)

    def reckon(self) -> None:
        """Roll demand up, reckon limits, sweep for alerts, and suggest what should be got."""
        at = self.before(hours=1)
        since = self.span.today - timedelta(days=DAYS)
        roll_up_demand(since, self.span.today - timedelta(days=1), actor=self.manager, at=at)
        compute_limits(actor=self.manager, at=at)
        swept = sweep_alerts(actor=self.manager, at=at)
        known = [AcknowledgeDraft(number, "已催供应商，明日到货") for number in sorted(swept.opened)[:2]]
        raise_first(acknowledge_alerts(known, actor=self.worker, at=self.before(hours=0.5)).refused)
        made = suggest_replenishment(actor=self.manager, at=at)
        numbers = [each.number for each in made.done]
        wanted = numbers[: (len(numbers) + 1) // 2][:4]  # the others wait for their decision
        at = self.before(hours=0.5)
        raise_first(approve_replenishments(wanted, actor=self.manager, at=at).refused)
        raise_first(order_replenishments(wanted[1:3], actor=self.manager, at=at).refused)
        if len(numbers) > len(wanted) + 1:
            reason = "换季，不再补"
            answer = dismiss_replenishments(numbers[-1:], actor=self.manager, at=at, reason=reason)
            raise_first(answer.refused)
