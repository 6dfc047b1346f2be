"""The pages of the order desk: what they show to whom, the verbs on them, and what they cost."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Sku
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import AccessRecord, Grant, User
from ops_portal.lib.doors.sidebar import own_pages
from ops_portal.lib.principals import acting_as
from ops_portal.lib.testing import assert_statements
from ops_portal.lib.testing.statements import statements_of
from orders.choices import OrderStatus, RefundStatus
from orders.drafts import RefundDraft, ShipmentDraft
from orders.models import Order, Shipment
from orders.operations.moving import cancel_orders, pack_orders, pick_orders, review_orders, ship_orders
from orders.operations.placing import take_in_orders
from orders.operations.refunding import move_refunds
from orders.queries.desk import COUNTED, PAGE, Asked, page_of_orders, tabs
from tests.factories import ACTOR, make_shop, make_sku, make_warehouse, order_draft, receive

pytestmark = pytest.mark.django_db
DESK = "/admin/order-desk/"
SCAN = "/admin/order-desk/scan/"
S, R = OrderStatus, RefundStatus
VERBS = {S.REVIEWED: review_orders, S.PICKED: pick_orders, S.PACKED: pack_orders}


@pytest.fixture
def house():
    sku, shop = make_sku("A"), make_shop("S1")
    receive(sku, 500, warehouse=make_warehouse("MAIN"))
    return sku, shop


@pytest.fixture
def client(house):
    return signed_in("op", Role.ONSITE_OPERATOR, shops=("S1",))


def signed_in(name: str, *roles: str, shops=(), brands=()) -> Client:
    with acting_as(ACTOR):
        user = User.objects.create_user(name, roles=list(roles), is_staff=True)
        Grant.objects.bulk_create(
            [Grant(user=user, kind=GrantKind.SHOP, code=code) for code in shops]
            + [Grant(user=user, kind=GrantKind.BRAND, code=code) for code in brands]
        )
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def placed(house, until: str = S.CREATED, *, number: str = "", shop=None, **more) -> Order:
    at = timezone.now()
    draft = replace(order_draft(shop or house[1], (house[0], 2), number=number, placed_at=at), **more)
    pk = take_in_orders([draft], actor=ACTOR, at=at).one().id
    for reached, verb in VERBS.items():
        if Order.objects.get(pk=pk).status in (until, S.SHORT):
            break
        verb([pk], actor=ACTOR, at=at).one()
        assert Order.objects.get(pk=pk).status == reached
    return Order.objects.get(pk=pk)


def refund(order: Order, status: str, amount: str = "0") -> None:
    move_refunds([RefundDraft(order.pk, status, Decimal(amount))], actor=ACTOR, at=timezone.now()).one()


def shown(client: Client, address: str) -> set[str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return set(re.findall(r'data-address="/admin/order-desk/(SO\d+)/"', answer.content.decode()))


def text_of(answer) -> str:
    return answer.content.decode()


def test_each_queue_shows_its_orders_and_how_many_there_are(client, house):
    orders = {status: placed(house, status) for status in (S.CREATED, S.REVIEWED, S.PICKED, S.PACKED)}
    gone = placed(house, S.PACKED)
    ship_orders([ShipmentDraft(gone.pk, "SF", "W1")], actor=ACTOR, at=timezone.now()).one()
    held = placed(house)
    refund(held, R.REQUESTED)
    short = placed((house[0], house[1]), lines=order_draft(house[1], (house[0], 9999)).lines)
    queues = {
        "order_unpaid": placed(house, paid_at=None),
        "order_review": orders[S.CREATED], "order_short": short, "order_pick": orders[S.REVIEWED],
        "order_pack": orders[S.PICKED], "order_ship": orders[S.PACKED], "order_shipped": gone, "order_refund": held,
    }  # fmt: skip
    for queue, order in queues.items():
        assert shown(client, f"{DESK}?queue={queue}") == {order.number}, queue
    counts = {tab.code: tab.shown for tab in tabs(User.objects.get(username="op"))}
    assert counts == {queue: "" if queue == "order_shipped" else "1" for queue in queues}


def test_a_queue_of_more_than_999_says_999_and_more():
    from orders.queries.desk import Tab

    assert [Tab("x", "", count).shown for count in (0, 999, COUNTED, None)] == ["0", "999", "999+", ""]


def test_the_most_urgent_comes_first_and_what_is_not_paid_stands_in_its_own_tab_only(client, house):
    now = timezone.now()
    soon, late, unpaid = (
        placed(house, paid_at=paid) for paid in (now - timedelta(hours=1), now - timedelta(hours=50), None)
    )
    older = placed(house, paid_at=None)
    Order.objects.filter(pk=older.pk).update(placed_at=now - timedelta(hours=9))
    page = page_of_orders(Asked(), user=User.objects.get(username="op"), at=now)
    assert [order.number for order in page.orders] == [late.number, soon.number]
    assert shown(client, f"{DESK}?late=1") == {late.number}
    page = page_of_orders(Asked(tab="order_unpaid"), user=User.objects.get(username="op"), at=now)
    assert [order.number for order in page.orders] == [older.number, unpaid.number]
    for desk in ("/admin/desk/inbox/", "/admin/desk/deadlines/"):
        page = text_of(client.get(desk))
        assert [number in page for number in (late.number, soon.number, unpaid.number)] == [
            True,
            True,
            False,
        ], desk


def test_2_unpaid_orders_are_closed_by_1_form_and_the_one_paid_meanwhile_stays(client, house):
    orders = [placed(house, paid_at=None) for _ in range(3)]
    Order.objects.filter(pk=orders[1].pk).update(paid_at=timezone.now())
    answer = client.post(
        f"{DESK}move/", {"verb": "close", "order": [order.pk for order in orders]}, follow=True
    )
    status = dict(Order.objects.values_list("pk", "status"))
    assert [status[order.pk] for order in orders] == [S.CANCELLED, S.CREATED, S.CANCELLED]
    assert f"{orders[1].number} is paid by now" in text_of(answer)
    assert "not paid" in text_of(client.get(f"{DESK}{orders[0].number}/"))


def test_the_page_of_an_unpaid_order_has_no_review_clock_and_no_next_step(client, house):
    page = text_of(client.get(f"{DESK}{placed(house, paid_at=None).number}/"))
    assert ("Review by" in page, "To review" in page, 'value="review"' in page) == (False, False, False)


def test_52_orders_are_2_pages_without_a_gap(client, house):
    at = timezone.now()
    drafts = [order_draft(house[1], (house[0], 1), placed_at=at) for _ in range(PAGE + 2)]
    take_in_orders(drafts, actor=ACTOR, at=at)
    first = text_of(client.get(DESK))
    following = re.search(r'href="(\?after=[^"]+)" rel="next"', first).group(1).replace("&amp;", "&")
    pages = [shown(client, DESK), shown(client, DESK + following)]
    assert [len(page) for page in pages] == [PAGE, 2]
    assert len(pages[0] | pages[1]) == PAGE + 2
    assert shown(client, f"{DESK}?after=nonsense") == pages[0]


def test_filters_by_shop_platform_remark_and_owner(client, house):
    plain, with_remark = placed(house), placed(house, remark="gift wrap")
    with acting_as(ACTOR):
        Order.objects.filter(pk=plain.pk).update(owner=User.objects.get(username="op"))
    assert shown(client, f"{DESK}?remark=1") == {with_remark.number}
    assert shown(client, f"{DESK}?owner=me") == {plain.number}
    assert shown(client, f"{DESK}?owner=nobody") == {with_remark.number}
    assert shown(client, f"{DESK}?shop=S1&platform=tmall") == {plain.number, with_remark.number}
    assert shown(client, f"{DESK}?platform=jd") == set()


@pytest.mark.parametrize("by", ["number", "platform", "waybill", "phone"])
def test_an_order_is_found_by_each_of_its_numbers_and_opened(client, house, by):
    order = placed(house, S.PACKED, number="P-1")
    ship_orders([ShipmentDraft(order.pk, "SF", "SF1234567890")], actor=ACTOR, at=timezone.now()).one()
    text = {"number": order.number, "platform": "P-1", "waybill": "SF1234567890", "phone": "13800000000"}[by]
    answer = client.get(DESK, {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, f"{DESK}{order.number}/")


def test_somebody_elses_order_is_neither_listed_nor_found_nor_opened(client, house):
    far = placed(house, shop=make_shop("S2"), number="FAR")
    assert shown(client, DESK) == set()
    assert client.get(DESK, {"q": "FAR"}).status_code == 200
    assert client.get(f"{DESK}{far.number}/").status_code == 404
    assert client.post(f"{DESK}{far.number}/step/", {"step": "review"}).status_code == 404
    assert client.post(f"{DESK}{far.number}/buyer/", {"reason": "x"}).status_code == 404
    assert client.post(f"{DESK}move/", {"verb": "review", "order": far.pk}).status_code == 302
    assert Order.objects.get().status == S.CREATED


@pytest.mark.parametrize("more", [(), (Role.ONSITE_OPERATOR,)])
def test_a_partner_sees_no_page_of_the_desk_whatever_other_role_he_was_given(house, more):
    placed(house)
    partner = signed_in("partner", Role.BRAND_PARTNER, *more, shops=("S1",), brands=("ACME",))
    for address in (DESK, SCAN, f"{DESK}pick/", f"{DESK}{Order.objects.get().number}/"):
        assert partner.get(address).status_code == 403


def test_20_orders_are_reviewed_by_1_form_and_the_refused_one_is_named(client, house):
    orders = [placed(house) for _ in range(20)]
    refund(orders[3], R.REQUESTED)
    answer = client.post(
        f"{DESK}move/",
        {"verb": "review", "order": [order.pk for order in orders], "next": f"{DESK}?queue=order_review"},
        follow=True,
    )
    page = text_of(answer)
    assert Order.objects.filter(status=S.REVIEWED).count() == 19
    assert f"{orders[3].number}: {orders[3].number} has a refund under way" in page


def test_the_verbs_of_many_are_asked_of_those_who_may(house):
    order = placed(house)
    service = signed_in("cs", Role.CUSTOMER_SERVICE, shops=("S1",))
    assert service.post(f"{DESK}move/", {"verb": "review", "order": order.pk}).status_code == 403
    assert service.post(f"{DESK}{order.number}/step/", {"step": "review"}).status_code == 403
    assert 'value="review"' not in text_of(service.get(DESK))


def test_the_page_of_an_order_leads_it_to_the_station(client, house):
    order = placed(house)
    page = f"{DESK}{order.number}/"
    for step in ("review", "pick", "pack"):
        assert f'orders-next" name="step" value="{step}"' in text_of(client.get(page))
        assert client.post(f"{page}step/", {"step": step}).status_code == 302
    order.refresh_from_db()
    assert order.status == S.PACKED
    assert f'orders-next" href="{SCAN}"' in text_of(client.get(page))


def test_a_refund_under_way_leaves_no_next_step_and_its_withdrawal_gives_it_back(client, house):
    order = placed(house)
    page = f"{DESK}{order.number}/"
    client.post(f"{page}step/", {"step": "request_refund"})
    assert Order.objects.get().refund_status == R.REQUESTED
    assert "orders-next" not in text_of(client.get(page))
    client.post(f"{page}step/", {"step": "withdraw_refund"})
    assert Order.objects.get().refund_status == R.NONE
    assert "orders-next" in text_of(client.get(page))


def test_cancelling_wants_a_reason(client, house):
    order = placed(house)
    client.post(f"{DESK}{order.number}/step/", {"step": "cancel", "reason": " "})
    assert Order.objects.get().status == S.CREATED
    client.post(f"{DESK}{order.number}/step/", {"step": "cancel", "reason": "changed mind"})
    assert Order.objects.get().status == S.CANCELLED


def test_the_buyer_is_masked_until_a_reason_is_written_down(client, house):
    order = placed(house)
    page = text_of(client.get(f"{DESK}{order.number}/"))
    assert "13800000000" not in page
    assert "138****0000" in page
    answer = client.post(f"{DESK}{order.number}/buyer/", {"reason": "  "}, follow=True)
    assert "13800000000" not in text_of(answer)
    assert not AccessRecord.objects.exists()
    answer = client.post(f"{DESK}{order.number}/buyer/", {"reason": "address is unclear"})
    assert "13800000000" in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    record = AccessRecord.objects.get()
    assert (record.document_number, record.reason, record.principal) == (
        order.number,
        "address is unclear",
        "person:op",
    )


def test_whoever_may_not_see_buyers_sees_the_province_only(house):
    order = placed(house)
    finance = signed_in("fin", Role.FINANCE)
    page = text_of(finance.get(f"{DESK}{order.number}/"))
    assert "浙江省" in page
    assert "****" not in page
    assert finance.post(f"{DESK}{order.number}/buyer/", {"reason": "x"}).status_code == 403


def test_a_pick_list_adds_up_the_units_of_3_orders_by_sku(client, house):
    orders = [placed(house, S.REVIEWED) for _ in range(3)]
    refund(placed(house, S.REVIEWED), R.REQUESTED)
    page = text_of(client.get(f"{DESK}pick/"))
    assert "3 orders · 6 units" in re.sub(r"\s+", " ", page)
    chosen = text_of(client.get(f"{DESK}pick/", {"order": [orders[0].pk, placed(house).pk]}))
    assert "1 order · 2 units" in re.sub(r"\s+", " ", chosen)
    assert "1 chosen order is not to be picked now" in chosen
    assert "3 orders" in text_of(client.get(f"{DESK}pick/", {"warehouse": "MAIN"}))
    assert "Nothing is to be picked" in text_of(client.get(f"{DESK}pick/", {"warehouse": "ELSEWHERE"}))


def test_the_pick_list_and_the_station_say_how_goods_are_packed(client, house):
    Sku.objects.update(packaging="Bubble wrap, box 3")
    order = placed(house, S.REVIEWED)
    assert "Bubble wrap, box 3" in text_of(client.get(f"{DESK}pick/", {"order": order.pk}))
    assert "Bubble wrap, box 3" in scanned(client, order.number)


def scanned(client: Client, code: str, order: str = "", carrier: str = "SF") -> str:
    answer = client.post(
        SCAN, {"code": code, "order": order, "carrier": carrier}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    return text_of(answer)


def alarm(page: str) -> str:
    found = re.search(r'class="orders-stop" role="alert">([^<]+)<', page)
    return found.group(1).replace("&#x27;", "'") if found else ""


@pytest.mark.parametrize("by", ["number", "platform_number"])
def test_a_parcel_is_shipped_by_2_scans(client, house, by):
    order = placed(house, S.PACKED, number="P-1")
    page = scanned(client, getattr(order, by))
    assert (alarm(page), f'name="order" value="{order.number}"' in page) == ("", True)
    page = scanned(client, "zt12345678", order.number, "ZTO")
    assert "is on its way: ZTO Express ZT12345678." in page
    parcel = Shipment.objects.get()
    assert (parcel.order, parcel.carrier, parcel.waybill_number) == (order, "ZTO", "ZT12345678")
    assert client.cookies["portal_carrier"].value == "ZTO"
    assert '<option value="ZTO" selected>' in text_of(client.get(SCAN))
    assert order.number in text_of(client.get(SCAN))


@pytest.mark.parametrize(
    ("until", "status", "said"),
    [
        (S.CREATED, R.NONE, "is not packed yet: it is “to review”"),
        (S.PICKED, R.NONE, "is not packed yet: it is “to pack”"),
        (S.PACKED, R.REQUESTED, "Stop! The buyer wants the money back."),
        (S.PACKED, R.FULLY, "Stop! The buyer wants the money back."),
    ],
)
def test_what_may_not_go_is_stopped_at_the_first_scan_and_at_the_second(client, house, until, status, said):
    order = placed(house, until)
    if status != R.NONE:
        refund(order, status, "20.00" if status == R.FULLY else "0")
    page = scanned(client, order.number)
    assert said in alarm(page)
    assert ("data-alarm" in page, 'name="order"' in page) == (True, False)
    assert alarm(scanned(client, "SF12345678", order.number))
    assert not Shipment.objects.exists()


def test_a_cancelled_order_says_that_its_goods_go_back(client, house):
    order = placed(house, S.PACKED)
    cancel_orders([order.pk], actor=ACTOR, at=timezone.now()).one()
    assert "Put the goods back" in alarm(scanned(client, order.number))


def test_a_wrong_second_scan_is_told_and_the_parcel_stays_in_hand(client, house):
    order, other = placed(house, S.PACKED), placed(house, S.PACKED)
    for code, said in (
        (order.number, "That is the order's number again"),
        (order.platform_number, "That is the order's number again"),
        (other.number.lower(), "is another order's number"),
        (other.platform_number, "is another order's number"),
        ("12-3", "is no waybill number"),
        ("号码号码号码号码", "is no waybill number"),
        ("", "is no waybill number"),
    ):
        page = scanned(client, code, order.number)
        assert said in alarm(page), code
        assert f'name="order" value="{order.number}"' in page
    assert "way" in scanned(client, "SAME12345", other.number)
    page = scanned(client, "SAME12345", order.number)
    assert "Waybill SAME12345 is on another parcel already" in alarm(page)
    assert f'name="order" value="{order.number}"' in page


def test_a_waybill_with_letters_goes_to_its_own_carrier_whatever_was_chosen_before(client, house):
    for waybill, carrier in (("YT8812345678901", "YTO"), ("JDVA12345678", "JD"), ("78371234567890", "SF")):
        order = placed(house, S.PACKED)
        scanned(client, waybill, order.number, "SF")
        assert Shipment.objects.get(order=order).carrier == carrier


def test_one_waybill_is_caught_under_each_spelling_of_its_carrier(client, house):
    first, second, third = (placed(house, S.PACKED) for _ in range(3))
    ship_orders([ShipmentDraft(first.pk, " 顺丰速运", "sf 12345678 ")], actor=ACTOR, at=timezone.now()).one()
    parcel = Shipment.objects.get()
    assert (parcel.carrier, parcel.waybill_number) == ("SF", "SF12345678")
    assert "on another parcel already" in alarm(scanned(client, "SF12345678", second.number, "SF"))
    Shipment.objects.update(carrier="顺丰速运")  # as it was kept before carriers had codes
    assert "on another parcel already" in alarm(scanned(client, "SF12345678", third.number, "SF"))
    assert "SF Express SF12345678" in text_of(client.get(f"{DESK}{first.number}/"))


@pytest.mark.parametrize("code", ["{0}", "{1}", " {0}\t", "{2}", "{3}"])
def test_a_number_is_known_however_the_scanner_gives_it(client, house, code):
    order = placed(house, S.PACKED, number="Px-1")
    number = order.number
    text = code.format(number, "Px-1", number.lower(), f"{number[:4]} {number[4:]}")
    page = scanned(client, text)
    assert (alarm(page), f'name="order" value="{number}"' in page) == ("", True)


def test_the_second_of_2_stations_hears_that_the_parcel_is_gone(client, house):
    order = placed(house, S.PACKED)
    scanned(client, "SF12345678", order.number)
    page = scanned(client, "SF87654321", order.number)
    assert f"{order.number} has left already: SF Express SF12345678." in alarm(page)
    assert 'name="order"' not in page
    assert Shipment.objects.count() == 1


def test_an_unknown_number_and_an_empty_scan_are_told(client):
    assert "There is no order NOWHERE" in alarm(scanned(client, "NOWHERE"))
    assert "Scan an order first" in alarm(scanned(client, ""))
    assert "There is no order SO0" in alarm(scanned(client, "SF12345678", "SO0"))


def test_the_station_is_for_those_who_ship():
    make_shop("S1")
    service = signed_in("cs", Role.CUSTOMER_SERVICE, shops=("S1",))
    assert service.get(SCAN).status_code == 403


def test_the_desk_takes_8_statements_with_1_row_and_with_3(client, house):
    def show() -> None:
        assert client.get(DESK).status_code == 200

    assert_statements(8, show, lambda: placed(house))


def test_the_page_of_an_order_takes_as_many_statements_with_3_lines_as_with_1(client, house):
    one = placed(house)
    three = placed(house, lines=order_draft(house[1], (house[0], 1), (house[0], 2), (house[0], 3)).lines)
    counts = {
        len(statements_of(lambda order=order: client.get(f"{DESK}{order.number}/"))) for order in (one, three)
    }
    assert len(counts) == 1
    assert max(counts) <= 17


def test_the_second_scan_takes_at_most_15_statements_more_than_showing_the_station(client, house):
    order = placed(house, S.PACKED)
    client.get(SCAN)
    showing = len(statements_of(lambda: client.get(SCAN)))
    shipping = len(statements_of(lambda: scanned(client, "SF12345678", order.number)))
    assert (showing, shipping - showing <= 15) == (showing, True)
    assert showing <= 5


@pytest.mark.parametrize(
    ("page", "here"),
    [
        ("", "Order desk"),
        ("?queue=order_pick", "Order desk"),
        ("pick/", "Pick list"),
        ("scan/", "Shipping station"),
        ("{number}/", "Order desk"),
    ],
)
def test_the_sidebar_names_1_page_as_the_one_that_is_open(client, house, page, here):
    answer = client.get(DESK + page.format(number=placed(house).number))
    assert [str(each["title"]) for each in own_pages(answer.wsgi_request) if each["active"]] == [here]


def test_an_order_that_is_over_runs_against_no_clock_and_is_offered_to_nobody(client, house):
    waiting, over = placed(house), placed(house)
    refund(over, R.REQUESTED)
    cancel_orders([over.pk], actor=ACTOR, at=timezone.now(), reason="The buyer asked").one()
    offers = 'name="to" value="take"'
    for order, is_open in ((waiting, True), (over, False)):
        page = text_of(client.get(f"{DESK}{order.number}/"))
        assert ("desk-clock-on_time" in page, offers in page) == (is_open, is_open)
    found = text_of(client.get(DESK, {"q": "13800000000"}))
    assert (found.count("data-address"), found.count("desk-clock-on_time")) == (2, 1)
