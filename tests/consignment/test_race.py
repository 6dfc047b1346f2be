"""Two clerks draft and issue at once: no line twice, no number twice; and the control, which does settle twice."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, transaction

from consignment.drafts import StatementDraft
from consignment.models import Statement, StatementLine
from consignment.operations.drafting import draft_statements
from consignment.operations.issuing import issue_statements
from ops_portal.lib.testing import race
from orders.drafts import LineDraft
from tests.consignment.conftest import (
    CLERK,
    DECEMBER,
    OCTOBER,
    agency_shop,
    make_contract,
    make_partner,
    noon,
    sell,
)
from tests.factories import make_sku

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contract():
    make_sku("A1", brand="ACME")
    make_partner()
    shop = agency_shop()
    for day in range(1, 9):
        sell(shop, LineDraft("A1", 1, Decimal("10")), at=noon(f"2026-10-0{day}"))
    return make_contract()


def test_six_drafts_and_issues_at_once_leave_8_lines_and_one_number(contract):
    def draft():
        return draft_statements([StatementDraft(contract.pk, OCTOBER)], actor=CLERK, at=DECEMBER)

    def issue():
        draft()
        pk = Statement.objects.get().pk
        return issue_statements([pk], actor=CLERK, at=DECEMBER)

    answers = race([draft, issue, draft, issue, draft, issue])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    statement = Statement.objects.get()
    assert (statement.number, statement.status, statement.net) == ("ST00000001", "issued", Decimal("64.00"))
    assert StatementLine.objects.count() == 8


def test_the_control_without_lock_and_constraint_settles_a_line_twice(contract):
    statement = draft_statements([StatementDraft(contract.pk, OCTOBER)], actor=CLERK, at=DECEMBER).one()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE settled (statement bigint, order_line bigint)")
    lines = list(StatementLine.objects.filter(statement=statement).values_list("order_line_id", flat=True))

    def settle():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT order_line FROM settled")
            known = {pk for (pk,) in cursor.fetchall()}
            cursor.execute("SELECT pg_sleep(0.2)")
            new = [(statement.pk, pk) for pk in lines if pk not in known]
            cursor.executemany("INSERT INTO settled VALUES (%s, %s)", new)

    try:
        assert race([settle, settle]) == [None, None]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM settled")
            assert cursor.fetchone() == (16,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE settled")
