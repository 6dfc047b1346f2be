"""The audit trail: whatever way a row changes, one entry says who changed what."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import AccessRecord, AuditEntry, Department, User
from ops_portal.lib.principals import Principal, acting_as, job, system

from .people import person

TABLE = "accounts_department"


def departments(count: int) -> None:
    Department.objects.bulk_create(Department(code=f"d{i}", name=f"Team {i}") for i in range(count))


def entries(operation: str = "U") -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(table_name=TABLE, operation=operation).order_by("id"))


def as_nobody() -> None:
    """Take back the principal that an earlier operation left for the test's one transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.principal', '', true)")


@pytest.mark.django_db
def test_an_update_leaves_the_changed_columns_old_and_new(actor: Principal) -> None:
    department = Department.objects.create(code="ops", name="Operations")
    with acting_as(actor):
        Department.objects.filter(pk=department.pk).update(name="Store operations")
    (entry,) = entries()
    assert (entry.principal, entry.row_pk) == ("person:lin", str(department.pk))
    assert entry.changes == {"name": ["Operations", "Store operations"]}


@pytest.mark.django_db
def test_a_bulk_update_of_10_000_rows_leaves_10_000_entries_in_one_statement(actor: Principal) -> None:
    departments(10_000)
    with acting_as(actor):
        Department.objects.update(name=Concat(F("name"), Value("!")))
    found = entries()
    assert len(found) == 10_000
    assert {entry.principal for entry in found} == {"person:lin"}
    assert found[0].changes["name"][1] == found[0].changes["name"][0] + "!"


@pytest.mark.django_db
def test_a_plan_made_for_one_row_does_not_become_quadratic_for_20_000() -> None:
    departments(20_000)
    first = Department.objects.order_by("pk").first()
    assert first is not None
    for name in ("a", "b", "c", "d", "e", "f", "g"):
        Department.objects.filter(pk=first.pk).update(name=name)
    with connection.cursor() as cursor:
        # 20,000 × 20,000 comparisons take far longer than this.
        cursor.execute("SET LOCAL statement_timeout = '8s'")
    assert Department.objects.update(name="z") == 20_000
    assert len(entries()) == 20_007


@pytest.mark.django_db
def test_raw_sql_copy_and_delete_carry_the_principal(actor: Principal) -> None:
    with acting_as(actor), connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TABLE} (code, name) FROM STDIN", io.StringIO("a\tA\nb\tB\n"))
        cursor.execute(f"UPDATE {TABLE} SET name = 'AA' WHERE code = 'a'")
        cursor.execute(f"DELETE FROM {TABLE} WHERE code = 'b'")
    assert [entry.changes["code"] for entry in entries("I")] == ["a", "b"]
    assert [entry.changes for entry in entries("U")] == [{"name": ["A", "AA"]}]
    assert [entry.changes["name"] for entry in entries("D")] == ["B"]
    assert set(AuditEntry.objects.values_list("principal", flat=True)) == {"person:lin"}


@pytest.mark.django_db
def test_whoever_writes_past_every_operation_is_named_by_the_database() -> None:
    as_nobody()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {TABLE} (code, name) FROM STDIN", io.StringIO("a\tA\n"))
        cursor.execute(f"UPDATE {TABLE} SET name = 'AA'")
        cursor.execute("SELECT session_user")
        (role,) = cursor.fetchone()
    Department.objects.update(name="AAA")
    assert list(AuditEntry.objects.values_list("principal", flat=True)) == [f"database:{role}"] * 3


@pytest.mark.django_db(transaction=True)
def test_the_principal_ends_with_its_transaction(actor: Principal) -> None:
    with acting_as(actor):
        Department.objects.create(code="a", name="A")
    Department.objects.create(code="b", name="B")
    first, second = entries("I")
    assert first.principal == "person:lin"
    assert second.principal.startswith("database:")


@pytest.mark.django_db
@pytest.mark.parametrize("principal", [system("manage import"), job("orders.sweep")])
def test_machines_are_named_too(principal: Principal) -> None:
    with acting_as(principal):
        Department.objects.create(code="a", name="A")
    assert [entry.principal for entry in entries("I")] == [str(principal)]


@pytest.mark.django_db
def test_an_update_that_changes_nothing_leaves_no_entry() -> None:
    departments(3)
    assert Department.objects.update(name=F("name")) == 3
    assert entries() == []


@pytest.mark.django_db
def test_an_ignored_column_makes_no_entry_and_is_left_out_of_others(at: datetime) -> None:
    user = person()
    User.objects.filter(pk=user.pk).update(last_login=at)
    User.objects.filter(pk=user.pk).update(last_login=None, email="mei@example.com")
    changes = AuditEntry.objects.filter(table_name="accounts_user", operation="U").values_list(
        "changes", flat=True
    )
    assert list(changes) == [{"email": ["", "mei@example.com"]}]


@pytest.mark.django_db
def test_a_sealed_column_is_recorded_without_its_values() -> None:
    user = person()
    User.objects.filter(pk=user.pk).update(password="argon2$secret")
    born, changed = AuditEntry.objects.filter(table_name="accounts_user").order_by("id")
    assert born.changes["password"] == "•"
    assert changed.changes == {"password": ["•", "•"]}


@pytest.mark.django_db
def test_values_keep_their_json_types_and_nulls() -> None:
    user = person()
    parent = Department.objects.create(code="a", name="A")
    User.objects.filter(pk=user.pk).update(
        department=parent, is_active=False, roles=["finance"], name='线"上\\'
    )
    entry = AuditEntry.objects.get(table_name="accounts_user", operation="U")
    assert entry.changes == {
        "department_id": [None, parent.pk],
        "is_active": [True, False],
        "roles": [["onsite_operator"], ["finance"]],
        "name": ["", '线"上\\'],
    }


@pytest.mark.django_db
def test_a_changed_primary_key_is_not_lost() -> None:
    department = Department.objects.create(code="a", name="A")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET id = id + 1000 WHERE id = %s", [department.pk])
    assert {entry.row_pk for entry in entries()} == {str(department.pk), str(department.pk + 1000)}


@pytest.mark.django_db
@pytest.mark.parametrize("model", [AuditEntry, AccessRecord])
@pytest.mark.parametrize("statement", ["UPDATE {} SET principal = 'person:other'", "DELETE FROM {}"])
def test_the_record_is_neither_changed_nor_deleted(
    model: type[AuditEntry] | type[AccessRecord], statement: str, at: datetime
) -> None:
    Department.objects.create(code="a", name="A")
    AccessRecord.objects.create(at=at, what="export", document_kind="order", reason="audit")
    with (
        pytest.raises(DatabaseError, match=r"Cannot (update|delete)"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(model._meta.db_table))


@pytest.mark.django_db
@pytest.mark.parametrize("model", [AuditEntry, AccessRecord])
def test_no_record_goes_without_a_principal(
    model: type[AuditEntry] | type[AccessRecord], at: datetime
) -> None:
    fields = (
        {"table_name": "t", "row_pk": "1", "operation": "I", "changes": {}}
        if model is AuditEntry
        else {"at": at, "what": "export", "document_kind": "order", "reason": "audit"}
    )
    with pytest.raises(DatabaseError, match="has_a_principal"), transaction.atomic():
        model.objects.create(principal="", **fields)


@pytest.mark.django_db
def test_an_entry_is_dated_by_the_database() -> None:
    Department.objects.create(code="a", name="A")
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - max(at) < interval '1 minute' FROM accounts_auditentry")
        assert cursor.fetchone() == (True,)


def test_a_field_that_a_model_does_not_have_cannot_be_ignored() -> None:
    (trigger,) = audited(ignore=("nickname",), events=("update",))
    with pytest.raises(ValueError, match="nickname"):
        trigger.compile(Department)
