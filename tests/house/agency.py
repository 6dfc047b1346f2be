"""A small agency with two of everything, and everyone who may come to its doors.

What belongs to brand ACME and shop S1 comes first, so that the oldest row of each table is theirs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from PIL import Image

from aftersales.choices import CaseKind, Reason
from aftersales.drafts import CaseDraft, CaseLineDraft
from aftersales.operations.opening import open_cases
from analytics.choices import Cause, OptimisationStatus
from analytics.models import Optimisation
from catalog.choices import OWN, CheckKind, MediaRole, StockDocumentKind, WarehouseKind
from catalog.drafts import (
    BundleDraft,
    ComponentDraft,
    ListingDraft,
    MediaDraft,
    PackDraft,
    PackPicture,
    PriceChangeDraft,
    PriceDraft,
    RequestDraft,
    RequestLineDraft,
    StockDocumentDraft,
    StockLineDraft,
    StocktakeDraft,
)
from catalog.models import (
    Attribute,
    Bin,
    Brand,
    Category,
    ChannelStockRule,
    CheckRule,
    CountPlan,
    GoodsCheck,
    Keyword,
    Listing,
    ListingRule,
    ListingRuleHit,
    ListingRuling,
    ListingVersion,
    PlatformAttribute,
    PlatformCategory,
    ProhibitedWord,
    Sku,
    Stock,
    StockAlert,
    StockLimit,
    Warehouse,
    Zone,
)
from catalog.models import Channel as SalesChannel
from catalog.operations.bins import PutAwayDraft, put_away
from catalog.operations.documents import post_stock_documents
from catalog.operations.goods import save_bundles
from catalog.operations.listings import draft_listings
from catalog.operations.media import keep_media
from catalog.operations.packs import receive_packs
from catalog.operations.price_changes import propose_prices
from catalog.operations.prices import set_prices
from catalog.operations.requests import approve_requests, request_stock
from catalog.operations.stocktaking import open_stocktakes
from catalog.views.floor import CHOSEN
from consignment.choices import CommissionBase, ContractMode
from consignment.drafts import ContractDraft, DisputeDraft, PartnerDraft, StatementDraft
from consignment.models import Contract, StatementLine
from consignment.operations.contracts import draft_contracts, sign_contracts
from consignment.operations.disputing import dispute_lines
from consignment.operations.drafting import draft_statements
from consignment.operations.issuing import issue_statements
from consignment.operations.partners import save_partners
from feedback.choices import Channel
from feedback.drafts import AnswerDraft as ReplyDraft
from feedback.drafts import ItemDraft, TriageDraft
from feedback.operations.receiving import receive_items
from feedback.operations.sorting import triage_items
from feedback.operations.working import answer_items, reopen_items
from ops_portal.accounts.choices import Access, GrantKind, Role
from ops_portal.accounts.models import AccessRecord, Department, Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.models import Handover, Note, Pause, SavedView, Team
from ops_portal.desk.operations.background import queue_runs
from ops_portal.intake.drafts import RunDraft
from ops_portal.intake.kinds import Options
from ops_portal.intake.models import RejectedRow
from ops_portal.intake.operations.runs import open_runs
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.outbox.drafts import Answer, EndpointDraft, EventDraft
from ops_portal.outbox.operations.delivering import AnswerDraft, claim_deliveries, record_answers
from ops_portal.outbox.operations.endpoints import open_endpoints
from ops_portal.outbox.operations.recording import record
from orders.choices import RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.models import Order, Oversale, Shop
from orders.operations.moving import pack_orders, pick_orders, review_orders, ship_orders
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from tests.factories import ACTOR, NOON, make_shop, make_sku, make_warehouse, order_draft, receive
from tests.house.channel_scenes import show_some
from tests.house.inbound_scenes import expect_deliveries
from tests.house.supply_rows import want_more

SIGN_IN = "ops_portal.accounts.backends.RoleBackend"
FAR_SHOP = "The faraway shop"
REMARK = "leave it with the neighbour"


@dataclass(frozen=True)
class Caller:
    """Somebody at a door: a browser with a session, a script with a key, or neither."""

    name: str
    client: Client
    key: str = ""

    def get(self, address: str, **query: str) -> HttpResponse:
        return self.client.get(address, query, headers=self.headers)

    def post(self, address: str, body: Any = None) -> HttpResponse:
        """Send JSON to the API and a form to every other address."""
        if address.startswith("/api/"):
            text = json.dumps({} if body is None else body)
            return self.client.post(address, text, content_type="application/json", headers=self.headers)
        return self.client.post(address, body or {}, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}


def at_the_door(name: str, user: User | None = None, *, key: str = "") -> Caller:
    """Return a caller; with ``user``, one who is signed in."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend=SIGN_IN)
        session = client.session
        session[CHOSEN] = "MAIN"  # where they work, on the warehouse floor
        session.save()
    return Caller(name, client, key)


# Who comes to the doors: (name, role, shops, brands). Partners are no staff; one was let in by mistake.
STAFF = {
    "office_partner": (Role.BRAND_PARTNER, (), ("ACME",)),
    "service": (Role.CUSTOMER_SERVICE, ("S1",), ()),
    "operator": (Role.ONSITE_OPERATOR, ("S1",), ()),
    "warehouse": (Role.WAREHOUSE, ("S1", "S2"), ("ACME", "BOLT")),
    "manager": (Role.OPERATIONS_MANAGER, (), ()),
}
CALLERS = ("stranger", "partner", "partner_key", "stock_key", *STAFF, "root")
OFFICE = frozenset({*STAFF, "root"})


def person(name: str, *roles: Role, shops: Any = (), brands: Any = (), **fields: Any) -> User:
    """Let somebody in, without a password: hashing one takes longer than all else here."""
    with acting_as(ACTOR):
        user = User(username=name, roles=list(roles), **{"is_staff": True, **fields})
        user.set_unusable_password()
        user.save()
        Grant.objects.bulk_create(
            Grant(user=user, kind=kind, code=code)
            for kind, codes in ((GrantKind.SHOP, shops), (GrantKind.BRAND, brands))
            for code in codes
        )
    return user


def new_key(role: Role, **more: Any) -> str:
    """Return the text of a new key."""
    return create_api_keys([ApiKeyDraft(roles=(role,), **more)], actor=ACTOR, at=timezone.now()).one().text


def everyone() -> dict[str, Caller]:
    """Return a caller for each of ``CALLERS``."""
    callers = [
        at_the_door("stranger"),
        at_the_door("partner", person("partner", Role.BRAND_PARTNER, brands=("ACME",), is_staff=False)),
        at_the_door("partner_key", key=new_key(Role.BRAND_PARTNER, brands=("ACME",))),
        at_the_door("stock_key", key=new_key(Role.OPERATIONS_MANAGER, scopes=("stock:read",))),
        *(
            at_the_door(name, person(name, role, shops=shops, brands=brands))
            for name, (role, shops, brands) in STAFF.items()
        ),
        at_the_door("root", person("root", is_superuser=True)),
    ]
    write_papers(User.objects.get(username="root"))
    assert [caller.name for caller in callers] == list(CALLERS)
    acting = User.objects.filter(roles__contains=[Role.BRAND_PARTNER]).values_list("pk", flat=True)
    save_partners([PartnerDraft("P-ACME", user_ids=list(acting))], actor=ACTOR, at=NOON).one()
    return {caller.name: caller for caller in callers}


def write_papers(root: User) -> None:
    """Leave what a desk writes about a document, and a view that nobody shares."""
    of = {"document_kind": "order", "document_number": "SO0"}
    Handover.objects.create(**of, to_user=root, actor="person:root", at=NOON)
    Note.objects.create(**of, text="a note", author=root, actor="person:root", at=NOON)
    Pause.objects.create(**of, since=NOON, reason="waiting")
    SavedView.objects.create(owner=root, name="mine", path="/admin/orders/order/", created_at=NOON)


@dataclass
class Agency:
    """What stands in the house. ``orders`` by a word that says what they are."""

    shops: dict[str, Shop]
    skus: dict[str, Sku]
    warehouse: Warehouse
    orders: dict[str, Order] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)

    def stock(self, code: str) -> Stock:
        return Stock.objects.get(sku=self.skus[code])

    def oldest(self, label: str) -> Any:
        """Return the oldest row of a model: that of ACME and S1 where it belongs to anybody."""
        row = apps.get_model(label)._default_manager.order_by("pk").first()
        assert row is not None, f"Make a {label} in tests/house/agency.py."
        return row


def open_agency() -> Agency:
    """Return an agency with two brands, two shops, orders of each kind, and a row in every table with a page."""
    main = make_warehouse("MAIN")
    skus = {
        "A1": make_sku("A1", brand="ACME"),
        "A2": make_sku("A2", brand="ACME", tracks_batches=True),
        "AA": make_sku("AA", brand="ACME"),
        "B1": make_sku("B1", brand="BOLT"),
        "BB": make_sku("BB", brand="BOLT"),
    }
    receive(skus["A1"], 100, warehouse=main)
    receive(skus["A2"], 100, warehouse=main, batch="ABATCH")
    receive(skus["B1"], 100, warehouse=main)
    put_some_away(main, skus)
    bundles = [
        BundleDraft(code, (ComponentDraft(part, 2, Decimal(1)),))
        for code, part in (("AA", "A1"), ("BB", "B1"))
    ]
    save_bundles(bundles, actor=ACTOR, at=NOON)
    prices = [PriceDraft(code, Decimal("11.00")) for code in ("A1", "B1")]
    set_prices(prices, actor=ACTOR, at=NOON)
    shops = {code: make_shop(code) for code in ("S1", "S2")}
    with acting_as(ACTOR):
        Shop.objects.filter(code="S2").update(name=FAR_SHOP)
    agency = Agency(shops, skus, main)
    offer_some()
    place_some(agency)
    settle_some(agency)
    take_back_some(agency)
    say_something(agency)
    send_files(agency)
    send_material()
    ask_for_prices()
    check_the_goods()
    work_over_listings()
    expect_deliveries()
    ask_for_stock()
    take_stock(main)
    want_more(main)
    show_some(skus)
    tell_a_partner()
    watch_the_stock()
    fill_the_machinery()
    return agency


def put_some_away(warehouse: Warehouse, skus: dict[str, Sku]) -> None:
    """Put goods of each brand into one bin, so that who sees the bin sees them, or not."""
    zone = Zone.objects.create(warehouse=warehouse, code="STORE")
    Bin.objects.create(zone=zone, warehouse=warehouse, code="A-01")
    drafts = [PutAwayDraft(warehouse.pk, skus[code].pk, "A-01", 50, f"put:{code}") for code in ("A1", "B1")]
    assert not put_away(drafts, actor=ACTOR, at=NOON).refused


def ask_for_stock() -> None:
    """Leave a request that waits for each brand's goods, and send goods of each back to their owner."""
    boss = Principal("person", "boss", person("stock-boss", Role.MANAGEMENT).pk, frozenset({Role.MANAGEMENT}))
    for code in ("A1", "B1"):
        line = RequestLineDraft(code, OWN, 1, "available", "outside")
        drafts = [
            RequestDraft("adjustment", "sample", "MAIN", (line,)),
            RequestDraft("return_to_owner", "slow", "MAIN", (line,)),
        ]
        _waits, goes = request_stock(drafts, actor=ACTOR, at=NOON).done
        assert not approve_requests([goes.number], actor=boss, at=NOON).refused
    far = make_warehouse("FAR")
    main, sku = make_warehouse("MAIN"), Sku.objects.get(code="A1")
    line = StockLineDraft(sku.pk, main.pk, OWN, 1, "available", "in_transit")
    paper = StockDocumentDraft(StockDocumentKind.TRANSFER, (line,), to_warehouse_id=far.pk)
    assert not post_stock_documents([paper], actor=ACTOR, at=NOON).refused


def offer_some() -> None:
    """Begin to offer a product of each brand, one in each shop."""
    drafts = [ListingDraft("S1", "P-A1"), ListingDraft("S2", "P-B1")]
    assert not draft_listings(drafts, actor=ACTOR, at=NOON).refused


def place_some(agency: Agency) -> None:
    """Take in orders: of one brand, of both, of the other shop, without lines, of a code that nobody knows."""
    one, two = agency.shops["S1"], agency.shops["S2"]
    skus = agency.skus
    bare = order_draft(one, number="BARE")
    drafts = {
        "mixed": replace(
            order_draft(one, (skus["A1"], 1), (skus["B1"], 2), number="MIXED"),
            remark=REMARK,
            freight=Decimal("7.77"),
        ),
        "own": order_draft(one, (skus["A1"], 3), number="OWN"),
        "foreign": order_draft(two, (skus["B1"], 4), number="FOREIGN", placed_at=NOON - timedelta(hours=1)),
        "bare": replace(bare, goods_amount=Decimal("50.00"), fate="recorded"),
        "unknown": order_draft(one, ("NOBODY-KNOWS", 1), number="UNKNOWN"),
        "far": order_draft(two, (skus["A1"], 1), (skus["B1"], 1), number="FAR"),
        "sent": order_draft(one, (skus["A2"], 1), number="SENT"),
        "sent_far": order_draft(two, (skus["B1"], 1), number="SENT-FAR"),
    }
    placed = take_in_orders(list(drafts.values()), actor=ACTOR, at=NOON).done
    agency.orders = {word: Order.objects.get(pk=done.id) for word, done in zip(drafts, placed, strict=True)}
    sent = [agency.orders[word].pk for word in ("sent", "sent_far")]
    for move in (review_orders, pick_orders, pack_orders):
        assert not move(sent, actor=ACTOR, at=NOON).refused
    parcels = [ShipmentDraft(sent[0], "SF", "WAYBILL-S1"), ShipmentDraft(sent[1], "SF", "WAYBILL-S2")]
    assert not ship_orders(parcels, actor=ACTOR, at=NOON).refused
    refunds = [
        RefundDraft(agency.orders[word].pk, RefundStatus.PARTLY, Decimal("1.00"))
        for word in ("own", "foreign")
    ]
    assert not move_refunds(refunds, actor=ACTOR, at=NOON).refused
    for word, sku in (("own", skus["A1"]), ("foreign", skus["B1"])):
        Oversale.objects.create(order=agency.orders[word], sku=sku, wanted=9, available=4, noted_at=NOON)


def settle_some(agency: Agency) -> None:
    """Issue to the partner of each brand a statement of November, of which it disputes the first line."""
    month = NOON.date().replace(day=1)
    opened, over = NOON - timedelta(days=30), NOON + timedelta(days=30)
    partners = [PartnerDraft(f"P-{brand}", f"Partner {brand}", (brand,)) for brand in ("ACME", "BOLT")]
    assert not save_partners(partners, actor=ACTOR, at=opened).refused
    terms = (ContractMode.SERVICE_FEE, CommissionBase.BUYER_PAYMENT, Decimal("0.1"), month)
    drawn = draft_contracts(
        [ContractDraft(partner.code, *terms, shop_codes=("S1", "S2")) for partner in partners],
        actor=ACTOR,
        at=opened,
    )
    contracts = [contract.pk for contract in drawn.done]
    assert not sign_contracts(contracts, actor=ACTOR, at=opened).refused
    made = draft_statements([StatementDraft(pk, month) for pk in contracts], actor=ACTOR, at=over).done
    assert not issue_statements([statement.pk for statement in made], actor=ACTOR, at=over).refused
    first = StatementLine.objects.filter(position=1).order_by("pk")
    assert not dispute_lines([DisputeDraft(line.pk, "wrong") for line in first], actor=ACTOR, at=over).refused
    assert Contract.objects.count() == 2


def take_back_some(agency: Agency) -> None:
    """Let the buyer of each parcel ask to send it back, for no money: so the orders are held by nothing."""
    for word, code in (("sent", "S1"), ("sent_far", "S2")):
        order = agency.orders[word]
        lines = (CaseLineDraft(order.lines.get().pk, 1, Decimal(0)),)
        draft = CaseDraft(order.pk, CaseKind.RETURN, Reason.OTHER, lines, source_key=f"ASKED-{code}")
        assert not open_cases([draft], actor=ACTOR, at=NOON).refused


def say_something(agency: Agency) -> None:
    """Let a customer of each shop speak."""
    items = [
        ItemDraft(
            source_key=f"F-{code}",
            text=f"words about {brand} in {code}",
            channel=Channel.REVIEW,
            brand_code=brand,
            shop=agency.shops[code],
            rating=4,
            received_at=NOON,
        )
        for code, brand in (("S1", "ACME"), ("S2", "BOLT"))
    ]
    numbers = [f"F{done.id}" for done in receive_items(items, actor=ACTOR, at=NOON).done]
    assert not reopen_items(numbers, actor=ACTOR, at=NOON).refused
    sortings = [TriageDraft(number, priority="P1") for number in numbers]
    assert not triage_items(sortings, actor=ACTOR, at=NOON).refused
    answers = [ReplyDraft(number, "thank you") for number in numbers]
    assert not answer_items(answers, actor=ACTOR, at=NOON).refused


def send_files(agency: Agency) -> None:
    """Let a file for each shop come in, with a row that could not be read."""
    drafts = [
        RunDraft(
            "orders.standard", f"{code}.csv", f"intake/{code}.csv", code.ljust(64, "0"), Options(shop=code)
        )
        for code in agency.shops
    ]
    for run in open_runs(drafts, actor=ACTOR, at=NOON).done:
        RejectedRow.objects.create(run=run, row_number=2, code="missing", cells=[f"cell of {run.shop_code}"])


def send_material() -> None:
    """Let the supplier of each brand send a pack with a picture."""
    for code in ("ACME", "BOLT"):
        with TemporaryDirectory() as folder:
            Image.new("RGB", (8, 8)).save(Path(folder, "a.png"))
            file = MediaDraft("a.png", Path(folder, "a.png"))
            brand = Brand.objects.get(code=code)
            shown = keep_media([file], brand=brand, actor=ACTOR, at=NOON).one()
        media = (PackPicture(shown.sha256, MediaRole.MAIN),)
        pack = PackDraft(code, f"Pack of {code}", media=media, source_key=f"PACK-{code}")
        assert not receive_packs([pack], actor=ACTOR, at=NOON).refused


def ask_for_prices() -> None:
    """Ask in each shop for a price below the floor."""
    with acting_as(ACTOR):
        Sku.objects.filter(code__in=("A1", "B1")).update(floor_price=Decimal("9.00"))
    for shop, sku in (("S1", "A1"), ("S2", "B1")):
        draft = PriceChangeDraft(((sku, Decimal("8.00")),), shop, reason=f"clearance of {sku}")
        propose_prices([draft], actor=ACTOR, at=NOON).one()


def take_stock(main: Warehouse) -> None:
    """Have the warehouse counted by plan; nobody has begun."""
    with acting_as(ACTOR):
        CountPlan.objects.create(warehouse=main)
    open_stocktakes([StocktakeDraft(main.code)], actor=ACTOR, at=NOON).one()


def check_the_goods() -> None:
    """Let goods of both brands wait to be looked at."""
    found = {"kind": CheckKind.NO_SALE, "figure": 1, "limit": 1, "days": 30, "quiet_days": 30}
    with acting_as(ACTOR):
        CheckRule.objects.create(kind=CheckKind.NO_SALE, limit=1)
        for code in ("A1", "B1"):
            sku = Sku.objects.get(code=code)
            GoodsCheck.objects.create(number=f"GC-{code}", sku=sku, created_at=NOON, updated_at=NOON, **found)


def work_over_listings() -> None:
    """Let the listing of each shop be worked over."""
    with acting_as(ACTOR):
        for version in ListingVersion.objects.select_related("listing").order_by("pk"):
            Optimisation.objects.create(
                number=f"OT-{version.pk}",
                listing=version.listing,
                cause=Cause.SALES,
                status=OptimisationStatus.OPEN,
                before=version,
                created_at=NOON,
                updated_at=NOON,
            )


def tell_a_partner() -> None:
    """Tell a partner of ACME of an order, in vain; then its brand is taken away, so that nothing more is recorded."""
    owner = person("told", Role.BRAND_PARTNER, brands=("ACME",), is_staff=False)
    hook = EndpointDraft(owner.pk, "https://partner.example/hook")
    open_endpoints([hook], actor=ACTOR, at=NOON).one()
    with acting_as(ACTOR):
        record([EventDraft("order.placed", "order", "SO1", frozenset({"ACME"}))], actor=ACTOR, at=NOON)
    (claimed,) = claim_deliveries(1, actor=ACTOR, at=NOON)
    answer = AnswerDraft(claimed.delivery_id, claimed.claim, Answer(500, 1))
    record_answers([answer], actor=ACTOR, at=NOON).one()
    with acting_as(ACTOR):
        Grant.objects.filter(user=owner).delete()


def watch_the_stock() -> None:
    """Let goods of ACME have limits and an alert, and their listing a cause that a rule knows."""
    with acting_as(ACTOR):
        sku = Sku.objects.filter(product__brand__code="ACME").order_by("pk")[0]
        place = Warehouse.objects.order_by("pk")[0]
        StockLimit.objects.create(sku=sku, warehouse=place, low=5, updated_at=NOON)
        StockAlert.objects.create(
            number="SA-1", kind="low", sku=sku, warehouse=place, units=3, opened_at=NOON, updated_at=NOON
        )
        ListingRule.objects.create(cause="sold_out")
        listing = Listing.objects.order_by("pk")[0]
        ListingRuleHit.objects.create(listing=listing, cause="sold_out", since=NOON)
        ListingRuling.objects.create(
            number="LR-1",
            listing=listing,
            cause="sold_out",
            hours=2,
            status="off",
            opened_at=NOON,
            updated_at=NOON,
        )


def fill_the_machinery() -> None:
    """Put a row into every table with a page that the scenes above leave empty."""
    queue_runs([WorkDraft("replenishment")], actor=ACTOR, at=NOON).one()
    with acting_as(ACTOR):
        category = Category.objects.create(code="C1", name="Category")
        asked = Attribute.objects.create(category=category, code="A1", name="Attribute", kind="text")
        there = PlatformCategory.objects.create(
            platform="tmall", code="C1", name="Category", category=category
        )
        PlatformAttribute.objects.create(platform_category=there, attribute=asked)
        Keyword.objects.create(word="word", updated_at=NOON)
        ProhibitedWord.objects.create(word="best")
        for channel in SalesChannel.objects.order_by("pk"):
            ChannelStockRule.objects.create(channel=channel, buffer=1, updated_at=NOON)
        Department.objects.create(code="D1", name="Department")
        Team.objects.create(code="T1", name="Team")
        Warehouse.objects.get_or_create(code="FAR", defaults={"name": "Far", "kind": WarehouseKind.OWN})
        AccessRecord.objects.create(at=NOON, what=Access.EXPORT, document_kind="order", reason="audit")
    guess = {"username": "mallory", "ip_address": "192.0.2.1", "path_info": "/"}
    AccessAttempt.objects.create(**guess, get_data="", post_data="", failures_since_start=1)
    AccessLog.objects.create(**guess)
    AccessFailureLog.objects.create(**guess)
    every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.DAYS)
    PeriodicTask.objects.create(name="a task", task="a.task", interval=every)
    CrontabSchedule.objects.create()
    ClockedSchedule.objects.create(clocked_time=NOON)
    SolarSchedule.objects.create(event="sunrise", latitude=30, longitude=120)
