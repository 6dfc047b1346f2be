"""``orders.brand_waybills``: the list of a brand that comes back filled in."""

from __future__ import annotations

import pytest
from django.utils import translation

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import RejectedRow
from ops_portal.intake.reading import heading_key
from ops_portal.lib.principals import Principal, acting_as
from orders.importers.waybills import COLUMNS
from orders.models import Order, Shipment
from orders.views.brand_files import file_of, headings
from tests.factories import ACTOR, NOON
from tests.intake.conftest import counts
from tests.orders.brands import BUYER, at_the_brand, on_our_floor, open_brand_house

pytestmark = pytest.mark.django_db
KIND = "orders.brand_waybills"
HEAD = "订单号,物流公司,运单号\n"


@pytest.fixture
def house():
    return open_brand_house()


def refusals() -> list[tuple[int, str]]:
    return list(RejectedRow.objects.order_by("row_number").values_list("row_number", "code"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_our_own_list_comes_back_filled_in_and_ships_2_of_3(house, take_in, write, kind):
    orders = [at_the_brand(house) for _n in range(3)]
    data = file_of([Order.objects.get(pk=order.pk) for order in orders], kind).getvalue()
    if kind == "csv":
        lines = data.decode("utf-8-sig").splitlines()
        filled = [
            lines[0],
            *(line[:-1] + f"顺丰速运,SF100{n}" for n, line in enumerate(lines[1:3])),
            lines[3],
        ]
        data = "\r\n".join(filled).encode()
    else:
        from io import BytesIO

        from openpyxl import load_workbook

        book = load_workbook(BytesIO(data))
        for n in range(2):
            book.active.cell(n + 2, 14, "顺丰速运")
            book.active.cell(n + 2, 15, f"SF100{n}")
        saved = BytesIO()
        book.save(saved)
        data = saved.getvalue()
    answer = take_in(KIND, write(data, name=f"back.{kind}"))
    assert counts(answer) == (3, 2, 0, 0, 1, 0)
    assert refusals() == [(4, "value_missing")]
    parcels = Shipment.objects.order_by("pk").values_list("order_id", "carrier", "waybill_number")
    assert list(parcels) == [(orders[0].pk, "SF", "SF1000"), (orders[1].pk, "SF", "SF1001")]


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_the_headings_of_our_list_are_known_in_every_language(language):
    with translation.override(language):
        written = [heading_key(heading) for heading in headings()]
    by_name = {
        column.name: {heading_key(text) for text in (column.name, *column.headings)} for column in COLUMNS
    }
    known = {name: [heading for heading in written if heading in names] for name, names in by_name.items()}
    assert [len(found) for found in known.values()] == [1] * len(COLUMNS)


def test_the_same_file_twice_ships_once_and_a_parcel_that_left_is_not_taken_back(house, take_in, undo, write):
    order = at_the_brand(house)
    path = write(f"{HEAD}{order.number},SF,W1\n")
    first = take_in(KIND, path)
    assert counts(first)[:2] == (1, 1)
    assert undo(first["run"]).get("status") != "undone"
    again = write(f"{HEAD}{order.platform_number},SF,W1\n", name="again.csv")
    assert counts(take_in(KIND, again)) == (1, 0, 0, 1, 0, 0)
    assert Shipment.objects.count() == 1


def test_each_row_that_can_not_ship_says_why(house, take_in, write):
    one, two, ours = at_the_brand(house), at_the_brand(house), on_our_floor(house)
    rows = [
        f"{one.number},SF,W1",
        f"{two.number},SF,W1",
        f"{ours.number},SF,W3",
        "SO404,SF,W4",
        ",SF,W5",
        f"{two.number},,W6",
        f"{two.number},SF,{'W' * 61}",
        f"{one.number},SF,W8",
    ]
    answer = take_in(KIND, write(HEAD + "\n".join(rows)))
    assert counts(answer)[1] == 1
    assert refusals() == [
        (3, "waybill_taken"),
        (4, "floor_ships"),
        (5, "no_such_order"),
        (6, "value_missing"),
        (7, "value_missing"),
        (8, "too_long"),
        (9, "already_shipped"),
    ]


def test_a_rejected_row_keeps_neither_name_nor_phone_nor_address(house, take_in, write):
    at_the_brand(house)
    head = "订单号,物流公司,运单号,收件人,手机,收货地址\n"
    take_in(KIND, write(f"{head}SO404,SF,W1,{BUYER.name},{BUYER.phone},{BUYER.address}\n"))
    (row,) = RejectedRow.objects.all()
    assert not [word for word in (BUYER.name, BUYER.phone, BUYER.address) if word in str(row.cells)]


def test_an_order_of_another_shop_is_none_and_one_that_two_shops_call_alike_is_unclear(house, write):
    order = at_the_brand(house, number="ALIKE")
    on_our_floor(house, number="ALIKE")

    def told(*shops: str) -> list[str]:
        with acting_as(ACTOR):
            user = User.objects.create(username=f"op{len(shops)}", roles=[Role.ONSITE_OPERATOR])
            Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.SHOP, code=code) for code in shops)
        actor = Principal("person", user.username, user.pk, frozenset({Role.ONSITE_OPERATOR}))
        path = write(f"{HEAD}{order.number},SF,W1\nALIKE,SF,W1\n")
        source = kind_of(KIND).open(path, Options())
        with acting_as(actor):
            written = source.write(list(source.records(0)), actor=actor, at=NOON)
        return [refusal.code for _index, refusal in written.refused]

    assert told() == ["no_such_order", "no_such_order"]
    assert told("S2") == ["no_such_order", "floor_ships"]
    assert told("S1", "S2") == ["order_unclear"]
    assert Shipment.objects.get().order_id == order.pk
