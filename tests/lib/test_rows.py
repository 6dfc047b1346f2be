from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from ops_portal.lib.rows import insert_rows
from tests.lib.parcels import NOW, Parcel


def row(number, **cells):
    return {"number": number, "status": "packed", **cells}


def test_insert_rows_writes_all_rows_in_one_statement(parcels, django_assert_num_queries):
    with django_assert_num_queries(1):
        insert_rows(Parcel, [row(f"P{n}") for n in range(1000)])
    assert Parcel.objects.count() == 1000


def test_insert_rows_of_nothing_takes_no_statement(parcels, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_rows(Parcel, [], returning=["id"]) == []


def test_insert_rows_keeps_values_of_every_type(parcels):
    moment = NOW + timedelta(microseconds=123456)
    insert_rows(
        Parcel,
        [
            row(
                "张三 “'\\%s{}\n",
                value=Decimal("0.10"),
                updated_at=moment,
                sent_on=date(2026, 11, 22),
                contents={"a": [1, None, "☃"]},
            )
        ],
    )
    parcel = Parcel.objects.get()
    assert parcel.number == "张三 “'\\%s{}\n"
    assert (parcel.value, parcel.updated_at) == (Decimal("0.10"), moment)
    assert (parcel.sent_on, parcel.contents) == (date(2026, 11, 22), {"a": [1, None, "☃"]})


def test_insert_rows_leaves_the_columns_it_is_not_told_to_the_database(parcels):
    insert_rows(Parcel, [row("P1")])
    parcel = Parcel.objects.get()
    assert (parcel.value, parcel.currency, parcel.sent_on) == (Decimal("0.00"), "CNY", None)


def test_insert_rows_writes_none_as_null(parcels):
    insert_rows(Parcel, [row("P1", updated_at=None), row("P2", updated_at=datetime(2026, 1, 1, tzinfo=UTC))])
    assert Parcel.objects.filter(updated_at=None).get().number == "P1"


def test_insert_rows_returns_what_was_asked_for_in_the_order_of_the_rows(parcels):
    returned = insert_rows(Parcel, [row(f"P{n}") for n in range(50)], returning=["number", "id"])
    assert [number for number, _ in returned] == [f"P{n}" for n in range(50)]
    assert dict(returned) == dict(Parcel.objects.values_list("number", "id"))


def test_insert_rows_returns_only_the_rows_that_had_no_conflict(parcels):
    parcels("sent")
    returned = insert_rows(
        Parcel, [row("P1"), row("P2")], on_conflict="(number) DO NOTHING", returning=["number"]
    )
    assert returned == [("P2",)]
    assert Parcel.objects.get(number="P1").status == "sent"


def test_insert_rows_fails_as_a_whole(parcels):
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Parcel, [row("P1"), row("P1")])
    assert Parcel.objects.count() == 0
