"""Terms of supply, kept by an operation and by files, beside what deliveries really took; campaigns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.choices import InboundStatus
from catalog.models import Brand, CampaignPeriod, DailyDemand, InboundDelivery, SupplyTerms
from catalog.operations.supply import TermsDraft, facts_of, save_supply_terms
from catalog.queries.campaigns import SALES, uplifts_brought
from catalog.queries.lead_times import LearnedLead, learned_leads
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from tests.catalog.listings import person
from tests.factories import ACTOR, NOON, make_sku, make_warehouse

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 11)


def save(*drafts: TermsDraft, actor=ACTOR):
    return save_supply_terms(drafts, actor=actor, at=NOON)


def load(tmp_path, *rows: str):
    path = tmp_path / "terms.csv"
    path.write_text("\n".join(["品牌编码,商品编码,供应商,供货周期,起订量,现货率,核心商品", *rows]))
    return import_file(prepare(kind_of("stock.supply_terms"), path, Options()), actor=ACTOR)


def standing() -> dict[tuple[str, str], tuple]:
    rows = SupplyTerms.objects.select_related("brand", "sku").order_by("pk")
    return {
        (row.brand.code, row.sku.code if row.sku else ""): (row.lead_days, row.minimum_units, row.supplier)
        for row in rows
    }


def test_terms_of_a_sku_begin_as_its_brands_and_what_is_not_said_stays():
    make_sku("A")
    save(TermsDraft("ACME", supplier="工廠", lead_days=9, minimum_units=50))
    save(TermsDraft("ACME", "A", lead_days=3), TermsDraft("ACME", pack_units=12))
    assert standing() == {("ACME", ""): (9, 50, "工廠"), ("ACME", "A"): (3, 50, "工廠")}
    assert list(SupplyTerms.objects.order_by("pk").values_list("pack_units", flat=True)) == [12, 1]


def test_of_2_drafts_of_the_same_goods_the_later_adds_to_the_first():
    make_sku("A")
    save(TermsDraft("ACME", lead_days=9), TermsDraft("ACME", minimum_units=7))
    assert standing() == {("ACME", ""): (9, 7, "")}


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (TermsDraft("NONE"), "unknown_goods"),
        (TermsDraft("ACME", "NONE"), "unknown_goods"),
        (TermsDraft("ACME", "OTHERS"), "unknown_goods"),
        (TermsDraft("ACME", lead_days=731), "bad_terms"),
        (TermsDraft("ACME", review_days=0), "bad_terms"),
        (TermsDraft("ACME", pack_units=0), "bad_terms"),
        (TermsDraft("ACME", service_level=Decimal("1")), "bad_terms"),
        (TermsDraft("ACME", lead_spread=Decimal("-1")), "bad_terms"),
    ],
)
def test_what_means_nothing_is_refused_and_the_rest_goes(draft: TermsDraft, code: str):
    make_sku("A")
    make_sku("OTHERS", brand="OTHER")
    outcome = save(draft, TermsDraft("ACME", "A", lead_days=5))
    assert [(index, refusal.code) for index, refusal in outcome.refused] == [(0, code)]
    assert standing() == {("ACME", "A"): (5, 1, "")}


def test_who_plans_no_stock_keeps_no_terms():
    make_sku("A")
    clerk = person("clerk", Role.CUSTOMER_SERVICE)
    outcome = save(TermsDraft("ACME", lead_days=5), actor=clerk)
    assert outcome.refused[0][1].code == "role_may_not_save"
    assert standing() == {}


def test_30_terms_are_written_in_4_statements():
    skus = [make_sku() for _ in range(30)]
    drafts = [TermsDraft("ACME", sku.code, lead_days=5) for sku in skus]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        save(*drafts)
    own = [q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))]
    assert len(own) == 4


def test_a_file_brings_terms_and_is_taken_back_whole(tmp_path):
    make_sku("A")
    save(TermsDraft("ACME", supplier="OLD", lead_days=9))
    run = load(tmp_path, "ACME,,新工廠,12,100,95%,是", "ACME,A,,5,,0.98,", "NONE,,,5,,,", "ACME,A2,,5,,,")
    assert (run.created, run.updated, run.rejected) == (1, 1, 2)
    assert standing() == {("ACME", ""): (12, 100, "新工廠"), ("ACME", "A"): (5, 100, "新工廠")}
    terms = SupplyTerms.objects.get(sku=None)
    assert (terms.service_level, terms.is_core) == (Decimal("0.9500"), True)
    undo_runs([run.pk], actor=ACTOR, at=timezone.now()).one()
    assert standing() == {("ACME", ""): (9, 1, "OLD")}


def test_what_was_changed_since_is_not_taken_back(tmp_path):
    make_sku("A")
    run = load(tmp_path, "ACME,,X,12,100,95%,")
    save(TermsDraft("ACME", lead_days=20))
    outcome = undo_runs([run.pk], actor=ACTOR, at=timezone.now())
    assert outcome.refused
    assert standing() == {("ACME", ""): (20, 100, "X")}


def test_the_same_file_again_changes_nothing(tmp_path):
    make_sku("A")
    load(tmp_path, "ACME,,X,12,100,95%,")
    before = facts_of(SupplyTerms.objects.get())
    (tmp_path / "again").mkdir()
    run = load(tmp_path / "again", "ACME,,X,12,100,0.95,")
    assert (run.created, run.updated, run.unchanged) == (0, 0, 1)
    assert facts_of(SupplyTerms.objects.get()) == before


def delivered(brand: Brand, number: str, announced: int, promised: int, arrived: int, **given) -> None:
    day = date(2026, 10, 1)
    moment = datetime(2026, 10, 1, 4, tzinfo=UTC) + timedelta(days=announced)
    facts = {
        "number": number,
        "warehouse": make_warehouse("MAIN"),
        "brand": brand,
        "goods_owner": "own",
        "status": InboundStatus.RECEIVED,
        "source": "form",
        "promised_on": day + timedelta(days=promised),
        "expected_on": day + timedelta(days=promised),
        "arrived_on": day + timedelta(days=arrived),
        "due_at": moment,
        "created_at": moment,
        "updated_at": moment,
        "closed_at": moment,
    }
    InboundDelivery.objects.create(**facts | given)


def test_lead_times_are_learned_from_closed_deliveries_that_were_announced():
    brand = make_sku().product.brand
    for place, arrived in enumerate((8, 10, 12)):
        delivered(brand, f"IN{place}", 0, 10, arrived)
    delivered(brand, "OPEN", 0, 10, 30, status=InboundStatus.RECEIVING)
    delivered(brand, "CAME", 0, 10, 30, source="unannounced")
    delivered(brand, "OLD", -500, -490, -470)
    assert learned_leads([brand.pk], on=TODAY) == {brand.pk: LearnedLead(3, 10.0, 2.0, 0.0, 2 / 3)}


def test_2_deliveries_tell_nothing():
    brand = make_sku().product.brand
    delivered(brand, "IN1", 0, 10, 10)
    delivered(brand, "IN2", 0, 10, 20)
    assert learned_leads([brand.pk], on=TODAY) == {}


def test_the_next_11_11_is_this_years_until_it_is_over():
    sale = next(each for each in SALES if each.code == "1111")
    assert sale.next_from(TODAY) == (TODAY, TODAY)
    assert sale.next_from(date(2026, 11, 12)) == (date(2027, 11, 11), date(2027, 11, 11))


def test_a_campaign_that_is_over_is_held_against_the_4_weeks_before():
    sku, place = make_sku(), make_warehouse()
    DailyDemand.objects.bulk_create(
        DailyDemand(sku=sku, warehouse=place, day=TODAY - timedelta(days=n), units=70 if n == 1 else 10)
        for n in range(1, 40)
    )
    period = CampaignPeriod.objects.create(
        name="Sale", starts_on=TODAY - timedelta(1), ends_on=TODAY - timedelta(1)
    )
    CampaignPeriod.objects.create(name="Next", starts_on=TODAY, ends_on=TODAY)
    ids = CampaignPeriod.objects.values_list("pk", flat=True)
    assert uplifts_brought(ids, on=TODAY) == {period.pk: 7.0}


def client_of(*roles: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person("planner", *roles).user_id))
    return client


def test_the_page_of_terms_shows_what_was_learned_in_as_many_statements_for_1_row_as_for_3():
    brand = make_sku("A").product.brand
    for place in range(3):
        delivered(brand, f"IN{place}", 0, 10, 10)
    client = client_of(Role.OPERATIONS_MANAGER)
    counts = []
    for codes in (("",), ("A", "B")):
        for code in codes:
            if code == "B":
                make_sku("B")
            save(TermsDraft("ACME", code, lead_days=5))
        with CaptureQueriesContext(connection) as captured:
            page = client.get("/admin/catalog/supplyterms/")
        counts.append(len(captured))
    assert page.content.decode().count("10.0 ± 0.0") == 3
    assert counts[0] == counts[1]


def test_the_form_refuses_a_sku_of_another_brand():
    brand, other = make_sku("A").product.brand, make_sku("B", brand="OTHER")
    client = client_of(Role.OPERATIONS_MANAGER)
    form = {
        "brand": brand.pk, "sku": other.pk, "lead_days": 5, "lead_spread": 1, "review_days": 7,
        "minimum_units": 1, "pack_units": 1, "service_level": "0.95",
    }  # fmt: skip
    assert "not of this brand" in client.post("/admin/catalog/supplyterms/add/", form).content.decode()
    client.post("/admin/catalog/supplyterms/add/", form | {"sku": "", "service_level": "1.0"})
    assert standing() == {}
    client.post("/admin/catalog/supplyterms/add/", form | {"sku": ""})
    assert standing() == {("ACME", ""): (5, 1, "")}


def test_a_sale_of_the_year_opens_the_form_filled_in():
    make_sku()
    client = client_of(Role.OPERATIONS_MANAGER)
    page = client.get("/admin/catalog/campaignperiod/add-1111", follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert "11.11" in text
    assert "-11-11" in text
