"""The operators' pages: upload, dry run, start, progress, rejected rows, report, undo; each for those it is for."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, Grant, User
from ops_portal.intake.choices import RunStatus
from ops_portal.intake.dropped import forget_dropped
from ops_portal.intake.models import ImportRun
from ops_portal.intake.tasks import run_import
from ops_portal.lib.testing import assert_statements
from orders.models import Order
from tests.factories import make_shop, make_sku, make_warehouse, receive
from tests.intake.conftest import order_file, order_rows

pytestmark = pytest.mark.django_db

RUNS = "/admin/intake/importrun/"
FILES = "/admin/files/"


def person(name: str, *roles: str, shop: str = "") -> Client:
    user = User.objects.create_user(name, roles=list(roles), is_staff=True)
    if shop:
        Grant.objects.create(user=user, kind="shop", code=shop)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.fixture
def house():
    make_shop("S1")
    make_shop("S2")
    receive(make_sku("A"), 10, warehouse=make_warehouse("MAIN"))


@pytest.fixture
def operator(house) -> Client:
    return person("op", Role.ONSITE_OPERATOR, shop="S1")


def uploaded(client: Client, text: str, *, shop: str = "S1", kind: str = "orders.standard"):
    file = SimpleUploadedFile("orders.csv", text.encode())
    return client.post(FILES, {"kind": kind, "file": file, "shop": shop})


def dropped(client: Client, text: str, name: str = "orders.csv"):
    return client.post(FILES, {"file": SimpleUploadedFile(name, text.encode())})


def page_of(run: ImportRun) -> str:
    return f"{FILES}{run.number}/"


def test_an_upload_shows_what_it_would_do_and_does_nothing(operator):
    text = order_file(*order_rows("T1", "T2"), *order_rows("T3", units=0))
    response = uploaded(operator, text)
    run = ImportRun.objects.get()
    assert urlsplit(response.url).path == page_of(run)
    assert (run.status, run.actor, run.in_background) == (RunStatus.NEW, "person:op", True)
    assert run.preview["counts"] == {
        "rows": 3, "created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "held": 0,
    }  # fmt: skip
    assert not Order.objects.exists()
    page = operator.get(page_of(run)).content.decode()
    assert "A line needs at least one unit." in page
    assert "13800000000" not in page


def test_start_runs_it_and_undo_takes_it_back(operator):
    uploaded(operator, order_file(*order_rows("T1", "T2")))
    run = ImportRun.objects.get()
    assert "every 1s" not in operator.get(page_of(run)).content.decode()
    operator.post(page_of(run) + "start/")
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED
    assert "every 1s" in operator.get(page_of(run)).content.decode()
    run_import(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.created, Order.objects.filter(undone_at=None).count()) == (RunStatus.DONE, 2, 2)
    assert "every 1s" not in operator.get(page_of(run), headers={"HX-Request": "true"}).content.decode()
    operator.post(page_of(run) + "undo/")
    run.refresh_from_db()
    assert (run.status, Order.objects.filter(undone_at=None).count()) == (RunStatus.UNDONE, 0)


def test_the_report_can_be_taken_out_and_that_is_recorded(operator):
    uploaded(operator, order_file(*order_rows("T1"), *order_rows("T2", units=0)))
    run = ImportRun.objects.get()
    address = f"{RUNS}{run.pk}/report/"
    assert operator.get(address).status_code == 404
    run_import(run_id=run.pk)
    response = operator.get(address)
    assert b"no_units" in b"".join(response.streaming_content)
    assert AccessRecord.objects.get().document_number == run.number
    page = operator.get(f"/admin/intake/rejectedrow/?run__id__exact={run.pk}")
    assert "A line needs at least one unit." in page.content.decode()


@pytest.mark.parametrize(
    ("shop", "kind", "words"),
    [
        ("S2", "orders.standard", "Select a valid choice"),
        ("S1", "stock.receipt", "Select a valid choice"),
        ("", "orders.standard", "needs it"),
        ("S1", "orders.tmall_report", "has no column for"),
    ],
)
def test_what_an_upload_is_refused_for(operator, shop, kind, words):
    response = uploaded(operator, order_file(*order_rows("T1")), shop=shop, kind=kind)
    assert words in response.content.decode()
    assert not ImportRun.objects.exists()


def test_runs_are_seen_by_those_of_the_shop_and_by_nobody_else(operator):
    uploaded(operator, order_file(*order_rows("T1")))
    run = ImportRun.objects.get()
    colleague = person("colleague", Role.ONSITE_OPERATOR, shop="S1")
    other = person("other", Role.ONSITE_OPERATOR, shop="S2")
    manager = person("manager", Role.OPERATIONS_MANAGER)
    partner = person("partner", Role.BRAND_PARTNER)
    assert [run.number in client.get(RUNS).content.decode() for client in (colleague, manager)] == [
        True,
        True,
    ]
    assert run.number not in other.get(RUNS).content.decode()
    assert other.get(page_of(run)).status_code == 404
    assert other.post(page_of(run) + "start/").status_code == 404
    assert other.get(f"{RUNS}{run.pk}/report/").status_code == 404
    assert partner.get(RUNS).status_code == 403
    assert partner.get(FILES).status_code == 403


def test_the_upload_page_lists_the_kinds_that_the_reader_may_take_in(operator):
    page = operator.get(FILES).content.decode()
    assert "orders.standard" in page
    assert "stock.receipt" not in page


def test_the_list_of_runs_takes_as_many_statements_with_1_row_as_with_3(operator):
    numbers = iter(range(10))

    def show() -> None:
        assert operator.get(RUNS).status_code == 200

    def add_row() -> None:
        uploaded(operator, order_file(*order_rows(f"T{next(numbers)}")))

    assert_statements(6, show, add_row)


def test_the_upload_page_offers_ones_own_shops_and_brands(house):
    make_sku("B", brand="OTHER")
    client = person("both", Role.OPERATIONS, shop="S1")
    Grant.objects.create(user=User.objects.get(username="both"), kind="brand", code="OTHER")
    fields = dropped(client, "a,b\n1,2\n").context["form"].fields
    assert [code for code, _name in fields["shop"].choices] == ["", "S1"]
    assert [code for code, _name in fields["brand"].choices] == ["", "OTHER"]
    manager = dropped(person("manager", Role.OPERATIONS_MANAGER), "a,b\n1,2\n").context["form"].fields
    assert [code for code, _name in manager["shop"].choices] == ["", "S1", "S2"]


@pytest.mark.parametrize(("role", "may"), [(Role.CUSTOMER_SERVICE, True), (Role.PRODUCT, False)])
def test_to_read_reviews_is_no_right_to_bring_them(house, role, may):
    page = person("p", role, shop="S1").get(FILES).content.decode()
    assert ("feedback.reviews" in page) is may


def test_a_dropped_file_of_the_only_shop_is_tried_out_without_a_question(operator):
    response = dropped(operator, order_file(*order_rows("T1")))
    run = ImportRun.objects.get()
    assert urlsplit(response.url).path == page_of(run)
    assert (run.kind, run.shop_code, run.preview["counts"]["created"]) == ("orders.standard", "S1", 1)


def test_a_dropped_file_of_one_of_two_shops_is_asked_for_and_not_sent_again(house):
    manager = person("manager", Role.OPERATIONS_MANAGER)
    asked = dropped(manager, order_file(*order_rows("T1")))
    assert not ImportRun.objects.exists()
    assert asked.context["form"]["kind"].value() == "orders.standard"
    manager.post(FILES, {"ticket": asked.context["ticket"], "kind": "orders.standard", "shop": "S2"})
    assert (ImportRun.objects.get().shop_code, ImportRun.objects.get().file_name) == ("S2", "orders.csv")


def test_the_name_of_a_file_tells_its_shop(house):
    manager = person("manager", Role.OPERATIONS_MANAGER)
    dropped(manager, order_file(*order_rows("T1")), "export S2 november.csv")
    assert ImportRun.objects.get().shop_code == "S2"


def test_of_two_files_of_one_name_none_takes_the_place_of_the_other(operator):
    files = [SimpleUploadedFile("a.csv", b"a,b\n1,2\n"), SimpleUploadedFile("A.csv", b"a,b\n3,4\n")]
    answer = operator.post(FILES, {"file": files})
    assert answer.status_code == 422
    assert "have the same name" in answer.content.decode()


def test_the_ticket_of_a_file_is_its_uploaders_alone(house):
    ticket = dropped(person("one", Role.OPERATIONS_MANAGER), order_file(*order_rows("T1"))).context["ticket"]
    form = {"ticket": ticket, "kind": "orders.standard", "shop": "S1"}
    other = person("other", Role.OPERATIONS_MANAGER).post(FILES, form)
    assert (other.status_code, ImportRun.objects.exists()) == (422, False)
    assert person("third", Role.OPERATIONS_MANAGER).post(FILES, form | {"ticket": "x"}).status_code == 422


def test_the_preview_wears_the_headings_of_the_file(operator):
    text = order_file(*order_rows("T1")).replace("platform_number", "订单编号", 1)
    dropped(operator, text)
    page = operator.get(page_of(ImportRun.objects.get())).content.decode()
    assert '<th scope="col">订单编号</th>' in page


def test_the_files_page_takes_as_many_statements_with_1_run_as_with_3(operator):
    numbers = iter(range(10))

    def show() -> None:
        assert operator.get(FILES).status_code == 200

    def add_row() -> None:
        uploaded(operator, order_file(*order_rows(f"T{next(numbers)}")))

    assert_statements(4, show, add_row)


RECEIPT = "入库单号,商家编码,仓库编码,货主编码,数量,批次\nG1,A,MAIN,,5,\n"


@pytest.mark.parametrize(
    ("names", "content", "said"),
    [
        (["a.pdf"], b"%PDF-1.4 \x00\x01", "PDF"),
        (["a.csv", "b.csv"], b"x,y\n1,2\n", "Drop them one by one"),
        (["a.csv"], RECEIPT.encode(), "This looks like “Goods received”, which is not yours"),
    ],
)
def test_what_nobody_or_somebody_else_brings_is_refused_before_a_question_is_asked(
    operator, names, content, said
):
    answer = operator.post(FILES, {"file": [SimpleUploadedFile(name, content) for name in names]})
    page = answer.content.decode()
    assert (answer.status_code, said in page, 'name="kind"' in page) == (422, True, False)
    assert not ImportRun.objects.exists()


def test_a_file_that_never_became_a_run_is_forgotten_and_one_of_a_run_is_kept(house, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    manager = person("manager", Role.OPERATIONS_MANAGER)
    uploaded(manager, order_file(*order_rows("T1")))
    dropped(manager, "a,b\n1,2\n")
    stored = tmp_path / "imports"
    assert len(list(stored.iterdir())) == 2
    assert forget_dropped(before=timezone.now() - timedelta(hours=1)) == 0
    assert forget_dropped(before=timezone.now() + timedelta(hours=1)) == 1
    assert [path.name for path in stored.iterdir()] == [ImportRun.objects.get().sha256]
