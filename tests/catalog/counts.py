"""A warehouse with bins, people who count in it, and the steps of a stocktake."""

from __future__ import annotations

from itertools import count

from catalog.choices import ZoneKind
from catalog.drafts import CountDraft, PlaceDraft, RecountDraft, ScopeDraft, StocktakeDraft
from catalog.models import Bin, BinStock, Count, Stocktake, Zone
from catalog.operations.bins import PutAwayDraft, put_away
from catalog.operations.count_approving import approve_stocktakes
from catalog.operations.counting import close_places, count_units, recount_units, submit_stocktakes
from catalog.operations.stocktaking import open_stocktakes
from ops_portal.accounts.choices import Role
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

_keys = count(1)


def key() -> str:
    return f"scan-{next(_keys)}"


def make_bin(warehouse, code, kind=ZoneKind.STORAGE, zone=""):
    where, _new = Zone.objects.get_or_create(
        warehouse=warehouse, code=zone or kind.upper()[:3], defaults={"kind": kind}
    )
    return Bin.objects.create(zone=where, warehouse=warehouse, code=code)


def put(sku, place, units, **more):
    draft = PutAwayDraft(place.warehouse_id, sku.pk, place.code, units, key(), **more)
    put_away([draft], actor=ACTOR, at=NOON).one()


def lying(place):
    """Return what a bin holds by the books, by SKU."""
    return {
        row.stock.sku.code: row.units
        for row in BinStock.objects.filter(bin=place, units__gt=0).select_related("stock__sku")
    }


class House:
    """Tea, 10 in A-01 and 6 in A-02; salt, 4 outside the bins; and four people."""

    def __init__(self, code: str = "NORTH") -> None:
        self.warehouse = make_warehouse(code)
        self.tea, self.salt = make_sku("TEA"), make_sku("SALT")
        self.first, self.second = make_bin(self.warehouse, "A-01"), make_bin(self.warehouse, "A-02")
        receive(self.tea, 16, warehouse=self.warehouse)
        receive(self.salt, 4, warehouse=self.warehouse)
        put(self.tea, self.first, 10)
        put(self.tea, self.second, 6)
        self.opener = person("opener", Role.OPERATIONS_MANAGER)
        self.counter = person("counter", Role.WAREHOUSE)
        self.other = person("other", Role.WAREHOUSE)
        self.approver = person("approver", Role.MANAGEMENT)

    def open(self, at=NOON, **scope) -> Stocktake:
        draft = StocktakeDraft(self.warehouse.code, ScopeDraft(**scope))
        return open_stocktakes([draft], actor=self.opener, at=at).one()

    def count(self, stocktake, place, sku, units, *, actor=None, at=NOON, **more):
        draft = CountDraft(stocktake.number, place.code if place else "", sku.code, units, key(), **more)
        return count_units([draft], actor=actor or self.counter, at=at)

    def close(self, stocktake, *places, actor=None, at=NOON):
        drafts = [PlaceDraft(stocktake.number, place.code if place else "") for place in places]
        assert not close_places(drafts, actor=actor or self.counter, at=at).refused

    def submit(self, stocktake, at=NOON):
        submit_stocktakes([stocktake.number], actor=self.counter, at=at).one()
        stocktake.refresh_from_db()

    def recount(self, stocktake, place, sku, units, *, actor=None, at=NOON):
        there = Count.objects.get(stocktake=stocktake, bin=place, stock__sku=sku)
        draft = RecountDraft(there.pk, units, key())
        outcome = recount_units([draft], actor=actor or self.other, at=at)
        stocktake.refresh_from_db()
        return outcome

    def approve(self, stocktake, *, actor=None, at=NOON):
        outcome = approve_stocktakes([stocktake.number], actor=actor or self.approver, at=at)
        stocktake.refresh_from_db()
        return outcome

    def counted(self, first: int, second: int, dock: int) -> Stocktake:
        """Return a stocktake in which so many of tea (A-01, A-02) and of salt were found."""
        stocktake = self.open()
        self.count(stocktake, self.first, self.tea, first)
        self.count(stocktake, self.second, self.tea, second)
        self.count(stocktake, None, self.salt, dock)
        self.close(stocktake, self.first, self.second, None)
        self.submit(stocktake)
        return stocktake


def shown(stocktake):
    """Return the counts of a stocktake: bin, SKU, status, books, counted."""
    found = Count.objects.filter(stocktake=stocktake).select_related("bin", "stock__sku").order_by("pk")
    return sorted(
        (each.bin.code if each.bin else "", each.stock.sku.code, each.status, each.booked, each.counted)
        for each in found
    )
