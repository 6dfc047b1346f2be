"""Delivery: at least once, in order for each object, tried for three days, and nothing lost by whoever dies."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import ApiKey, Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys, revoke_api_keys
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal, job
from ops_portal.lib.testing import assert_moves_follow_table, race
from ops_portal.outbox import delivering
from ops_portal.outbox.choices import AT_ONCE, DELIVERY_MOVES, LEASE, WAITS, DeliveryStatus
from ops_portal.outbox.delivering import deliver_due
from ops_portal.outbox.drafts import Answer, EndpointChange
from ops_portal.outbox.models import Attempt, Delivery, Endpoint
from ops_portal.outbox.operations.delivering import (
    AnswerDraft,
    claim_deliveries,
    forget_attempts,
    give_up_closed,
    record_answers,
    replay_deliveries,
    replay_failed,
)
from ops_portal.outbox.operations.endpoints import (
    change_endpoints,
    close_endpoints,
    ping_endpoints,
    rotate_secrets,
)
from ops_portal.outbox.signing import headers_of, secrets_of
from tests.factories import ACTOR, NOON
from tests.outbox.conftest import make_user, shipped, tell
from tests.outbox.receiver import Got, Receiver

pytestmark = pytest.mark.django_db

Maker = Callable[..., Endpoint]
WORKER = job("outbox.deliver")


def sweep(at: datetime = NOON) -> int:
    """Deliver what is due at ``at``."""
    return deliver_due(actor=WORKER, clock=lambda: at)


def statuses() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


def test_a_message_says_what_happened_and_is_delivered_once(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint_of(acme)
    tell(shipped("SO1", status="shipped", units=2))
    assert (sweep(), sweep()) == (1, 0)
    (got,) = receiver.got
    assert (got.path, got.headers["content-type"]) == ("/hook", "application/json")
    assert got.message == {
        "type": "order.shipped",
        "timestamp": "2026-11-11T04:00:00Z",
        "data": {
            "object": {"kind": "order", "number": "SO1"},
            "brand": "ACME",
            "sequence": 1,
            "facts": {"status": "shipped", "units": 2},
        },
    }
    assert statuses() == ["delivered"]
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.error, attempt.excerpt) == (200, "", "thanks")


def test_the_signature_is_what_anyone_computes_who_holds_the_secret(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint = endpoint_of(acme)
    tell(shipped())
    sweep()
    (got,) = receiver.got
    key = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    assert len(key) == 32
    assert got.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"


def test_the_example_of_the_specification_is_signed_as_it_says():
    at = datetime.fromtimestamp(1614265330, tz=UTC)
    headers = headers_of(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        at=at,
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_after_a_rotation_both_secrets_sign_for_a_day_and_then_the_new_one_alone(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint = endpoint_of(acme)
    new = rotate_secrets([endpoint.pk], actor=ACTOR, at=NOON).one().secret
    for number, at in (("SO1", NOON), ("SO2", NOON + timedelta(hours=24))):
        tell(shipped(number), at=at)
        sweep(at)
    both, alone = (got.headers["webhook-signature"].split(" ") for got in receiver.got)
    for got, secrets, found in zip(
        receiver.got, ((new, endpoint.secret), (new,)), (both, alone), strict=True
    ):
        at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), tz=UTC)
        text = got.body.decode()
        assert found == [Webhook(secret).sign(got.headers["webhook-id"], at, text) for secret in secrets]


def test_a_secret_is_kept_sealed(acme: User, endpoint_of: Maker):
    endpoint = endpoint_of(acme)
    kept = bytes(Endpoint.objects.get().secret_sealed)
    assert endpoint.secret.encode() not in kept
    assert secrets_of(kept, at=NOON) == (endpoint.secret,)


# -- order and retries -------------------------------------------------------------------------------------------


def refuse(*numbers: str) -> Callable[[Got], int]:
    return lambda got: 500 if got.what[0] in numbers else 200


def test_events_of_an_object_come_in_order_and_another_object_waits_for_none_of_them(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint_of(acme)
    receiver.answer = refuse("SO1")
    for kind in ("order.paid", "order.packed", "order.shipped"):
        tell(shipped("SO1", kind=kind), shipped("SO2", kind=kind))
    sweep()
    assert receiver.whats.count(("SO1", 1)) == 1
    assert [what for what in receiver.whats if what[0] == "SO2"] == [("SO2", 1), ("SO2", 2), ("SO2", 3)]
    assert ("SO1", 2) not in receiver.whats
    receiver.answer, receiver.got[:] = lambda got: 200, []
    sweep(NOON + timedelta(seconds=4))
    assert receiver.whats == []
    sweep(NOON + timedelta(seconds=6))
    assert receiver.whats == [("SO1", 1), ("SO1", 2), ("SO1", 3)]
    assert set(statuses()) == {"delivered"}


def test_one_endpoint_waits_for_no_other(acme: User, endpoint_of: Maker, receiver: Receiver):
    endpoint_of(acme, "/broken")
    endpoint_of(acme, "/well")
    receiver.answer = lambda got: 503 if got.path == "/broken" else 200
    tell(shipped(), shipped(kind="order.delivered"))
    sweep()
    assert sorted((got.path, got.what[1]) for got in receiver.got) == [
        ("/broken", 1), ("/well", 1), ("/well", 2),
    ]  # fmt: skip


def test_what_fails_is_tried_for_three_days_and_then_given_up_and_the_next_event_goes_on(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint_of(acme)
    receiver.answer = lambda got: 500 if got.what == ("SO1", 1) else 200
    tell(shipped(), shipped(kind="order.delivered"))
    at, tried_at = NOON, []
    while Delivery.objects.filter(sequence=1, status="pending").exists():
        assert sweep(at) == 1 or statuses() == ["failed", "delivered"]
        tried_at.append(at)
        first = Delivery.objects.get(sequence=1)
        if first.status == "pending":
            wait = first.next_at - at
            due = WAITS[first.attempts - 1]
            assert due <= wait <= due * 1.2
            assert sweep(first.next_at - timedelta(seconds=1)) == 0
            at = first.next_at
    assert len(tried_at) == 18
    assert timedelta(days=2, hours=22) < tried_at[-1] - NOON < timedelta(days=3, hours=14)
    assert statuses() == ["failed", "delivered"]
    assert receiver.whats == [("SO1", 1)] * 18 + [("SO1", 2)]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 2
    assert len({got.body for got in receiver.got[:18]}) == 1
    moves = (
        StateMove.objects.filter(document_kind="delivery").order_by("pk").values_list("to_status", "actor")
    )
    assert list(moves) == [("failed", "job:outbox.deliver"), ("delivered", "job:outbox.deliver")]


def test_the_first_waits_are_5_s_30_s_2_min_10_min_1_h_3_h_and_6_h(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint_of(acme)
    tell(shipped())
    at, waits = NOON, []
    for _turn in range(7):
        (claimed,) = claim_deliveries(9, actor=WORKER, at=at)
        answer = AnswerDraft(claimed.delivery_id, claimed.claim, Answer(500, 1))
        record_answers([answer], actor=WORKER, at=at, spread=lambda: 0.0)
        next_at = Delivery.objects.get().next_at
        waits.append(int((next_at - at).total_seconds()))
        at = next_at
    assert waits == [5, 30, 120, 600, 3600, 10800, 21600]


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_all_but_2xx_is_a_failure(acme: User, endpoint_of: Maker, receiver: Receiver, status: int):
    endpoint_of(acme)
    receiver.answer = lambda got: (status, {"Location": receiver.url("/elsewhere")}, b"no")
    tell(shipped())
    sweep()
    assert [got.path for got in receiver.got] == ["/hook"]  # no redirect was followed
    assert (statuses(), Attempt.objects.get().status_code) == (["pending"], status)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_2xx_is_delivered(acme: User, endpoint_of: Maker, receiver: Receiver, status: int):
    endpoint_of(acme)
    receiver.answer = lambda got: (status, {}, b"")
    tell(shipped())
    sweep()
    assert statuses() == ["delivered"]


def test_410_switches_the_endpoint_off_and_on_again_goes_what_waited(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint = endpoint_of(acme)
    receiver.answer = lambda got: 410
    tell(shipped(), shipped(kind="order.delivered"))
    sweep()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason, endpoint.disabled_at) == (False, "gone", NOON)
    tell(shipped(kind="order.completed"))  # numbered, and not for this endpoint
    assert sweep(NOON + timedelta(days=1)) == 0
    receiver.answer, receiver.got[:] = lambda got: 200, []
    change_endpoints([EndpointChange(endpoint.pk, is_active=True)], actor=ACTOR, at=NOON).one()
    sweep(NOON + timedelta(days=1))
    tell(shipped(kind="order.rated"))
    sweep(NOON + timedelta(days=1))
    assert receiver.whats == [("SO1", 1), ("SO1", 2), ("SO1", 4)]  # the gap shows


# -- whoever dies ------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_between_sending_and_recording_leads_to_the_message_twice(
    acme: User, endpoint_of: Maker, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    endpoint_of(acme)
    tell(shipped(), shipped(kind="order.delivered"))

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "record_answers", die)
        with pytest.raises(SystemExit):
            sweep()
    assert (receiver.whats, Attempt.objects.count()) == ([("SO1", 1)], 0)
    assert sweep(NOON + LEASE - timedelta(seconds=1)) == 0  # it may still be alive
    sweep(NOON + LEASE)
    assert receiver.whats == [("SO1", 1), ("SO1", 1), ("SO1", 2)]
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    assert statuses() == ["delivered", "delivered"]


def test_a_worker_that_dies_between_claiming_and_sending_loses_nothing(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint_of(acme)
    tell(shipped())
    assert len(claim_deliveries(9, actor=WORKER, at=NOON)) == 1
    assert sweep(NOON + timedelta(seconds=1)) == 0
    sweep(NOON + LEASE)
    assert (receiver.whats, statuses()) == ([("SO1", 1)], ["delivered"])


def test_a_late_answer_of_a_lost_claim_is_logged_and_changes_nothing(acme: User, endpoint_of: Maker):
    endpoint_of(acme)
    tell(shipped())
    (first,) = claim_deliveries(9, actor=WORKER, at=NOON)
    (second,) = claim_deliveries(9, actor=WORKER, at=NOON + LEASE)
    assert first.claim != second.claim
    late = AnswerDraft(first.delivery_id, first.claim, Answer(200, 1))
    outcome = record_answers([late], actor=WORKER, at=NOON + LEASE)
    assert [refusal.code for _index, refusal in outcome.refused] == ["claim_lost"]
    assert (statuses(), Attempt.objects.count()) == (["pending"], 1)
    mine = AnswerDraft(second.delivery_id, second.claim, Answer(200, 1))
    assert record_answers([mine], actor=WORKER, at=NOON + LEASE).one().status == "delivered"


def test_a_request_wakes_one_worker_after_its_commit_and_a_dead_broker_does_not_matter(
    acme: User, endpoint_of: Maker, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
):
    endpoint_of(acme)
    sent: list[str] = []

    def broken(name: str, **_: Any) -> None:
        sent.append(name)
        raise OSError("the broker is away")

    monkeypatch.setattr(current_app, "send_task", broken)
    with django_capture_on_commit_callbacks(execute=True):
        tell(shipped())
        tell(shipped("SO2"))
        assert sent == []
    assert sent == ["outbox.deliver"]
    assert statuses() == ["pending", "pending"]


def test_where_nothing_waits_nobody_is_woken(django_capture_on_commit_callbacks: Any):
    with django_capture_on_commit_callbacks() as callbacks:
        tell(shipped())
    assert callbacks == []


# -- several at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_4_sweepers_at_once_deliver_each_message_once_and_in_order(endpoint_of: Maker, receiver: Receiver):
    endpoint_of(make_user("agency", Role.OPERATIONS_MANAGER))
    tell(*(shipped(f"SO{n % 10}") for n in range(60)))
    race([sweep] * 4)
    assert sorted(receiver.whats) == [(f"SO{n}", turn) for n in range(10) for turn in range(1, 7)]
    for n in range(10):
        assert [turn for number, turn in receiver.whats if number == f"SO{n}"] == list(range(1, 7))
    assert Attempt.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_sweepers_that_look_without_claiming_deliver_twice(endpoint_of: Maker):
    """The control: what is only read, and not claimed by compare-and-set, goes to everybody."""
    endpoint_of(make_user("agency", Role.OPERATIONS_MANAGER))
    tell(*(shipped(f"SO{n}") for n in range(AT_ONCE)))

    def look() -> list[int]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, pg_sleep(0.05) FROM outbox_delivery WHERE status = 'pending' AND claim IS NULL",
                [],
            )
            found = [pk for pk, _slept in cursor.fetchall()]
            cursor.execute("UPDATE outbox_delivery SET claim = gen_random_uuid(), claimed_until = now()", [])
        return found

    taken = [pk for found in race([look] * 2) for pk in found]
    assert len(taken) > len(set(taken)) == AT_ONCE


@pytest.mark.django_db(transaction=True)
def test_8_claimers_at_once_get_different_deliveries(endpoint_of: Maker):
    agency = make_user("agency", Role.OPERATIONS_MANAGER)
    for n in range(6):
        endpoint_of(agency, f"/{n}")
    tell(*(shipped(f"SO{n}") for n in range(8)))
    taken = race([lambda: claim_deliveries(50, actor=WORKER, at=NOON)] * 8)
    ids = [claimed.delivery_id for each in taken for claimed in each]
    assert len(ids) == len(set(ids)) >= 6 * AT_ONCE


def test_of_one_endpoint_no_more_than_4_are_under_way_and_a_long_line_there_keeps_nobody_else_waiting(
    acme: User, endpoint_of: Maker
):
    slow, quick = endpoint_of(acme, "/slow"), endpoint_of(acme, "/quick", kinds=("order.paid",))
    tell(*(shipped(f"SO{n}") for n in range(30)))
    tell(shipped("SO99", kind="order.paid"), at=NOON + timedelta(seconds=1))
    at = NOON + timedelta(seconds=2)
    claimed = [one.url for _turn in range(3) for one in claim_deliveries(50, actor=WORKER, at=at)]
    assert (claimed.count(slow.url), claimed.count(quick.url)) == (AT_ONCE, 1)


# -- again -------------------------------------------------------------------------------------------------------


def test_what_was_delivered_or_given_up_can_be_sent_again_with_the_same_id(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    endpoint = endpoint_of(acme)
    tell(shipped("SO1"), shipped("SO2"))
    sweep()
    Delivery.objects.filter(sequence=1, event__object_number="SO2").update(status="failed", attempts=18)
    partner = Principal("key", "k", roles=frozenset({Role.BRAND_PARTNER}))
    replayed = replay_failed([endpoint.pk], since=NOON, actor=partner, at=NOON)
    assert [delivery.event.object_number for delivery in replayed.done] == ["SO2"]
    first = Delivery.objects.get(event__object_number="SO1")
    assert replay_deliveries([first.pk], actor=partner, at=NOON).one().status == "pending"
    again = replay_deliveries([first.pk], actor=partner, at=NOON)
    assert [refusal.code for _index, refusal in again.refused] == ["illegal_move"]
    sweep()
    assert sorted(receiver.whats) == [("SO1", 1), ("SO1", 1), ("SO2", 1), ("SO2", 1)]
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 2
    assert statuses() == ["delivered", "delivered"]


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(acme: User, endpoint_of: Maker):
    endpoint = endpoint_of(acme)
    tell(shipped())
    sweep()
    change_endpoints([EndpointChange(endpoint.pk, is_active=False)], actor=ACTOR, at=NOON)
    outcome = replay_deliveries([Delivery.objects.get().pk], actor=ACTOR, at=NOON)
    assert [refusal.code for _index, refusal in outcome.refused] == ["endpoint_is_off"]


def test_what_waits_for_a_closed_endpoint_is_given_up(acme: User, endpoint_of: Maker, receiver: Receiver):
    endpoint = endpoint_of(acme)
    tell(shipped())
    close_endpoints([endpoint.pk], actor=ACTOR, at=NOON).one()
    assert sweep(NOON) == 0
    assert len(give_up_closed(actor=WORKER, at=NOON).done) == 1
    assert (statuses(), receiver.got) == (["failed"], [])


def test_a_ping_goes_to_its_endpoint_alone_whatever_kinds_it_takes(
    acme: User, endpoint_of: Maker, receiver: Receiver
):
    one, _other = endpoint_of(acme, "/one", kinds=("order.paid",)), endpoint_of(acme, "/other")
    ping_endpoints([one.pk], actor=ACTOR, at=NOON).one()
    sweep()
    assert [(got.path, got.message["type"]) for got in receiver.got] == [("/one", "ping")]


def test_attempts_are_forgotten_after_30_days_and_not_before(acme: User, endpoint_of: Maker):
    endpoint_of(acme)
    tell(shipped())
    sweep()
    assert forget_attempts(actor=WORKER, at=NOON + timedelta(days=30)) == 0
    assert forget_attempts(actor=WORKER, at=NOON + timedelta(days=30, seconds=1)) == 1
    assert (Attempt.objects.count(), Delivery.objects.count()) == (0, 1)


def test_every_move_of_a_delivery_by_every_role(acme: User, endpoint_of: Maker):
    endpoint_of(acme)
    tell(*(shipped(f"SO{n}") for n in range(3)))
    rows = iter(Delivery.objects.order_by("pk"))

    def make(status: str) -> Delivery:
        delivery = next(rows)
        Delivery.objects.filter(pk=delivery.pk).update(status=status)
        delivery.status = status
        return delivery

    tried = assert_moves_follow_table(DELIVERY_MOVES, DeliveryStatus.values, [*Role.values], make, at=NOON)
    assert tried == 9 * len(Role.values)


# -- who no longer may hear --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["inactive", "no grant", "key revoked"])
def test_what_waits_for_an_owner_who_may_no_longer_hear_is_not_sent(
    db: None, endpoint_of: Maker, receiver: Receiver, end: str
):
    draft = ApiKeyDraft(roles=(Role.BRAND_PARTNER,), brands=("ACME",))
    key: ApiKey = create_api_keys([draft], actor=ACTOR, at=NOON).one().key
    endpoint_of(key.user)
    tell(shipped("SO1"))
    sweep()
    tell(shipped("SO2"))
    if end == "inactive":
        User.objects.filter(pk=key.user_id).update(is_active=False)
    elif end == "no grant":
        Grant.objects.filter(user=key.user).delete()
    else:
        revoke_api_keys([key], actor=ACTOR, at=NOON)
    sweep()
    assert receiver.whats == [("SO1", 1)]
    assert Attempt.objects.latest("pk").error == "owner_may_not_hear"
    assert statuses() == ["delivered", "pending"]


def test_the_lines_in_the_readme_know_a_genuine_message_from_a_forged_one(
    acme: User, endpoint_of: Maker, receiver: Receiver, settings: Any
):
    text = (settings.BASE_DIR / "README.md").read_text().partition("## Webhooks")[2]
    names: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0], names)  # noqa: S102 - our own document
    endpoint, now = endpoint_of(acme), timezone.now()
    tell(shipped(), at=now)
    sweep(now)
    (got,) = receiver.got
    is_genuine = names["is_genuine"]
    assert is_genuine(endpoint.secret, got.headers, got.body)
    assert not is_genuine(endpoint.secret, got.headers, got.body + b" ")
    assert not is_genuine("whsec_" + base64.b64encode(b"other").decode(), got.headers, got.body)
