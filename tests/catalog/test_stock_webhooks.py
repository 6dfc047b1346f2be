"""Another system tells the stock of its warehouse by signed messages: who is believed, what is kept, and once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.choices import WarehouseSystem
from catalog.models import (
    StockMessage,
    StockSender,
    StockSnapshot,
    StockSnapshotLine,
    UnknownStockLine,
    Warehouse,
)
from catalog.operations.mirroring import NoMirror, RoleMayNotMirror
from catalog.operations.stock_messages import renew_stock_secret
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AuditEntry
from ops_portal.lib.doors import throttling
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing import assert_statements
from ops_portal.outbox.signing import headers_of, new_secret
from tests.catalog.test_mirror_doors import mirrored, signed_in
from tests.factories import ACTOR, make_sku, make_warehouse, receive

MINUTE = timedelta(minutes=1)


class System:
    """A warehouse's system with its secret."""

    def __init__(self, code: str = "CLOUD", *, secret: str = "") -> None:
        self.code = code
        self.secret = secret or renew(code)

    def send(self, body: Any, *, id: str = "", ago: timedelta = timedelta(0), **headers: str) -> Any:
        """Sign a body and send it; ``ago`` is how old the message claims to be."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = headers_of(id or f"msg_{uuid.uuid4().hex}", b"x", (), at=timezone.now() - ago)
        signed["webhook-signature"] = signature(self.secret, signed, raw)
        return post(self.code, raw, {**signed, **headers})


def signature(secret: str, headers: dict[str, str], raw: bytes) -> str:
    """Sign as the scheme says, without our own code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + raw
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def post(code: str, raw: bytes, headers: dict[str, str]) -> Any:
    address = f"/api/v1/stock-webhooks/{code}/"
    return Client().post(address, raw, content_type="application/json", headers=headers)


def renew(code: str = "CLOUD", **more: Any) -> str:
    place = Warehouse.objects.get(code=code)
    return str(renew_stock_secret(place.pk, actor=ACTOR, at=timezone.now(), **more))


def body_of(*units: tuple[str, int], kind: str = "stock.changed", **more: Any) -> dict[str, Any]:
    lines = [{"sku": code, "units": count} for code, count in units]
    moment = (timezone.now() - MINUTE).isoformat()
    return {"type": kind, "timestamp": moment, "data": {"lines": lines}, **more}


def nothing_written() -> bool:
    return not (StockSnapshot.objects.exists() or StockMessage.objects.exists())


@pytest.fixture
def warehouse(db: None) -> Warehouse:
    """A mirrored warehouse with 10 of A and 2 of C in our books."""
    place = mirrored("CLOUD")
    for code, units in (("A", 10), ("C", 2)):
        receive(make_sku(code, brand="ACME"), units, warehouse=place)
    return place


@pytest.fixture
def system(warehouse: Warehouse) -> System:
    return System()


# -- what is told ------------------------------------------------------------------------------------------------


def test_changes_are_noted_as_a_snapshot_of_those_skus_alone(system):
    answer = system.send(body_of(("A", 13)), id="m1")
    assert answer.status_code == 200, answer.content
    snapshot = StockSnapshot.objects.get()
    assert (snapshot.source, snapshot.is_whole, snapshot.actor) == ("webhook", False, "key:webhook CLOUD")
    lines = StockSnapshotLine.objects.values_list("sku__code", "theirs", "ours", "difference")
    assert list(lines) == [("A", 13, 10, 3)]
    said = answer.json()
    assert said.pop("received_at")
    assert said == {"webhook_id": "m1", "snapshot": snapshot.number, "noted": 1, "unknown": 0, "missing": 0}
    assert StockMessage.objects.get().system == WarehouseSystem.WANGDIANTONG


def test_what_a_whole_stock_leaves_out_counts_as_nought(system):
    answer = system.send(body_of(("A", 10), kind="stock.snapshot")).json()
    assert (answer["noted"], answer["missing"]) == (1, 1)
    lines = StockSnapshotLine.objects.order_by("sku__code").values_list(
        "sku__code", "difference", "is_listed"
    )
    assert list(lines) == [("A", 0, True), ("C", -2, False)]
    assert StockSnapshot.objects.get().is_whole


def test_what_names_no_sku_is_counted_kept_and_shown(system, warehouse):
    body = body_of(("A", 13), ("STRANGE-1", 7), ("A", 14))
    body["data"]["lines"].append({"barcode": "690000", "units": 1})
    answer = system.send(body).json()
    assert (answer["noted"], answer["unknown"]) == (1, 3)
    kept = UnknownStockLine.objects.order_by("position")
    assert [(line.position, line.sku_code, line.barcode, line.units, line.why) for line in kept] == [
        (2, "STRANGE-1", "", 7, "unknown_sku"),
        (3, "A", "", 14, "said_otherwise"),
        (4, "", "690000", 1, "unknown_sku"),
    ]
    page = signed_in("store", Role.WAREHOUSE).get("/admin/stock-differences/").content.decode()
    assert ("STRANGE-1" in page, "690000" in page, "Wangdiantong told this at" in page) == (True,) * 3


def test_nothing_but_strange_codes_is_a_snapshot_without_lines(system):
    answer = system.send(body_of(("STRANGE-1", 7), kind="stock.snapshot")).json()
    assert (answer["noted"], answer["unknown"], answer["missing"]) == (0, 1, 2)
    assert StockSnapshot.objects.get().number == answer["snapshot"]


def test_kept_lines_of_another_brands_sku_are_not_shown(system):
    receive(make_sku("B", brand="BOLT"), 1, warehouse=Warehouse.objects.get())
    system.send(body_of(("B", 1), ("B", 77)))
    (line,) = UnknownStockLine.objects.all()
    views = [signed_in(f"of-{brand}", Role.WAREHOUSE, brands=(brand,)) for brand in ("ACME", "BOLT")]
    shown = [view.get("/admin/stock-differences/").context["told"].unknown for view in views]
    assert shown == [[], [line]]


def test_a_whole_stock_stays_the_one_shown_when_changes_follow(system):
    whole = system.send(body_of(("A", 13), kind="stock.snapshot")).json()["snapshot"]
    changes = system.send(body_of(("C", 2))).json()["snapshot"]
    client = signed_in("store", Role.WAREHOUSE)
    first = client.get("/admin/stock-differences/").context
    assert (first["snapshot"].number, [each.number for each in first["older"]]) == (whole, [whole, changes])
    assert (
        client.get("/admin/stock-differences/", {"snapshot": changes}).context["snapshot"].number == changes
    )


def test_a_message_takes_as_many_statements_with_1_line_as_with_3(system):
    lines = [("A", 1)]

    def more() -> None:
        make_sku(f"N{len(lines)}")
        lines.append((f"N{len(lines)}", 1))

    assert_statements(17, lambda: system.send(body_of(*lines)), more)


# -- who is believed ---------------------------------------------------------------------------------------------


def test_what_another_secret_signed_is_refused_with_one_answer_for_all(system):
    mirrored("OTHER")
    other = System("OTHER")
    good = body_of(("A", 13))
    raw = json.dumps(good).encode()
    make_warehouse("MAIN")
    answers = [
        System("CLOUD", secret=new_secret()).send(good),
        System("CLOUD", secret=other.secret).send(good),
        System("NOWHERE", secret=system.secret).send(good),
        System("MAIN", secret=system.secret).send(good),
        System("CLO/UD", secret=system.secret).send(good),
        post("CLOUD", raw, {}),
        system.send(good, **{"webhook-id": "another"}),
        system.send(good, **{"webhook-signature": "v1,ä"}),
        system.send(good, **{"webhook-id": ""}),
        system.send(good, **{"webhook-timestamp": "9" * 40}),
        system.send(good, **{"webhook-timestamp": "NaN"}),
        system.send(good, ago=5 * MINUTE + timedelta(seconds=2)),
        system.send(good, ago=-6 * MINUTE),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "authentication_failed"
    assert nothing_written()


@pytest.mark.parametrize("minutes", [4, -4])
def test_a_message_four_minutes_old_or_early_is_believed(system, minutes):
    assert system.send(body_of(("A", 1)), ago=minutes * MINUTE).status_code == 200


def test_one_of_several_signatures_is_enough(system):
    raw = json.dumps(body_of(("A", 1))).encode()
    headers = headers_of("m1", raw, (new_secret(), system.secret), at=timezone.now())
    assert post("CLOUD", raw, headers).status_code == 200


def test_a_byte_more_in_the_body_is_no_longer_signed(system):
    raw = json.dumps(body_of(("A", 1))).encode()
    headers = headers_of("m1", raw, (system.secret,), at=timezone.now())
    assert post("CLOUD", raw + b" ", headers).status_code == 401
    assert post("CLOUD", raw, headers).status_code == 200


def test_a_session_or_a_get_opens_nothing(system):
    client = signed_in("boss", Role.MANAGEMENT)
    address = "/api/v1/stock-webhooks/CLOUD/"
    answers = [client.get(address), client.post(address, "{}", content_type="application/json")]
    assert [answer.status_code for answer in answers] == [401, 401]


def test_a_warehouse_that_is_a_mirror_no_longer_takes_nothing(system, warehouse):
    Warehouse.objects.filter(pk=warehouse.pk).update(system=WarehouseSystem.NONE)
    answer = system.send(body_of(("A", 13)))
    assert (answer.status_code, answer.json()["code"]) == (422, "no_mirror")
    assert nothing_written()


def test_wrong_signatures_count_against_their_address_and_good_ones_do_not(system, settings, monkeypatch):
    settings.PORTAL_RATE_LIMITS = {"user": 5, "anonymous": 2}
    unique, count = uuid.uuid4().hex, throttling.RateLimit.count
    monkeypatch.setattr(
        throttling.RateLimit, "count", lambda self, key, now: count(self, f"{unique}:{key}", now)
    )
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_015.0)
    liar = System("CLOUD", secret=new_secret())
    assert [liar.send({}).status_code for _ in range(3)] == [401, 401, 429]
    assert [system.send(body_of(("A", 1))).status_code for _ in range(6)] == [200] * 5 + [429]


# -- once --------------------------------------------------------------------------------------------------------


def test_the_same_message_again_is_answered_the_same_and_writes_nothing(system):
    body = body_of(("A", 13), ("STRANGE-1", 7), kind="stock.snapshot")
    first, again = system.send(body, id="m1"), system.send(body, id="m1", ago=MINUTE)
    assert (first.status_code, first.content) == (again.status_code, again.content)
    counts = [model.objects.count() for model in (StockMessage, StockSnapshot, UnknownStockLine)]
    assert (counts, StockSnapshotLine.objects.count()) == ([1, 1, 1], 2)


def test_another_body_under_the_same_id_is_refused(system):
    assert system.send(body_of(("A", 13)), id="m1").status_code == 200
    answer = system.send(body_of(("A", 14)), id="m1")
    assert (answer.status_code, answer.json()["code"]) == (409, "message_taken")
    assert StockSnapshotLine.objects.get().theirs == 13


def test_two_warehouses_may_use_the_same_id(system):
    receive(make_sku("A"), 1, warehouse=mirrored("OTHER"))
    answers = [each.send(body_of(("A", 1)), id="m1") for each in (system, System("OTHER"))]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert StockSnapshot.objects.count() == 2


# -- what can't be read ------------------------------------------------------------------------------------------

GOOD = json.dumps(body_of(("A", 1))).encode()


@pytest.mark.parametrize(
    "raw",
    [
        GOOD[: len(GOOD) // 2],
        b"",
        b"[]",
        b"null",
        b"[[[[" * 40,
        GOOD.replace(b'"A"', b'"A\\u0000"'),
        GOOD.replace(b'"A"', b'"A\x00"'),
        GOOD.replace(b'"A"', '"苹果"'.encode("gbk")),
        GOOD.replace(b'"A"', b'"\\ud800"'),
        GOOD.replace(b'"A"', b'"' + b"A" * 61 + b'"'),
        GOOD.replace(b": 1}", b": -1}"),
        GOOD.replace(b": 1}", b": 1000000000001}"),
        GOOD.replace(b": 1}", b": 1e400}"),
        GOOD.replace(b": 1}", b": 1.5}"),
        GOOD.replace(b": 1}", b": NaN}"),
        GOOD.replace(b": 1}", b": true}"),
        GOOD.replace(b": 1}", b': 1, "price": 1}'),
        GOOD.replace(b"stock.changed", b"stock.eaten"),
        GOOD.replace(b"20", b"xx"),
        json.dumps(body_of()).encode(),
        json.dumps(body_of(*[("A", 1)] * 10_001)).encode(),
        json.dumps(body_of(("A", 1), more=1)).encode(),
    ],
    ids=range(22),
)
def test_what_is_no_message_is_refused_whole_with_a_problem(system, raw):
    answer = system.send(raw)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["code"] in ("bad_json", "invalid", "too_deep", "nul_character")
    assert nothing_written()


def test_a_body_beyond_five_megabytes_is_refused_before_it_is_read(system):
    answer = system.send(GOOD + b" " * 5 * 1024 * 1024)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_ten_thousand_lines_are_taken(system):
    answer = system.send(body_of(*[("A", 1)] * 9_999, ("STRANGE-1", 1)))
    assert (answer.status_code, answer.json()["noted"], answer.json()["unknown"]) == (200, 9_999, 1)


def test_a_moment_to_come_is_refused_and_a_clock_a_little_ahead_is_taken_as_now(system):
    early, ahead = (timezone.now() + minutes * MINUTE for minutes in (2, 9))
    assert system.send(body_of(("A", 1), timestamp=early.isoformat())).status_code == 200
    assert StockSnapshot.objects.get().taken_at <= timezone.now()
    answer = system.send(body_of(("A", 1), timestamp=ahead.isoformat()))
    assert (answer.status_code, answer.json()["code"]) == (422, "not_at_that_time")
    assert StockMessage.objects.count() == 1


# -- the secret --------------------------------------------------------------------------------------------------


def test_after_a_rotation_the_old_secret_is_good_for_a_day(system, warehouse):
    fresh = System("CLOUD", secret=renew())
    assert [each.send(body_of(("A", 1))).status_code for each in (system, fresh)] == [200, 200]
    a_day_ago = timezone.now() - timedelta(hours=24, seconds=1)
    StockSender.objects.all().delete()
    old = System("CLOUD", secret=str(renew_stock_secret(warehouse.pk, actor=ACTOR, at=a_day_ago)))
    new = System("CLOUD", secret=str(renew_stock_secret(warehouse.pk, actor=ACTOR, at=a_day_ago)))
    assert [each.send(body_of(("A", 1))).status_code for each in (old, new)] == [401, 200]


def test_a_secret_that_leaked_is_stopped_at_once(system):
    fresh = System("CLOUD", secret=renew(at_once=True))
    assert [each.send(body_of(("A", 1))).status_code for each in (system, fresh)] == [401, 200]


def test_the_secret_is_sealed_and_in_no_record(system):
    box = bytes(StockSender.objects.get().secret_sealed)
    assert system.secret.encode() not in box
    entries = AuditEntry.objects.filter(table_name="catalog_stocksender")
    assert [entry.changes["secret_sealed"] for entry in entries] == ["•"]


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.ONSITE_OPERATOR, Role.BRAND_PARTNER])
def test_only_managers_make_secrets(warehouse, role):
    someone = Principal("person", "x", roles=frozenset({role}))
    with pytest.raises(RoleMayNotMirror):
        renew_stock_secret(warehouse.pk, actor=someone, at=timezone.now())
    with pytest.raises(NoMirror), transaction.atomic():
        renew_stock_secret(make_warehouse("MAIN").pk, actor=ACTOR, at=timezone.now())
    assert not StockSender.objects.exists()


def test_the_page_makes_a_secret_and_shows_it_this_once(warehouse):
    client, page = signed_in("boss", Role.OPERATIONS_MANAGER), "/admin/stock-differences/webhook/CLOUD/"
    assert "There is no secret yet" in client.get(page).content.decode()
    answer = client.post(page)
    secret = answer.context["secret"]
    assert System("CLOUD", secret=secret).send(body_of(("A", 1))).status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert secret in answer.content.decode()
    assert secret not in client.get(page).content.decode()
    client.post(page, {"at_once": "1"})
    assert System("CLOUD", secret=secret).send(body_of(("A", 1))).status_code == 401
    store = signed_in("store", Role.WAREHOUSE)
    assert [store.get(page).status_code, store.post(page).status_code] == [403, 403]
    assert client.get("/admin/stock-differences/webhook/NOWHERE/").status_code == 404


@pytest.mark.parametrize("verb", ["", "takeover"])
def test_a_form_without_a_known_verb_takes_nothing_over(system, verb):
    number = system.send(body_of(("A", 13))).json()["snapshot"]
    line = StockSnapshotLine.objects.get()
    form = {"verb": verb, "snapshot": number, "number": [line.pk], "note": "x"}
    answer = signed_in("store", Role.WAREHOUSE).post("/admin/stock-differences/act/", form)
    line.refresh_from_db()
    assert (answer.status_code, line.request, line.note) == (400, None, "")
