"""A small agency as it stands after loading: it adds up, it is the same each time, and there is work to do."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db.models import Q

from aftersales.models import Case
from analytics.models import OrderFigures
from analytics.queries.audit import audit_kpis
from analytics.queries.stale import stale_days
from catalog.choices import OPEN_VERSIONS
from catalog.contents import content_of
from catalog.models import (
    Batch,
    BatchStock,
    Channel,
    ChannelSku,
    Listing,
    ListingVersion,
    MaterialPack,
    Replenishment,
    Sku,
    StockAlert,
)
from catalog.queries.audit import audit_stock
from catalog.queries.checks import Subject, blocking, check_contents
from catalog.queries.differences import differences
from catalog.queries.suggestions import all_suggestions
from consignment.choices import DisputeStatus, StatementStatus
from consignment.models import Contract, LineDispute, PartnerUser, Statement, StatementLine
from feedback.choices import ItemStatus
from feedback.models import FeedbackItem
from ops_portal.accounts.models import ApiKey, User
from ops_portal.demo.loading import HouseInUse, load_agency
from ops_portal.demo.people import lines_of
from ops_portal.demo.samples import write_samples
from ops_portal.demo.vocabulary.goods import DEFECTIVE
from ops_portal.demo.vocabulary.shops import SHOPS
from ops_portal.desk.kinds import kinds
from ops_portal.intake.kinds import all_kinds, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.running import import_file, prepare
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import system
from orders.choices import OrderStatus
from orders.models import Order, OrderLine, Oversale, Shipment

pytestmark = pytest.mark.django_db

S = OrderStatus


def test_two_loads_at_the_same_moment_give_the_same_agency(agency):
    assert agency.digests[0] == agency.digests[1]


def test_everything_adds_up_and_the_figures_are_fresh(agency):
    assert audit_stock().ok
    assert not stale_days()
    assert OrderFigures.objects.exists()
    assert audit_kpis().ok
    out = io.StringIO()
    call_command("audit_statements", "--json", stdout=out, stderr=io.StringIO())
    assert json.loads(out.getvalue().strip().splitlines()[-1])["ok"] is True


def test_a_house_with_orders_is_refused(agency):
    with pytest.raises(HouseInUse):
        load_agency(agency.now, orders=1)


def test_nothing_happened_after_now(agency):
    assert Order.objects.filter(Q(placed_at__gt=agency.now) | Q(updated_at__gt=agency.now)).count() == 0
    assert FeedbackItem.objects.filter(received_at__gt=agency.now).count() == 0
    late = StateMove.objects.filter(at__gt=agency.now).exclude(document_kind="import")
    assert list(late.values_list("document_kind", "to_status")) == []


def test_moves_of_an_order_follow_each_other_in_time(agency):
    times: dict[str, list] = {}
    for number, at in (
        StateMove.objects.filter(document_kind="order").order_by("pk").values_list("document_number", "at")
    ):
        times.setdefault(number, []).append(at)
    assert len(times) > 300
    assert all(moments == sorted(moments) for moments in times.values())
    assert Shipment.objects.filter(delivered_at__isnull=False).exists()
    assert all(
        parcel.delivered_at > parcel.shipped_at
        for parcel in Shipment.objects.filter(delivered_at__isnull=False)
    )


def test_every_queue_has_work(agency):
    root = User.objects.create_superuser("root-of-demo", password=None)
    waiting: Counter[str] = Counter()
    for kind in kinds():
        rows = kind.rows(kind.open_documents(root))
        waiting.update(queue for _kind, queue, *_rest in rows)
    expected = {queue.code for kind in kinds() for queue in kind.queues}
    assert expected - set(waiting) == set()


def test_clocks_of_today_are_late_soon_and_later(agency):
    now = agency.now
    to_review = Order.objects.filter(status=S.CREATED, paid_at__isnull=False)
    assert to_review.filter(review_by__lt=now).exists()
    assert to_review.filter(review_by__range=(now, now + timedelta(minutes=30))).exists()
    to_ship = Order.objects.filter(status__in=(S.REVIEWED, S.PICKED, S.PACKED))
    assert to_ship.filter(ship_by__lt=now + timedelta(hours=9)).exists()
    assert to_ship.filter(ship_by__gt=now + timedelta(hours=9)).exists()


def test_tickets_of_every_priority_wait_for_triage(agency):
    found = FeedbackItem.objects.filter(status=ItemStatus.NEW).values_list("priority", flat=True)
    assert set(found) == {"P0", "P1", "P2", "P3"}


def test_one_batch_is_bad_and_goods_near_their_end_lie_in_stock(agency):
    bad = Batch.objects.get(sku__code=DEFECTIVE, code__endswith="B")
    assert BatchStock.objects.filter(batch=bad).exists()
    soon = BatchStock.objects.filter(available__gt=0, batch__expires_on__lt=agency.now + timedelta(days=30))
    assert soon.count() == 2
    assert Sku.objects.filter(is_bundle=True).count() == 7


def test_partners_have_contracts_in_2_modes_and_statements_in_every_state(agency):
    assert set(Contract.objects.values_list("mode", flat=True)) == {"commission", "service_fee"}
    assert set(Statement.objects.values_list("status", flat=True)) == set(StatementStatus.values)
    assert LineDispute.objects.filter(status=DisputeStatus.OPEN).exists()
    refunds = StatementLine.objects.filter(kind="refund")
    assert any(line.order.paid_at.month < line.occurred_on.month for line in refunds.select_related("order"))


def test_a_brand_ships_its_shops_orders_some_wait_there_and_the_first_is_late(agency):
    theirs = Order.objects.filter(warehouse__brand__code="HXM")
    assert set(theirs.values_list("shop__code", "warehouse__code")) == {("PDD-HXM", "HXM01")}
    waiting = theirs.filter(status=S.REVIEWED).order_by("ship_by")
    assert waiting.count() >= 3
    assert [order.ship_by < agency.now for order in waiting[:2]] == [True, False]
    parcels = StateMove.objects.filter(document_kind="order", to_status=S.SHIPPED, actor__startswith="key:")
    shipped = set(parcels.values_list("document_number", flat=True))
    assert len(shipped) >= 5
    assert shipped <= set(theirs.values_list("number", flat=True))
    ships = ApiKey.objects.filter(scopes__contains=["fulfilment:read", "fulfilment:write"])
    partners = PartnerUser.objects.filter(user__in=ships.values("user"))
    assert list(partners.values_list("partner__code", flat=True)) == ["HXM"]


def test_some_goods_are_too_many_some_too_few_some_gone_and_orders_to_suppliers_are_proposed(agency):
    alerts = Counter(StockAlert.objects.exclude(status="closed").values_list("kind", flat=True))
    assert 8 <= alerts["over"] <= 25
    assert 5 <= alerts["low"] <= 30
    assert 2 <= alerts["out"] <= 6
    assert Replenishment.objects.filter(status="proposed").count() >= 8
    assert Oversale.objects.exists()


def test_a_shop_stands_for_a_category_and_goods_are_new_or_cleared(agency):
    shop = Channel.objects.get(code="DY-YSX")
    assert (shop.core_category.code, shop.lowest_price, shop.highest_price) == ("apparel", 29, 399)
    assert shop.tone
    stages = Sku.objects.exclude(stage="").values_list("stage", flat=True)
    assert Counter(stages) == {"new": 2, "clearing": 6}


def test_goods_are_offered_in_every_shop_and_some_listings_are_on_their_way(agency):
    assert set(Listing.objects.values_list("channel__code", flat=True)) == {shop.code for shop in SHOPS}
    on_the_way = Counter(
        ListingVersion.objects.filter(status__in=OPEN_VERSIONS).values_list("status", flat=True)
    )
    assert on_the_way == {"draft": 4, "submitted": 4, "checked": 2, "returned": 2}
    states = Counter(Listing.objects.values_list("status", flat=True))
    assert (states["off"], states["live"] > 30) == (2, True)
    assert not Listing.objects.filter(live__isnull=True, status="live").exists()
    back = ListingVersion.objects.filter(status="returned").order_by("pk")
    assert [version.comments.exclude(field="").count() for version in back] == [3, 2]
    assert Listing.objects.filter(live__version=3).count() == 4  # those that were on sale


def test_most_live_listings_would_be_submitted_again_as_they_are(agency):
    live = ListingVersion.objects.filter(pk__in=Listing.objects.filter(status="live").values("live"))
    live = live.select_related("listing__channel", "listing__product__category").order_by("pk")
    found = check_contents([Subject.of(version) for version in live], at=agency.now)
    assert [blocking(findings) for findings in found if blocking(findings)] == []


def test_a_change_of_what_is_live_differs_in_texts_pictures_and_prices(agency):
    live = Listing.objects.get(channel__code="TM-MZC", product__code="MZC-JH")
    draft = live.versions.get(status="draft")
    changes = differences(content_of(live.live.content), content_of(draft.content))
    fields = {change.field.split(".")[0] for change in changes}
    assert fields == {"title", "subtitle", "blocks", "attributes", "pictures", "skus"}


def test_material_packs_came_whole_half_and_too_poor(agency):
    packs = {pack.name: pack for pack in MaterialPack.objects.all()}
    assert sorted(pack.status for pack in packs.values()) == ["entered", "received", "received", "returned"]
    whole, half = packs["冻干酸奶块 综合水果"], packs["花蜜润色唇膏"]
    assert (whole.score, whole.missing) == (100, [])
    assert half.score < 60
    assert packs["轻暖立领棉马甲"].product.skus.count() == 4


def test_a_dozen_codes_of_shops_wait_with_the_right_suggestion_first(agency):
    codes = {each.code: each for each in ChannelSku.objects.filter(status="open")}
    assert len(codes) >= 12
    suggested = all_suggestions(list(codes.values()))
    first = {code: suggested[each.pk][0].sku.code for code, each in codes.items() if suggested[each.pk]}
    assert {code: first[code] for code in ("PDD-7730016254", "HXMNR-L", "YSXWY01-B-L", "MZC-JH-30ML")} == {
        "PDD-7730016254": "HXM-CM60", "HXMNR-L": "HXM-NR-L", "YSXWY01-B-L": "YSX-WY01-B-L", "MZC-JH-30ML": "MZC-JH30",
    }  # fmt: skip


def test_logins_of_each_role_are_kept_and_no_password_is_fixed(agency):
    assert agency.kept == agency.loaded.logins
    names = [name for name, _secret, _what in agency.kept]
    assert names[:3] == ["operator", "service", "service2"]
    assert {"warehouse", "aftersales", "finance", "manager", "supervisor", "key-MZC"} <= set(names)
    secrets = [secret for _name, secret, _what in agency.kept]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 16
    assert User.objects.get(username="operator").check_password(secrets[0])
    assert User.objects.get(username="warehouse").roles == ["warehouse"]
    assert ApiKey.objects.count() == 3
    assert lines_of(agency.kept).splitlines()[0].startswith(f"operator  {secrets[0]}  (")


def test_a_file_with_rejected_rows_has_come_in_and_cases_are_in_every_state(agency):
    runs = ImportRun.objects.all()
    assert sorted(run.kind for run in runs) == ["feedback.reviews", "orders.standard"]
    assert all(run.rejected > 0 and run.created > 0 for run in runs)
    statuses = set(Case.objects.values_list("status", flat=True))
    assert {"requested", "approved", "in_transit", "received", "inspected", "closed"} <= statuses
    assert OrderLine.objects.filter(is_gift=True).exists()


def test_the_samples_bring_what_they_say(agency, tmp_path):
    samples = write_samples(tmp_path, agency.now)
    importable = {kind.code for kind in all_kinds() if not kind.is_folder}
    assert {sample.kind for sample in samples} == importable
    for sample in samples:
        draft = prepare(kind_of(sample.kind), tmp_path / sample.name, sample.options)
        run = import_file(draft, actor=system(), clock=lambda: agency.now)
        came = (run.created, run.updated, run.rejected)
        assert came == (sample.created, sample.updated, sample.rejected), sample.name
