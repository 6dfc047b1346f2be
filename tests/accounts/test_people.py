"""Letting people in, by password and for the first time, and recording what they looked at."""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory

from ops_portal.accounts.choices import Access, Role
from ops_portal.accounts.models import AccessRecord, AuditEntry, Grant, User
from ops_portal.accounts.operations.access import AccessDraft, ReasonMissing, record_access
from ops_portal.accounts.operations.people import (
    UnfitUsername,
    UnknownRole,
    UserDraft,
    UsernameTaken,
    WeakPassword,
    create_first_administrator,
    create_users,
)
from ops_portal.lib.principals import Principal, system

from .people import person

pytestmark = pytest.mark.django_db
GOOD = "warm-kettle-3-rivers"
LOGIN = "/admin/login/"


def sign_in(client: Client, username: str, password: str, address: str = "10.0.0.1") -> int:
    answer = client.post(
        LOGIN, {"username": username, "password": password, "next": "/admin/"}, REMOTE_ADDR=address
    )
    return answer.status_code


def test_people_are_let_in_with_roles_and_grants(actor: Principal, at: datetime) -> None:
    draft = UserDraft("mei", GOOD, [Role.SALES, Role.SALES], name="梅", shops=["TM1"], brands=["ACME"])
    user = create_users([draft], actor=actor, at=at).one()
    assert (user.roles, user.name, user.is_staff, user.date_joined) == (["sales"], "梅", True, at)
    assert user.check_password(GOOD)
    assert user.password.startswith("argon2")
    assert set(Grant.objects.values_list("kind", "code")) == {("shop", "TM1"), ("brand", "ACME")}
    assert GOOD not in repr(draft)


def test_a_batch_of_people_refuses_by_index_and_lets_the_others_in(actor: Principal, at: datetime) -> None:
    person("old")
    outcome = create_users(
        [
            UserDraft("old", GOOD, ["sales"]),
            UserDraft("new", GOOD, ["sales"]),
            UserDraft("new", GOOD, ["sales"]),
            UserDraft("a b", GOOD, ["sales"]),
            UserDraft("", GOOD, ["sales"]),
            UserDraft("weak", "1234", ["sales"]),
            UserDraft("king", GOOD, ["emperor"]),
        ],
        actor=actor,
        at=at,
    )
    assert [user.username for user in outcome.done] == ["new"]
    assert [(index, type(refused)) for index, refused in outcome.refused] == [
        (0, UsernameTaken),
        (2, UsernameTaken),
        (3, UnfitUsername),
        (4, UnfitUsername),
        (5, WeakPassword),
        (6, UnknownRole),
    ]
    assert all(str(refused) for _index, refused in outcome.refused)


def test_a_new_house_gets_one_administrator_and_never_a_second(at: datetime) -> None:
    first = create_first_administrator(actor=system(), at=at)
    assert first is not None
    username, password = first
    admin = User.objects.get(username=username)
    assert (admin.is_superuser, admin.is_staff, admin.check_password(password)) == (True, True, True)
    assert len(password) >= 16
    assert create_first_administrator(actor=system(), at=at) is None
    assert User.objects.count() == 1


def test_the_password_of_the_first_administrator_is_nowhere_in_the_trail(at: datetime) -> None:
    first = create_first_administrator(actor=system(), at=at)
    assert first is not None
    entry = AuditEntry.objects.get(table_name="accounts_user")
    assert (entry.principal, entry.changes["password"]) == ("system:portal", "•")


def test_a_person_signs_in_to_the_back_office(client: Client) -> None:
    person("mei", password=GOOD, is_staff=True)
    assert sign_in(client, "mei", GOOD) == 302
    assert client.session["_auth_user_id"]


def test_five_guesses_lock_a_name_at_one_address_and_nowhere_else(client: Client) -> None:
    person("mei", password=GOOD, is_staff=True)
    assert [sign_in(client, "mei", "guess") for _ in range(5)] == [200, 200, 200, 200, 429]
    assert sign_in(client, "mei", GOOD) == 429
    assert sign_in(client, "mei", GOOD, address="10.0.0.2") == 302
    assert sign_in(Client(), "lin", "guess") == 200


def test_four_guesses_are_forgiven_by_the_right_password(client: Client) -> None:
    person("mei", password=GOOD, is_staff=True)
    for _ in range(2):
        assert [sign_in(client, "mei", "guess") for _ in range(4)] == [200] * 4
        assert sign_in(client, "mei", GOOD) == 302


def test_a_wrong_key_never_locks_anyone(client: Client) -> None:
    for _ in range(6):
        client.get("/admin/", HTTP_AUTHORIZATION="Bearer opk_x_y")
    assert AccessAttempt.objects.count() == 0


def test_a_service_user_cannot_sign_in_even_with_a_password(rf: RequestFactory, client: Client) -> None:
    person("robot", password=GOOD, is_service=True)
    assert authenticate(rf.post(LOGIN), username="robot", password=GOOD) is None
    assert sign_in(client, "robot", GOOD) == 200


def test_a_person_who_left_cannot_sign_in_and_a_session_ends(client: Client) -> None:
    user = person("mei", password=GOOD, is_staff=True)
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    assert client.get("/admin/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/admin/").status_code == 302
    assert sign_in(client, "mei", GOOD) == 200


def test_what_was_opened_is_recorded_with_who_and_why(actor: Principal, at: datetime) -> None:
    record_access(
        [
            AccessDraft(Access.PERSONAL_DATA, "order", " parcel came back ", "O-1"),
            AccessDraft(Access.EXPORT, "order", "month's end"),
        ],
        actor=actor,
        at=at,
    )
    assert list(
        AccessRecord.objects.order_by("id").values_list("principal", "what", "document_number", "reason")
    ) == [
        ("person:lin", "personal_data", "O-1", "parcel came back"),
        ("person:lin", "export", "", "month's end"),
    ]


def test_nothing_is_opened_without_a_reason(actor: Principal, at: datetime) -> None:
    drafts = [AccessDraft(Access.EXPORT, "order", "why not"), AccessDraft(Access.EXPORT, "order", "  ")]
    with pytest.raises(ReasonMissing):
        record_access(drafts, actor=actor, at=at)
    assert AccessRecord.objects.count() == 0


def test_the_command_lets_a_person_in_by_a_password_on_standard_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{GOOD}\n"))
    out = io.StringIO()
    call_command(
        "create_user", "mei", "--role", "sales", "--shop", "TM1", "--password-stdin", "--json", stdout=out
    )
    user = User.objects.get(username="mei")
    assert json.loads(out.getvalue().splitlines()[-1]) == {"username": "mei", "id": user.pk}
    assert user.check_password(GOOD)
    assert user.codes("shop") == frozenset({"TM1"})


def test_the_command_fails_on_a_weak_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("1234\n"))
    with pytest.raises(CommandError, match="too short"):
        call_command("create_user", "mei", "--role", "sales", "--password-stdin")
    assert User.objects.count() == 0
