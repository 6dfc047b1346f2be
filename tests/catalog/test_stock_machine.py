"""Every stock operation in any order: units are conserved and the three proofs hold after each step."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog.choices import BALANCES, OWN, StockDocumentKind, StockState, ZoneKind
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import BatchStock, Bin, BinStock, Stock, StockDocument, Zone
from catalog.operations.bins import (
    BinTransferDraft,
    PutAwayDraft,
    move_between_bins,
    pick_reserved,
    put_away,
)
from catalog.operations.documents import KIND_WAYS, post_stock_documents
from catalog.operations.promised import (
    intercept_shipped,
    release_reservations,
    sell_shipped,
    ship_reserved,
)
from catalog.operations.reserving import ReservationItem, ReservationRequest, reserve_stock
from catalog.operations.reversing import undo_stock_documents
from catalog.operations.transfers import receive_transfers
from catalog.queries import audit
from tests.factories import ACTOR, NOON, make_sku, make_warehouse

S = StockState
UNITS = st.integers(1, 9)
PICK = st.integers(0, 1)
BOOKS = [kind for kind in KIND_WAYS if kind != StockDocumentKind.TRANSFER]


class Warehouses(RuleBasedStateMachine):
    """Two SKUs (one kept by batch), two warehouses, two owners; ``outside`` counts what the world holds."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.skus = [make_sku("PLAIN"), make_sku("DATED", tracks_batches=True)]
        self.places = [make_warehouse("NORTH"), make_warehouse("SOUTH")]
        for place in self.places:
            for kind in ZoneKind.values:
                zone = Zone.objects.create(warehouse=place, code=kind, kind=kind)
                for number in range(2):
                    Bin.objects.create(zone=zone, warehouse=place, code=f"{kind}-{number}".upper())
        self.came_in = 0
        self.moves = 0
        self.documents: list[str] = []
        self.transfers: list[StockDocument] = []
        self.receipts: list[StockDocument] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def line(
        self, sku: int, place: int, owner: str, units: int, way: tuple[str, str], batch: int
    ) -> StockLineDraft:
        tracked = self.skus[sku].tracks_batches
        return StockLineDraft(
            sku_id=self.skus[sku].pk,
            warehouse_id=self.places[place].pk,
            owner=owner,
            units=units,
            from_state=way[0],
            to_state=way[1],
            batch_code=f"B{batch}" if tracked else "",
            expires_on=date(2027, 1 + batch, 1) if tracked else None,
        )

    @rule(
        kind=st.sampled_from(BOOKS),
        way=st.randoms(use_true_random=False),
        sku=PICK,
        place=PICK,
        owner=st.sampled_from([OWN, "ACME"]),
        units=UNITS,
        batch=PICK,
        into=st.sampled_from(
            ["", *(f"{kind}-{number}".upper() for kind in ZoneKind.values for number in (0, 1))]
        ),
    )
    def book(self, kind, way, sku, place, owner, units, batch, into):
        here, there = way.choice(sorted(KIND_WAYS[kind]))
        line = self.line(sku, place, owner, units, (here, there), batch)
        draft = StockDocumentDraft(kind, (replace(line, bin_code=into),))
        outcome = post_stock_documents([draft], actor=ACTOR, at=NOON)
        if outcome.done:
            self.came_in += units * ((here == S.OUTSIDE) - (there == S.OUTSIDE))
            if kind == StockDocumentKind.RECEIPT:
                self.receipts += outcome.done

    @rule(sku=PICK, place=PICK, units=UNITS, number=PICK, kind=st.sampled_from(ZoneKind.values), batch=PICK)
    def put_away(self, sku, place, units, number, kind, batch):
        self.moves += 1
        tracked = self.skus[sku].tracks_batches
        draft = PutAwayDraft(
            self.places[place].pk,
            self.skus[sku].pk,
            f"{kind}-{number}",
            units,
            f"P{self.moves}",
            goods_owner=OWN,
            batch_code=f"B{batch}" if tracked else "",
            zone_kind=kind,
        )
        for _twice in range(2):
            put_away([draft], actor=ACTOR, at=NOON)

    @precondition(lambda self: BinStock.objects.filter(units__gt=0).exists())
    @rule(data=st.data(), units=UNITS, number=PICK)
    def move(self, data, units, number):
        lying = BinStock.objects.filter(units__gt=0).select_related("bin__zone", "stock__sku", "batch")
        row = data.draw(st.sampled_from(list(lying.order_by("pk"))))
        self.moves += 1
        draft = BinTransferDraft(
            row.bin.warehouse_id,
            row.stock.sku_id,
            row.bin.code,
            f"{row.bin.zone.kind}-{number}",
            units,
            f"P{self.moves}",
            goods_owner=row.stock.owner,
            batch_code=row.batch.code if row.batch else "",
        )
        move_between_bins([draft], actor=ACTOR, at=NOON)

    @precondition(lambda self: self.documents)
    @rule(data=st.data())
    def pick(self, data):
        number = data.draw(st.sampled_from(self.documents))
        pick_reserved("order", [number], actor=ACTOR, at=NOON)
        assert pick_reserved("order", [number], actor=ACTOR, at=NOON) == 0

    @precondition(lambda self: self.receipts)
    @rule(data=st.data())
    def undo(self, data):
        document = data.draw(st.sampled_from(self.receipts))
        outcome = undo_stock_documents([document], actor=ACTOR, at=NOON)
        if outcome.done:
            self.receipts.remove(document)
            self.came_in -= sum(line.units for line in document.lines.all())

    @rule(sku=PICK, place=PICK, owner=st.sampled_from([OWN, "ACME"]), units=UNITS, batch=PICK)
    def dispatch(self, sku, place, owner, units, batch):
        line = self.line(sku, place, owner, units, (S.AVAILABLE, S.IN_TRANSIT), batch)
        draft = StockDocumentDraft(
            StockDocumentKind.TRANSFER, (line,), to_warehouse_id=self.places[1 - place].pk
        )
        self.transfers += post_stock_documents([draft], actor=ACTOR, at=NOON).done

    @precondition(lambda self: self.transfers)
    @rule(data=st.data())
    def arrive(self, data):
        """A transfer of which something was lost on the way does not fit; it stays on the way."""
        document = data.draw(st.sampled_from(self.transfers))
        line = document.lines.select_related("stock").order_by("position")[0]
        if line.batch_id is None and line.stock.in_transit < line.units:
            return
        if (
            line.batch_id
            and BatchStock.objects.get(stock=line.stock, batch=line.batch_id).in_transit < line.units
        ):
            return
        receive_transfers([document], actor=ACTOR, at=NOON)
        self.transfers.remove(document)

    @rule(wanted=st.lists(st.tuples(PICK, UNITS), min_size=1, max_size=3), first=PICK)
    def reserve(self, wanted, first):
        number = f"D{len(self.documents)}"
        request = ReservationRequest(
            "order",
            number,
            (self.places[first].pk, self.places[1 - first].pk),
            tuple(ReservationItem(i, self.skus[sku].pk, units) for i, (sku, units) in enumerate(wanted)),
        )
        for _twice in range(2):  # the second call is a no-op
            outcome = reserve_stock([request], actor=ACTOR, at=NOON)
        if outcome.done:
            self.documents.append(number)

    @precondition(lambda self: self.documents)
    @rule(
        data=st.data(),
        settle=st.sampled_from([release_reservations, ship_reserved, sell_shipped, intercept_shipped]),
    )
    def settle(self, data, settle):
        number = data.draw(st.sampled_from(self.documents))
        settle("order", [number], actor=ACTOR, at=NOON)
        assert settle("order", [number], actor=ACTOR, at=NOON) == 0

    @invariant()
    def units_are_conserved(self):
        held = sum(getattr(stock, state) for stock in Stock.objects.all() for state in BALANCES)
        assert held == self.came_in

    @invariant()
    def the_books_agree(self):
        assert audit.differing_balance() is None
        assert audit.differing_reservation() is None
        assert audit.differing_bin() is None
        assert audit.overfull_bins() is None

    @invariant()
    def batches_add_up_to_their_stock(self):
        for stock in Stock.objects.filter(sku=self.skus[1]):
            parts = BatchStock.objects.filter(stock=stock)
            assert [sum(getattr(p, state) for p in parts) for state in BALANCES] == [
                getattr(stock, state) for state in BALANCES
            ]


@pytest.mark.django_db
def test_units_are_conserved_over_every_operation():
    run_state_machine_as_test(
        Warehouses,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
