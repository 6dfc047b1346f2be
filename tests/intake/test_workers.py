"""Runs that are left to workers: started, swept up, done as whoever started them."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import User
from ops_portal.intake import ahead, running
from ops_portal.intake.choices import RUN_MOVES, RunStatus
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.models import ImportRun
from ops_portal.intake.operations.runs import claim_run, find_waiting, keep_claim, open_runs, queue_runs
from ops_portal.intake.running import import_file, prepare
from ops_portal.intake.tasks import resume_runs, run_import
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing import assert_moves_follow_table
from orders.models import Order
from tests.factories import ACTOR, NOON, make_shop
from tests.intake.conftest import order_file, order_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(write):
    make_shop("S1")
    path = write(order_file(*order_rows("T1", "T2")))
    return prepare(kind_of("orders.standard"), path, Options(shop="S1"), in_background=True)


@pytest.fixture
def sent(monkeypatch):
    messages: list[int] = []

    def send_task(name, kwargs=None, **more):
        assert name == "intake.run_import"
        messages.append(kwargs["run_id"])

    monkeypatch.setattr(current_app, "send_task", send_task)
    monkeypatch.setattr(run_import, "delay", lambda *, run_id: messages.append(run_id))
    return messages


def queued(draft) -> ImportRun:
    run = open_runs([draft], actor=ACTOR, at=NOON).one()
    return queue_runs([run.pk], actor=ACTOR, at=NOON).one()


def test_a_queued_run_wakes_a_worker_once_it_is_committed(draft, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(draft)
        assert sent == []
    assert sent == [run.pk]


def test_a_second_message_for_a_run_does_nothing(draft):
    run = queued(draft)
    run_import(run_id=run.pk)
    run_import(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.rows, Order.objects.count()) == (RunStatus.DONE, 2, 2)


def test_the_sweep_finds_what_no_message_brought_and_whose_worker_is_gone(draft, sent):
    waiting, at_work, dead, silent, by_hand = (queued(draft) for _ in range(5))
    now = timezone.now()
    for run in (at_work, dead, silent, by_hand):
        claim_run(run.pk, actor=ACTOR, at=now)
    ImportRun.objects.filter(pk=dead.pk).update(claimed_by=f"{at_work_host()}/999999999/1")
    ImportRun.objects.filter(pk=silent.pk).update(heartbeat_at=now - timedelta(minutes=3))
    ImportRun.objects.filter(pk=by_hand.pk).update(in_background=False, claimed_by="")
    assert find_waiting(at=now) == [waiting.pk, dead.pk, silent.pk]
    resume_runs()
    assert sent == [waiting.pk, dead.pk, silent.pk]
    run_import(run_id=dead.pk)
    assert ImportRun.objects.get(pk=dead.pk).status == RunStatus.DONE


def at_work_host() -> str:
    from ops_portal.intake.claims import this_process

    return this_process().split("/")[0]


def test_a_run_is_done_as_whoever_started_it(draft):
    user = User.objects.create_user("op", roles=[Role.ONSITE_OPERATOR])
    person = Principal("person", "op", user_id=user.pk, roles=frozenset(user.roles))
    run = open_runs([draft], actor=person, at=NOON).one()
    queue_runs([run.pk], actor=person, at=NOON).one()
    run_import(run_id=run.pk)
    from ops_portal.lib.models import StateMove

    assert set(StateMove.objects.values_list("actor", "user_id")) == {("person:op", user.pk)}


def test_a_file_that_is_gone_stops_its_run_with_the_reason(draft, storage):
    run = queued(draft)
    (storage / run.stored_file).unlink()
    run_import(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.failure != "") == (RunStatus.FAILED, True)


def test_every_move_of_a_run_by_every_role(draft):
    def make(status: str) -> ImportRun:
        run = open_runs([replace(draft, sha256="x")], actor=ACTOR, at=NOON).one()
        ImportRun.objects.filter(pk=run.pk).update(status=status)
        return ImportRun.objects.get(pk=run.pk)

    tried = assert_moves_follow_table(RUN_MOVES, RunStatus.values, Role.values, make, at=NOON)
    assert tried == 6 * 6 * 15


def test_a_run_whose_uploader_left_fails_with_the_reason(draft, sent):
    user = User.objects.create_user("op", roles=[Role.ONSITE_OPERATOR])
    person = Principal("person", "op", user_id=user.pk, roles=frozenset(user.roles))
    run = open_runs([draft], actor=person, at=NOON).one()
    queue_runs([run.pk], actor=person, at=NOON).one()
    User.objects.filter(pk=user.pk).update(is_active=False)
    run_import(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, "person:op" in run.failure, run.rows) == (RunStatus.FAILED, True, 0)
    assert find_waiting(at=timezone.now()) == []


def test_a_run_whose_uploader_lost_his_role_fails_with_the_reason(draft, sent):
    user = User.objects.create_user("op", roles=[Role.ONSITE_OPERATOR])
    person = Principal("person", "op", user_id=user.pk, roles=frozenset(user.roles))
    run = open_runs([draft], actor=person, at=NOON).one()
    queue_runs([run.pk], actor=person, at=NOON).one()
    User.objects.filter(pk=user.pk).update(roles=[Role.FINANCE])
    run_import(run_id=run.pk)
    run.refresh_from_db()
    assert (run.status, run.failure != "", Order.objects.count()) == (RunStatus.FAILED, True, 0)


def test_a_run_beats_while_its_first_chunk_is_long_in_coming(draft, monkeypatch):
    from orders.importers.standard import StandardTable

    read = StandardTable.records

    def slowly(table, after):
        time.sleep(0.3)
        yield from read(table, after)

    beats = []
    monkeypatch.setattr(StandardTable, "records", slowly)
    monkeypatch.setattr(ahead, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(
        running, "keep_claim", lambda run, *, actor, at: beats.append(keep_claim(run, actor=actor, at=at))
    )
    assert import_file(draft, actor=ACTOR).created == 2
    assert len(beats) >= 2
