"""One lock order for the house: each operation's locks are recorded and held against the table in the docs."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

import aftersales.operations
import catalog.operations
import consignment.operations
import feedback.operations
import ops_portal.outbox.operations
import orders.operations
from aftersales.choices import CaseKind, Reason
from aftersales.drafts import (
    CaseDraft,
    CaseLineDraft,
    GradeDraft,
    InspectionDraft,
    PaymentDraft,
    SentBackDraft,
)
from aftersales.models import Case, ReturnedGoods
from aftersales.operations import deciding, goods, refunding
from aftersales.operations.intercepting import open_intercepted
from aftersales.operations.opening import open_cases
from catalog.choices import OWN, StockDocumentKind, StockState
from catalog.drafts import StockDocumentDraft, StockLineDraft
from catalog.models import StockDocument, Warehouse
from catalog.operations import promised, returning
from catalog.operations.documents import post_stock_documents
from catalog.operations.reserving import (
    ReservationItem,
    ReservationRequest,
    reserve_for_new,
    reserve_stock,
)
from catalog.operations.reversing import undo_stock_documents
from catalog.operations.transfers import receive_transfers
from catalog.operations.undoing import take_back_documents
from consignment.drafts import (
    AmendmentDraft,
    AnswerDraft,
    DisputeDraft,
    EndDraft,
    PartnerDraft,
    PartnerKeyDraft,
    StatementDraft,
)
from consignment.operations.contracts import amend_contracts, end_contracts, sign_contracts
from consignment.operations.disputing import answer_disputes, dispute_lines
from consignment.operations.drafting import draft_statements
from consignment.operations.issuing import confirm_statements, issue_statements
from consignment.operations.partners import create_partner_keys, save_partners
from feedback.drafts import AnswerDraft as ReplyDraft
from feedback.drafts import ItemDraft, LinkDraft, TriageDraft
from feedback.models import FeedbackItem
from feedback.operations import sorting, working
from feedback.operations.receiving import drop_brands, receive_items, undo_items
from ops_portal.accounts.models import User
from ops_portal.desk.operations.assigning import Assignment, assign_documents, take_next
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.numbers import take_gapless
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import InterceptDraft, RefundDraft, ShipmentDraft
from orders.models import Order
from orders.operations import moving
from orders.operations.brand_shipping import ship_from_brands
from orders.operations.changing import ChangeDraft, change_orders, restore_orders
from orders.operations.facts import hash_of
from orders.operations.intercepting import settle_intercepts
from orders.operations.placing import place_orders, take_in_orders
from orders.operations.refunding import move_refunds
from orders.operations.undoing import take_back_orders, undo_orders
from orders.operations.waiting import serve_waiting_orders
from orders.tasks import serve_waiting
from tests.consignment.conftest import (
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    agency_shop,
    drafted,
    issued,
    make_contract,
    make_partner,
    sell,
)
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive
from tests.house.alert_scenes import ALERT_SCENES
from tests.house.bin_scenes import BIN_SCENES
from tests.house.channel_scenes import CHANNEL_SCENES
from tests.house.count_scenes import COUNT_SCENES
from tests.house.goods_scenes import GOODS_SCENES
from tests.house.inbound_scenes import INBOUND_SCENES
from tests.house.listing_scenes import LISTING_SCENES
from tests.house.outbox_scenes import OUTBOX_SCENES
from tests.house.pack_scenes import PACK_SCENES
from tests.house.paper_scenes import PAPER_SCENES
from tests.house.supply_scenes import SUPPLY_SCENES

pytestmark = pytest.mark.django_db

NOTED = re.compile(r"^\| (\d+) \| [^|]+ \| `(\w+)` \|$", re.MULTILINE)
LOCK_ORDER = [
    table
    for _rank, table in NOTED.findall((Path(settings.BASE_DIR) / "docs" / "architecture.md").read_text())
]
KEY_OF = {
    model._meta.db_table: model._meta.pk.column
    for model in apps.get_models()
    if model._meta.db_table in LOCK_ORDER
}
SELECT_TO_LOCK = re.compile(
    r'(FROM "?(\w+)"?(?: (?!WHERE|JOIN|INNER|LEFT)(\w+))?\s.*?) FOR (?:NO KEY )?UPDATE', re.DOTALL
)
VERSIONS = " UNION ALL ".join(
    f"SELECT '{table}', {key}::text, ctid::text FROM {table}" for table, key in KEY_OF.items()
)


def versions() -> dict[str, dict[str, str]]:
    """Return, by table and key, where each row's version stands: another place after an update."""
    found: dict[str, dict[str, str]] = {table: {} for table in KEY_OF}
    with connection.connection.cursor() as cursor:
        cursor.execute(VERSIONS)
        for table, key, place in cursor.fetchall():
            found[table][key] = place
    return found


def rows_selected(sql: str, params: object) -> dict[str, set[str]]:
    """Return the keys of the rows that one statement selects to lock, by table."""
    match = SELECT_TO_LOCK.search(sql)
    if match is None or match.group(2) not in KEY_OF:
        return {}
    source, table, alias = match.groups()
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SELECT {alias or table}.{KEY_OF[table]}::text {source}", params)
        return {table: {key for (key,) in cursor.fetchall()}}


def record(act: Callable[[], object]) -> list[str]:
    """Return the tables in which ``act`` locks rows that stood before it, in sequence.

    A table is named again where more of its rows are locked after those of another; a row that is locked already,
    or that was born in the act, where nobody else can lock it, counts for nothing.
    """
    taken: list[str] = []
    stood = versions()
    locked: dict[str, set[str]] = {table: set() for table in KEY_OF}

    def note(table: str, keys: set[str]) -> None:
        new = (keys & stood[table].keys()) - locked[table]
        locked[table].update(new)
        if new and taken[-1:] != [table]:
            taken.append(table)

    def watch(execute, sql, params, many, context):
        for table, keys in rows_selected(sql, params).items():
            note(table, keys)
        before = versions()
        answer = execute(sql, params, many, context)
        after = versions()
        for table in LOCK_ORDER:
            written = {key for key, place in before[table].items() if after[table].get(key) != place}
            note(table, written)
        return answer

    with connection.execute_wrapper(watch):
        act()
    return taken


@pytest.fixture
def house():
    north, south = make_warehouse("NORTH"), make_warehouse("SOUTH")
    skus = [make_sku("A"), make_sku("D", tracks_batches=True)]
    receive(skus[0], 50, warehouse=north)
    receive(skus[1], 50, warehouse=north, batch="B1")
    return north, south, skus, make_shop("S1")


def line(sku, place, way, units=1):
    batch = "B1" if sku.tracks_batches else ""
    return StockLineDraft(sku.pk, place.pk, OWN, units, *way, batch_code=batch)


def placed(house, status: OrderStatus = OrderStatus.CREATED) -> int:
    _north, _south, skus, shop = house
    pk = place_orders([order_draft(shop, (skus[0], 1), (skus[1], 1))], actor=ACTOR, at=NOON).one().id
    course = [
        (OrderStatus.REVIEWED, lambda: moving.review_orders([pk], actor=ACTOR, at=NOON)),
        (OrderStatus.PICKED, lambda: moving.pick_orders([pk], actor=ACTOR, at=NOON)),
        (OrderStatus.PACKED, lambda: moving.pack_orders([pk], actor=ACTOR, at=NOON)),
        (
            OrderStatus.SHIPPED,
            lambda: moving.ship_orders([ShipmentDraft(pk, "SF", f"W{pk}")], actor=ACTOR, at=NOON),
        ),
        (OrderStatus.DELIVERED, lambda: moving.deliver_orders([pk], actor=ACTOR, at=NOON)),
    ]
    for reached, step in course:
        if Order.objects.get(pk=pk).status == status:
            break
        step()
        assert Order.objects.get(pk=pk).status == reached
    return pk


def at_a_brand(house):
    """Return the shipping of 2 orders by the brand in whose warehouse they lie."""
    Warehouse.objects.filter(pk=house[0].pk).update(kind="brand", brand=house[2][0].product.brand)
    drafts = [ShipmentDraft(placed(house, OrderStatus.REVIEWED), "SF", f"W{n}") for n in range(2)]
    return lambda: ship_from_brands([*drafts, drafts[0]], actor=ACTOR, at=NOON)


def changed(house) -> tuple[int, ChangeDraft]:
    """Return an order and other things to say of it."""
    draft = order_draft(house[3], (house[2][1], 1), number="CHANGED")
    pk = take_in_orders([draft], actor=ACTOR, at=NOON).one().id
    said = replace(draft, remark="leave at the door")
    return pk, ChangeDraft(pk, said, hash_of(said))


def changing(house):
    _pk, said = changed(house)
    return lambda: change_orders([said], actor=ACTOR, at=NOON)


def restoring(house):
    pk, said = changed(house)
    before = change_orders([said], actor=ACTOR, at=NOON).one().before
    return lambda: restore_orders({pk: before}, actor=ACTOR, at=NOON)


def taking_in_twice(house):
    """The first round takes stock for the new order; only the second changes the one that stands."""
    _north, _south, skus, shop = house
    standing, new = (order_draft(shop, (skus[0], 1), number=number) for number in ("STANDS", "NEW"))
    take_in_orders([standing], actor=ACTOR, at=NOON)
    drafts = [new, standing, replace(standing, remark="late"), replace(new, remark="late")]
    return lambda: take_in_orders(drafts, actor=ACTOR, at=NOON)


def serving(house):
    """Nothing can be served: the stretch of the queue is passed over."""
    take_in_orders([order_draft(house[3], ("NOWHERE", 1))], actor=ACTOR, at=NOON)
    return serve_waiting


def undoing_a_run(house):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        path.write_text(
            "platform_number,placed_at,sku,units,unit_price,remark\nT1,2026-11-11 10:00:00,A,1,10.00,\n",
            "utf-8",
        )
        given = prepare(kind_of("orders.standard"), path, Options(shop="S1"))
        run = import_file(given, actor=ACTOR)
    return lambda: undo_runs([run.pk], actor=ACTOR, at=timezone.now()).one()


def settling(house):
    pk = placed(house, OrderStatus.SHIPPED)
    move_refunds(
        [RefundDraft(pk, RefundStatus.REQUESTED, order_draft(house[3]).freight)], actor=ACTOR, at=NOON
    )
    return lambda: settle_intercepts([InterceptDraft(pk, "returned")], actor=ACTOR, at=NOON)


def asked(house, until: OrderStatus = OrderStatus.DELIVERED) -> CaseDraft:
    """Return a case of both lines of an order that was led so far."""
    order = Order.objects.get(pk=placed(house, until))
    lines = tuple(CaseLineDraft(line.pk, 1) for line in order.lines.order_by("position"))
    return CaseDraft(order.pk, CaseKind.RETURN, Reason.QUALITY, lines)


def case_of(house, *steps: Callable, until: OrderStatus = OrderStatus.DELIVERED) -> Case:
    """Return a case that was led through ``steps``."""
    case = open_cases([asked(house, until)], actor=ACTOR, at=NOON).one()
    for step in steps:
        case = step([case.pk], actor=ACTOR, at=NOON).one()
    return case


def finding(case: Case) -> InspectionDraft:
    """Return what inspection finds where all is well."""
    rows = ReturnedGoods.objects.filter(case_line__case=case)
    return InspectionDraft(case.pk, tuple(GradeDraft(row.pk, resell=row.units) for row in rows))


def inspect(ids, **given):
    return goods.inspect_cases([finding(Case.objects.get(pk=ids[0]))], **given)


def returned(house) -> list[returning.ReturnRequest]:
    """Return what may come back of an order that is over."""
    order = Order.objects.get(pk=placed(house, OrderStatus.DELIVERED))
    moving.complete_orders([order.pk], actor=ACTOR, at=NOON).one()
    items = tuple(
        returning.ReturnItem(1, line.position, line.sku_id, 1) for line in order.lines.order_by("position")
    )
    return [returning.ReturnRequest("order", order.number, "case", "X", items)]


def graded(house) -> list[returning.GradedPart]:
    """Return parts that were received and are to be booked."""
    parts = returning.receive_returned(returned(house), actor=ACTOR, at=NOON).one()
    return [
        returning.GradedPart(f"X:{part.reservation_id}", "case", "X", part.stock_id, part.batch_id, 1, 0, 0)
        for part in parts
    ]


CASE = ["aftersales_case"]
ON_A_CASE = {  # by the verb: the steps before it, and what it locks
    "approve_cases": (deciding.approve_cases, (), CASE),
    "reject_cases": (
        lambda ids, **given: deciding.reject_cases(ids, reason="why", **given),
        (),
        [*CASE, "orders_order"],
    ),
    "withdraw_cases": (deciding.withdraw_cases, (), [*CASE, "orders_order"]),
    "send_back": (
        lambda ids, **given: goods.send_back([SentBackDraft(ids[0], "SF", "B")], **given),
        (deciding.approve_cases,),
        CASE,
    ),
    "receive_cases": (
        goods.receive_cases,
        (deciding.approve_cases,),
        [*CASE, "orders_order", "catalog_reservation", "catalog_stock", "catalog_batchstock"],
    ),
    "inspect_cases": (
        inspect,
        (deciding.approve_cases, goods.receive_cases),
        [*CASE, "orders_order", "catalog_stock", "catalog_batchstock"],
    ),
    "refund_cases": (
        lambda ids, **given: refunding.refund_cases([PaymentDraft(ids[0])], **given),
        (deciding.approve_cases,),
        [*CASE, "orders_order"],
    ),
    "refuse_refunds": (
        lambda ids, **given: refunding.refuse_refunds(ids, reason="why", **given),
        (deciding.approve_cases, goods.receive_cases, inspect),
        [*CASE, "orders_order"],
    ),
    "close_cases": (refunding.close_cases, (), CASE),
}


def money_of(house) -> Case:
    """Return an approved case that asks for all the money of an order that was not shipped."""
    draft = replace(asked(house, OrderStatus.CREATED), kind=CaseKind.REFUND_ONLY)
    case = open_cases([draft], actor=ACTOR, at=NOON).one()
    return deciding.approve_cases([case.pk], actor=ACTOR, at=NOON).one()


def over_case(house) -> Case:
    """Return an approved case of an order whose sale is over."""
    case = case_of(house, deciding.approve_cases)
    moving.complete_orders([case.order_id], actor=ACTOR, at=NOON).one()
    return case


def intercepting(house):
    pk = placed(house, OrderStatus.SHIPPED)
    moving.cancel_orders([pk], actor=ACTOR, at=NOON).one()
    return lambda: open_intercepted(actor=ACTOR, at=NOON)


S = OrderStatus
ALL_HELD = ["orders_order", "catalog_reservation", "catalog_stock", "catalog_batchstock"]
SCENES: dict[str, tuple[Callable, list[str]]] = {
    **OUTBOX_SCENES,
    **ALERT_SCENES,
    **BIN_SCENES,
    **CHANNEL_SCENES,
    **GOODS_SCENES,
    **INBOUND_SCENES,
    **LISTING_SCENES,
    **PACK_SCENES,
    **PAPER_SCENES,
    **SUPPLY_SCENES,
    **COUNT_SCENES,
    "place_orders": (lambda h: lambda: placed(h), ["catalog_stock", "catalog_batchstock"]),
    "take_in_orders": (
        lambda h: lambda: take_in_orders([order_draft(h[3], (h[2][1], 99))], actor=ACTOR, at=NOON),
        ["catalog_stock", "catalog_batchstock"],
    ),
    "review_orders": (
        lambda h: (lambda pk: lambda: moving.review_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ["orders_order"],
    ),
    "ship_orders": (
        lambda h: (
            lambda pk: lambda: moving.ship_orders([ShipmentDraft(pk, "SF", "W")], actor=ACTOR, at=NOON)
        )(placed(h, S.PACKED)),
        ALL_HELD,
    ),
    "ship_from_brands": (at_a_brand, ALL_HELD),
    "complete_orders": (
        lambda h: (lambda pk: lambda: moving.complete_orders([pk], actor=ACTOR, at=NOON))(
            placed(h, S.DELIVERED)
        ),
        ALL_HELD,
    ),
    "close_unpaid_orders": (
        lambda h: (
            lambda pk: (
                Order.objects.filter(pk=pk).update(paid_at=None)
                and (lambda: moving.close_unpaid_orders([pk], actor=ACTOR, at=NOON))
            )
        )(placed(h)),
        ALL_HELD,
    ),
    "cancel_orders": (
        lambda h: (lambda pk: lambda: moving.cancel_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ALL_HELD,
    ),
    "move_refunds": (
        lambda h: (
            lambda pk: (
                lambda: move_refunds(
                    [RefundDraft(pk, RefundStatus.REQUESTED, order_draft(h[3]).freight)], actor=ACTOR, at=NOON
                )
            )
        )(placed(h)),
        ["orders_order"],
    ),
    "settle_intercepts": (settling, ALL_HELD),
    "undo_orders": (
        lambda h: (lambda pk: lambda: undo_orders([pk], actor=ACTOR, at=NOON))(placed(h)),
        ALL_HELD,
    ),
    "serve_waiting_orders": (
        lambda h: (lambda _short, _came: lambda: serve_waiting_orders(actor=ACTOR, at=NOON))(
            take_in_orders([order_draft(h[3], (h[2][1], 99))], actor=ACTOR, at=NOON),
            receive(h[2][1], 99, warehouse=h[0], batch="B1"),
        ),
        ["orders_order", "catalog_stock", "catalog_batchstock"],
    ),
    "post_stock_documents": (
        lambda h: (
            lambda: post_stock_documents(
                [
                    StockDocumentDraft(
                        StockDocumentKind.ADJUSTMENT,
                        (line(h[2][1], h[0], (StockState.AVAILABLE, StockState.DAMAGED)),),
                    )
                ],
                actor=ACTOR,
                at=NOON,
            )
        ),
        ["catalog_stock", "catalog_batchstock"],
    ),
    "receive_transfers": (
        lambda h: (lambda sent: lambda: receive_transfers(sent, actor=ACTOR, at=NOON))(
            post_stock_documents(
                [
                    StockDocumentDraft(
                        StockDocumentKind.TRANSFER,
                        (line(h[2][1], h[0], (StockState.AVAILABLE, StockState.IN_TRANSIT)),),
                        to_warehouse_id=h[1].pk,
                    )
                ],
                actor=ACTOR,
                at=NOON,
            ).done
        ),
        ["catalog_stockdocument", "catalog_stock", "catalog_batchstock"],
    ),
    "undo_stock_documents": (
        lambda h: (
            lambda: undo_stock_documents(
                list(StockDocument.objects.filter(kind=StockDocumentKind.RECEIPT)), actor=ACTOR, at=NOON
            )
        ),
        ["catalog_stockdocument", "catalog_stock", "catalog_batchstock"],
    ),
    "take_gapless": (
        lambda h: (lambda _first: lambda: take_gapless("statement"))(take_gapless("statement")),
        ["lib_numberseries"],
    ),
    "take_in_orders, a number twice": (taking_in_twice, ["orders_order", "catalog_stock"]),
    "take_back_orders": (
        lambda h: (lambda done: lambda: take_back_orders([done], actor=ACTOR, at=NOON))(
            SimpleNamespace(object_id=placed(h), what="created", before=None, at=NOON, restored_at=())
        ),
        ALL_HELD,
    ),
    "cancel_orders, held and under way": (
        lambda h: (lambda ids: lambda: moving.cancel_orders(ids, actor=ACTOR, at=NOON))(
            [placed(h, S.SHIPPED), placed(h)]
        ),
        ALL_HELD,
    ),
    "serve_waiting_orders, in the task": (serving, ["orders_order"]),
    "change_orders": (changing, ["orders_order"]),
    "restore_orders": (restoring, ["orders_order"]),
    "undo_runs": (undoing_a_run, ["intake_importrun", *ALL_HELD[:-1]]),
    "pick_orders": (
        lambda h: (lambda pk: lambda: moving.pick_orders([pk], actor=ACTOR, at=NOON))(placed(h, S.REVIEWED)),
        ALL_HELD[:-1],
    ),
    "pack_orders": (
        lambda h: (lambda pk: lambda: moving.pack_orders([pk], actor=ACTOR, at=NOON))(placed(h, S.PICKED)),
        ["orders_order"],
    ),
    "deliver_orders": (
        lambda h: (lambda pk: lambda: moving.deliver_orders([pk], actor=ACTOR, at=NOON))(
            placed(h, S.SHIPPED)
        ),
        ["orders_order"],
    ),
    "receive_items": (
        lambda h: lambda: receive_items([ItemDraft("1", "good", shop=h[3])], actor=ACTOR, at=NOON),
        [],
    ),
    **{
        name: (
            lambda h, settle=settle, status=status: (
                lambda pk: lambda: settle("order", [Order.objects.get(pk=pk).number], actor=ACTOR, at=NOON)
            )(placed(h, status)),
            ALL_HELD[1:],
        )
        for name, settle, status in (
            ("release_reservations", promised.release_reservations, S.CREATED),
            ("ship_reserved", promised.ship_reserved, S.CREATED),
            ("sell_shipped", promised.sell_shipped, S.SHIPPED),
            ("intercept_shipped", promised.intercept_shipped, S.SHIPPED),
        )
    },
    **{
        reserve.__name__: (
            lambda h, reserve=reserve: (
                lambda: reserve(
                    [ReservationRequest("order", "X", (), (ReservationItem(1, h[2][1].pk, 1),))],
                    actor=ACTOR,
                    at=NOON,
                )
            ),
            ["catalog_stock", "catalog_batchstock"],
        )
        for reserve in (reserve_stock, reserve_for_new)
    },
    "take_back_documents": (
        lambda h: (
            lambda: take_back_documents(
                [
                    SimpleNamespace(object_kind="stock_document", object_id=pk, what="created", before=None)
                    for pk in StockDocument.objects.order_by("-pk").values_list("pk", flat=True)
                ],
                actor=ACTOR,
                at=NOON,
            )
        ),
        ["catalog_stockdocument", "catalog_stock", "catalog_batchstock"],
    ),
}
SCENES |= {
    "open_cases": (
        lambda h: (lambda draft: lambda: open_cases([draft], actor=ACTOR, at=NOON))(asked(h)),
        ["orders_order"],
    ),
    "open_intercepted": (intercepting, ["orders_order"]),
    "receive_returned": (
        lambda h: (lambda sent: lambda: returning.receive_returned(sent, actor=ACTOR, at=NOON))(returned(h)),
        ALL_HELD[1:],
    ),
    "grade_returned": (
        lambda h: (lambda parts: lambda: returning.grade_returned(parts, actor=ACTOR, at=NOON))(graded(h)),
        ALL_HELD[2:],
    ),
    **{
        name: (
            lambda h, verb=verb, steps=steps: (lambda case: lambda: verb([case.pk], actor=ACTOR, at=NOON))(
                case_of(h, *steps)
            ),
            expected,
        )
        for name, (verb, steps, expected) in ON_A_CASE.items()
    },
    "receive_cases, of a sale that is over and of one that is not": (
        lambda h: (lambda ids: lambda: goods.receive_cases(ids, actor=ACTOR, at=NOON))(
            [case_of(h, deciding.approve_cases).pk, over_case(h).pk]
        ),
        [*CASE, "orders_order", "catalog_reservation", "catalog_stock", "catalog_batchstock"],
    ),
    "refund_cases, before shipping": (
        lambda h: (
            lambda case: lambda: refunding.refund_cases([PaymentDraft(case.pk)], actor=ACTOR, at=NOON)
        )(money_of(h)),
        [*CASE, *ALL_HELD],
    ),
}


def handing(house):
    """Hand an order and a case over, named in the sequence in which they are not locked."""
    boss = User.objects.create(username="boss", is_superuser=True)
    numbers = ("order", Order.objects.get(pk=placed(house)).number), ("case", case_of(house).number)
    drafts = [Assignment(kind, number, boss.pk) for kind, number in numbers]
    return lambda: assign_documents(drafts, actor=ACTOR, at=NOON)


def taking(house):
    boss = User.objects.create(username="boss", is_superuser=True)
    placed(house)
    return lambda: take_next("order", "order_review", user=boss, actor=ACTOR, at=NOON)


SCENES |= {
    "assign_documents, an order and a case": (handing, ["aftersales_case", "orders_order"]),
    "take_next": (taking, ["orders_order"]),
}


def settled(step: str) -> Callable:
    """Return a scene in which two statements and a dispute stand, and one of the verbs of settlement is done."""

    def prepare(house):
        make_sku("A1", brand="ACME")
        partner, shop = make_partner(), agency_shop("S1")
        contract = make_contract()
        sell(shop, ("A1", 1), at=DECEMBER - timedelta(days=10))
        first, last = (drafted(contract, month) for month in (OCTOBER, NOVEMBER))
        issued(first)
        disputed = None
        if step in ("confirm_statements", "dispute_lines", "answer_disputes"):
            line = issued(last).lines.get()
            if step == "answer_disputes":
                disputed = dispute_lines([DisputeDraft(line.pk, "no")], actor=ACTOR, at=DECEMBER).one().pk
        by = {"actor": ACTOR, "at": DECEMBER}
        day = DECEMBER.date()
        return {
            "save_partners": lambda: save_partners([PartnerDraft(partner.code, "new")], **by),
            "create_partner_keys": lambda: create_partner_keys([PartnerKeyDraft(partner.code)], **by),
            "amend_contracts": lambda: amend_contracts(
                [AmendmentDraft(contract.pk, day, "buyer_payment", Decimal("0.1"))], **by
            ),
            "sign_contracts": lambda: sign_contracts([contract.pk], **by),
            "end_contracts": lambda: end_contracts([EndDraft(contract.pk, day)], **by),
            "draft_statements": lambda: draft_statements([StatementDraft(contract.pk, NOVEMBER)], **by),
            "issue_statements": lambda: issue_statements([last.pk], **by),
            "confirm_statements": lambda: confirm_statements([last.pk], **by),
            "dispute_lines": lambda: dispute_lines([DisputeDraft(line.pk, "no")], **by),
            "answer_disputes": lambda: answer_disputes([AnswerDraft(disputed, False, "no")], **by),
        }[step]

    return prepare


CONTRACT, STATEMENTS = "consignment_contract", "consignment_statement"
SCENES |= {
    step: (settled(step), locks)
    for step, locks in {
        "save_partners": ["consignment_partner"],
        "create_partner_keys": ["consignment_partner"],
        "sign_contracts": [CONTRACT],
        "amend_contracts": [CONTRACT],
        "end_contracts": [CONTRACT],
        "draft_statements": [CONTRACT, STATEMENTS],
        "issue_statements": [CONTRACT, STATEMENTS, "lib_numberseries"],
        "confirm_statements": [STATEMENTS],
        "dispute_lines": [STATEMENTS],
        "answer_disputes": [CONTRACT, STATEMENTS, "consignment_linedispute"],
    }.items()
}


def said(house, *, twice: bool = False) -> FeedbackItem:
    """Return a ticket, and let it be said again where asked."""
    drafts = [ItemDraft(key, "broken", shop=house[3], rating=1) for key in ("1", "2")[: 1 + twice]]
    return FeedbackItem.objects.get(pk=receive_items(drafts, actor=ACTOR, at=NOON).done[0].id)


def paused(house) -> FeedbackItem:
    item = said(house)
    working.pause_items([item.number], actor=ACTOR, at=NOON).one()
    return item


def closed(house) -> FeedbackItem:
    item = said(house)
    working.reject_items([item.number], actor=ACTOR, at=NOON).one()
    return item


def working_on(operation, draft, make=said):
    return lambda h: (lambda item: lambda: operation([draft(item)], actor=ACTOR, at=NOON))(make(h))


def dropping_a_brand(house):
    item = said(house)
    undo_items([item.pk], actor=ACTOR, at=NOON)
    gone = SimpleNamespace(object_kind="brand", object_id=0, what="created", before=None)
    return lambda: drop_brands([gone], actor=ACTOR, at=NOON)


TICKET = ["feedback_feedbackitem"]
SCENES |= {
    "receive_items, said anew": (
        lambda h: (
            lambda _item: (
                lambda: receive_items([ItemDraft("1", "mended", shop=h[3], rating=5)], actor=ACTOR, at=NOON)
            )
        )(said(h)),
        TICKET,
    ),
    "undo_items": (working_on(undo_items, lambda item: item.pk), TICKET),
    "undo_items, of what was said twice": (
        working_on(undo_items, lambda item: item.pk, lambda h: said(h, twice=True)),
        TICKET,
    ),
    "take_items": (working_on(working.take_items, lambda item: item.number), TICKET),
    "triage_items": (
        working_on(sorting.triage_items, lambda item: TriageDraft(item.number, priority="P0")),
        TICKET,
    ),
    "link_items": (working_on(sorting.link_items, lambda item: LinkDraft(item.number)), TICKET),
    "answer_items": (
        working_on(working.answer_items, lambda item: ReplyDraft(item.number, "sorry")),
        TICKET,
    ),
    "close_items": (
        lambda h: (
            lambda item: (
                lambda: working.close_items([item.number], actor=ACTOR, at=NOON, reason="handed_over")
            )
        )(said(h)),
        TICKET,
    ),
    "reject_items": (working_on(working.reject_items, lambda item: item.number), TICKET),
    "reopen_items": (working_on(working.reopen_items, lambda item: item.number, closed), TICKET),
    "pause_items": (working_on(working.pause_items, lambda item: item.number), TICKET),
    "resume_items": (working_on(working.resume_items, lambda item: item.number, paused), TICKET),
    "drop_brands": (dropping_a_brand, []),
}
LOCKS_NOTHING_OF_THESE = {
    "create_shops", "draft_contracts", "forget_attempts",
    "save_keywords", "save_prohibited_words", "take_back_words",
    "roll_up_demand", "save_supply_terms", "take_back_terms",
    "save_categories", "make_bins",
}  # fmt: skip


def operations() -> set[str]:
    """Return the names of all operations of the floors that lock most."""
    return {
        name
        for package in (
            catalog.operations,
            orders.operations,
            aftersales.operations,
            feedback.operations,
            ops_portal.outbox.operations,
            consignment.operations,
        )
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
        for name, found in vars(importlib.import_module(module.name)).items()
        if getattr(found, "is_operation", False) and found.__module__ == module.name
    }


def test_every_operation_is_recorded():
    recorded = {name.split(",")[0] for name in SCENES}
    assert operations() - recorded == LOCKS_NOTHING_OF_THESE


@pytest.mark.parametrize("name", SCENES)
def test_an_operation_locks_downwards(name, house):
    prepare, expected = SCENES[name]
    taken = record(prepare(house))
    assert taken == expected
    assert taken == sorted(taken, key=LOCK_ORDER.index)


def test_the_order_names_its_tables():
    assert len(LOCK_ORDER) == len(set(LOCK_ORDER)) >= 6
