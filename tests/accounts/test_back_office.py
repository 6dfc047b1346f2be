"""People, keys and the record in the back office."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ops_portal.accounts.api.authentication import find_key
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, ApiKey, AuditEntry, Department, Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, create_api_keys
from ops_portal.lib.principals import Principal

from .people import person

pytestmark = pytest.mark.django_db
GOOD = "warm-kettle-3-rivers"
NO_GRANTS = {"grants-TOTAL_FORMS": "0", "grants-INITIAL_FORMS": "0"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


@pytest.fixture
def root() -> Client:
    return client_of(person("root", roles=[], is_staff=True, is_superuser=True))


@pytest.fixture
def manager() -> Client:
    return client_of(person("boss", roles=[Role.OPERATIONS_MANAGER], is_staff=True))


@pytest.mark.parametrize("page", ["user", "department", "apikey", "auditentry", "accessrecord"])
def test_every_list_opens_for_managers_and_for_nobody_without_the_role(
    page: str, root: Client, manager: Client
) -> None:
    operator = client_of(person("mei", is_staff=True))
    address = f"/admin/accounts/{page}/"
    assert [client.get(address).status_code for client in (root, manager, operator)] == [200, 200, 403]


def test_a_superuser_lets_a_person_in_and_gives_roles_and_grants(root: Client) -> None:
    answer = root.post(
        "/admin/accounts/user/add/", {"username": "mei", "password1": GOOD, "password2": GOOD} | NO_GRANTS
    )
    user = User.objects.get(username="mei")
    assert (answer.status_code, user.check_password(GOOD)) == (302, True)
    answer = root.post(
        f"/admin/accounts/user/{user.pk}/change/",
        {
            "username": "mei",
            "name": "梅",
            "email": "",
            "roles": ["sales", "finance"],
            "is_active": "on",
            "is_staff": "on",
            "grants-TOTAL_FORMS": "1",
            "grants-INITIAL_FORMS": "0",
            "grants-0-kind": "shop",
            "grants-0-code": "TM1",
        },
    )
    assert answer.status_code == 302
    user.refresh_from_db()
    assert (user.roles, user.name, user.is_staff) == (["sales", "finance"], "梅", True)
    assert Grant.objects.get().code == "TM1"
    assert set(AuditEntry.objects.filter(row_pk=str(user.pk)).values_list("principal", flat=True)) == {
        "person:root"
    }


def test_the_page_of_a_person_shows_the_roles_ticked(root: Client) -> None:
    user = person("mei", roles=[Role.FINANCE])
    page = root.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    boxes = re.findall(r'<input[^>]*name="roles"[^>]*>', page)
    (ticked,) = [box for box in boxes if re.search(r"\schecked[\s>]", box)]
    assert len(boxes) == 15
    assert 'value="finance"' in ticked


def test_a_new_password_is_recorded_under_who_set_it(root: Client) -> None:
    user = person("mei", password="old-Kettle-99")
    answer = root.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": GOOD, "password2": GOOD})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(GOOD)
    entry = AuditEntry.objects.get(table_name="accounts_user", row_pk=str(user.pk), operation="U")
    assert (entry.principal, entry.changes) == ("person:root", {"password": ["•", "•"]})


def test_a_manager_sees_people_and_changes_none(manager: Client) -> None:
    user = person("mei")
    address = f"/admin/accounts/user/{user.pk}/change/"
    assert manager.get(address).status_code == 200
    assert manager.post(address, {"username": "mei", "is_superuser": "on"} | NO_GRANTS).status_code == 403
    assert manager.get("/admin/accounts/user/add/").status_code == 403
    assert manager.get("/admin/accounts/apikey/add/").status_code == 403


def test_a_reader_sees_roles_and_changes_in_words(root: Client, manager: Client) -> None:
    user = person("mei", roles=[Role.BRAND_PARTNER])
    page = manager.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    assert ("Brand partner" in page, "brand_partner" in page) == (True, False)
    root.post(f"/admin/accounts/user/{user.pk}/password/", {"password1": GOOD, "password2": GOOD})
    for operation, told in (("U", "Password: • → •"), ("I", "Username: mei")):
        entry = AuditEntry.objects.get(table_name="accounts_user", row_pk=str(user.pk), operation=operation)
        assert (
            told.lower()
            in manager.get(f"/admin/accounts/auditentry/{entry.pk}/change/").content.decode().lower()
        )
    born = manager.get(f"/admin/accounts/auditentry/{entry.pk}/change/").content.decode()
    assert "active: yes" in born.lower()
    assert not re.search(r"\d{4}-\d{2}-\d{2}T\d{2}:", born)


def test_nobody_is_deleted_not_even_by_a_superuser(root: Client) -> None:
    user = person("mei")
    assert root.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_new_key_is_shown_on_its_page_once_and_in_no_message(root: Client, at: datetime) -> None:
    assert root.get("/admin/accounts/apikey/add/").status_code == 200
    answer = root.post(
        "/admin/accounts/apikey/add/", {"name": "ACME", "roles": ["brand_partner"], "brands": "ACME, BOLT"}
    )
    page = answer.content.decode()
    (text,) = re.findall(r"opk_[0-9a-f]{12}_[0-9a-f]{64}", page)
    key = find_key(text, at=at)
    assert key is not None
    assert key.user.codes("brand") == frozenset({"ACME", "BOLT"})
    secret = text.rsplit("_", 1)[1]
    assert not any(secret in cookie.value for cookie in answer.cookies.values())
    assert secret not in str(dict(root.session))
    assert secret not in root.get("/admin/accounts/apikey/").content.decode()
    assert secret not in root.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_key_without_a_role_is_not_made(root: Client) -> None:
    answer = root.post("/admin/accounts/apikey/add/", {"name": "ACME"})
    assert (answer.status_code, ApiKey.objects.count()) == (200, 0)


def test_a_manager_revokes_keys_from_the_list(manager: Client, actor: Principal, at: datetime) -> None:
    keys = create_api_keys([ApiKeyDraft(roles=["sales"])] * 2, actor=actor, at=at).done
    answer = manager.post(
        "/admin/accounts/apikey/",
        {"action": "move_revoke", "_selected_action": [new.key.pk for new in keys]},
    )
    assert answer.status_code == 302
    assert ApiKey.objects.filter(revoked_at=None).count() == 0
    entries = AuditEntry.objects.filter(table_name="accounts_apikey", operation="U")
    assert {entry.principal for entry in entries} == {"person:boss"}


@pytest.mark.parametrize("page", ["auditentry", "accessrecord"])
def test_the_record_can_be_read_and_nothing_else(page: str, root: Client, at: datetime) -> None:
    Department.objects.create(code="a", name="A")
    AccessRecord.objects.create(at=at, what="export", document_kind="order", reason="audit")
    model: Any = {"auditentry": AuditEntry, "accessrecord": AccessRecord}[page]
    entry = model.objects.order_by("-pk").first()
    address = f"/admin/accounts/{page}/{entry.pk}"
    assert root.get(f"{address}/change/").status_code == 200
    assert root.post(f"{address}/change/", {}).status_code == 403
    assert root.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    assert root.get(f"/admin/accounts/{page}/add/").status_code == 403


def test_the_trail_is_listed_in_8_statements_however_many_rows_and_counts_no_table(root: Client) -> None:
    for rows in (1, 30):
        Department.objects.bulk_create(Department(code=f"{rows}-{i}", name="A") for i in range(rows))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert root.get("/admin/accounts/auditentry/?table=accounts_department").status_code == 200
        statements = [query["sql"] for query in captured]
        assert len(statements) <= 8
        counts = [sql for sql in statements if "COUNT(*)" in sql and "auditentry" in sql]
        assert all("LIMIT" in sql for sql in counts)


def test_the_list_of_people_costs_the_same_for_1_and_for_30(root: Client) -> None:
    department = Department.objects.create(code="a", name="A")
    counts = []
    for people in (1, 30):
        for i in range(people):
            person(f"u{people}-{i}", department=department)
        with CaptureQueriesContext(connection) as captured:
            assert root.get("/admin/accounts/user/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


@pytest.mark.django_db
def test_ones_own_new_password_is_recorded_under_who_set_it(client: Client) -> None:
    mei = person("mei", is_staff=True)
    mei.set_password("old-Secret-77")
    mei.save()
    client.force_login(mei)
    given = {
        "old_password": "old-Secret-77",
        "new_password1": "new-Secret-78",
        "new_password2": "new-Secret-78",
    }
    assert client.post("/admin/password_change/", given).status_code == 302
    entry = AuditEntry.objects.filter(table_name="accounts_user").latest("pk")
    assert (entry.principal, entry.changes) == ("person:mei", {"password": ["•", "•"]})
