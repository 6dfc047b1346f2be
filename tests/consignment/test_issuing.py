"""What is issued stays: numbers without gaps, frozen rows, a digest that anyone can compute again."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from consignment.choices import CommissionBase, StatementStatus
from consignment.drafts import AmendmentDraft, AnswerDraft, DisputeDraft
from consignment.models import LineDispute, Statement, StatementLine
from consignment.operations.contracts import amend_contracts
from consignment.operations.disputing import answer_disputes, dispute_lines
from consignment.operations.issuing import confirm_statements, issue_statements
from consignment.queries.audit import audit_statements
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import Principal
from orders.drafts import LineDraft
from orders.models import OrderLine
from tests.consignment.conftest import (
    CLERK,
    DECEMBER,
    NOVEMBER,
    OCTOBER,
    drafted,
    give_back,
    issued,
    make_contract,
    make_partner,
    noon,
    sell,
)
from tests.factories import ACTOR, make_shop, make_sku

pytestmark = pytest.mark.django_db
DRAFTING = 16  # statements, whatever the number of lines
PARTNER = Principal("key", "opk", roles=frozenset({Role.BRAND_PARTNER}))


@pytest.fixture
def contract(sku, shop):
    contract = make_contract(rate="0.15", fee="99.99")
    order = sell(shop, LineDraft("A1", 3, Decimal("33.33")), at=noon("2026-10-05"))
    sell(shop, LineDraft("A1", 1, Decimal("0.05")), at=noon("2026-10-06"))
    give_back(order, "10", at=noon("2026-10-07"))
    return contract


def refusals(outcome) -> list[str]:
    return [refused.code for _index, refused in outcome.refused]


def test_issued_statements_are_numbered_1_2_3_and_a_refused_one_takes_no_number(contract):
    september = drafted(contract, date(2026, 9, 1))
    october, november, december = (
        drafted(contract, first) for first in (OCTOBER, NOVEMBER, date(2026, 12, 1))
    )
    assert refusals(issue_statements([december.pk], actor=CLERK, at=DECEMBER)) == ["month_not_over"]
    assert refusals(issue_statements([october.pk], actor=CLERK, at=DECEMBER)) == ["earlier_draft"]
    outcome = issue_statements([november.pk, september.pk, october.pk], actor=CLERK, at=DECEMBER)
    assert [each.number for each in outcome.done] == ["ST00000001", "ST00000002", "ST00000003"]
    other = drafted(second_contract(), OCTOBER)
    with transaction.atomic():
        assert issued(other).number == "ST00000004"
        transaction.set_rollback(True)
    assert issued(other).number == "ST00000004"


def second_contract():
    make_sku("B1", brand="BOLT")
    make_partner("P-BOLT", "BOLT")
    return make_contract("P-BOLT")


def test_only_finance_and_the_operations_manager_issue(contract):
    statement = drafted(contract, OCTOBER)
    for role in Role:
        person = Principal("person", "p", roles=frozenset({role}))
        with transaction.atomic():
            outcome = issue_statements([statement.pk], actor=person, at=DECEMBER)
            allowed = role in (Role.FINANCE, Role.OPERATIONS_MANAGER)
            assert refusals(outcome) == ([] if allowed else ["role_may_not_move"])
            transaction.set_rollback(True)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE consignment_statement SET net = net + 1, adjustments = adjustments + 1",
        "UPDATE consignment_statement SET terms = '{}'",
        "UPDATE consignment_statement SET number = 'X'",
        "UPDATE consignment_statement SET status = 'draft'",
        "DELETE FROM consignment_statement",
        "UPDATE consignment_statementline SET net = 0",
        "DELETE FROM consignment_statementline",
        "INSERT INTO consignment_statementline SELECT (jsonb_populate_record(l,"
        ' \'{"id": 999999, "position": 99, "version": 9}\')).*'
        " FROM consignment_statementline l WHERE kind = 'fee'",
        "UPDATE consignment_contractversion SET rate = 0",
    ],
)
def test_nobody_changes_what_is_issued_not_even_in_sql(contract, sql):
    issued(drafted(contract, OCTOBER))
    with (
        pytest.raises(DatabaseError, match=r"issued|Cannot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_draft_that_was_computed_before_the_contract_was_amended_is_not_issued(contract):
    statement = drafted(contract, OCTOBER, at=noon("2026-11-01"))
    amendment = AmendmentDraft(contract.pk, date(2026, 10, 6), CommissionBase.BUYER_PAYMENT, Decimal("0.1"))
    amend_contracts([amendment], actor=ACTOR, at=noon("2026-11-02")).one()
    assert refusals(issue_statements([statement.pk], actor=CLERK, at=DECEMBER)) == ["draft_is_stale"]
    issued(drafted(contract, OCTOBER))
    assert refusals(amend_contracts([amendment], actor=ACTOR, at=DECEMBER)) == ["unknown_terms"]
    earlier = AmendmentDraft(contract.pk, date(2026, 10, 31), CommissionBase.BUYER_PAYMENT, Decimal("0.1"))
    assert amend_contracts([earlier], actor=ACTOR, at=DECEMBER).done


def test_what_is_settled_is_not_amended(contract):
    issued(drafted(contract, OCTOBER))
    amendment = AmendmentDraft(contract.pk, date(2026, 10, 6), CommissionBase.BUYER_PAYMENT, Decimal("0.1"))
    assert refusals(amend_contracts([amendment], actor=ACTOR, at=DECEMBER)) == ["settled_since"]


def test_the_audit_finds_the_same_cents_and_the_same_digest_after_the_order_changed(contract):
    statement = issued(drafted(contract, OCTOBER))
    assert audit_statements().ok
    line = OrderLine.objects.order_by("pk")[0]
    OrderLine.objects.filter(pk=line.pk).update(receivable=1, paid_amount=1)
    found = audit_statements()
    assert (found.ok, found.statements, found.lines, found.changed_lines) == (True, 1, 4, 1)
    assert found.changed[0]["receivable"] == ["99.99", "1.00"]
    out = StringIO()
    call_command("audit_statements", "--json", stdout=out)
    assert json.loads(out.getvalue())["ok"] is True
    assert Statement.objects.get(pk=statement.pk).net == statement.net


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            "UPDATE consignment_statementline SET commission = commission + 0.01 WHERE position = 2",
            "line 2 commission",
        ),
        ("UPDATE consignment_statementline SET title = 'x' WHERE position = 2", "digest"),
        ("UPDATE consignment_statement SET sales = sales + 1, adjustments = adjustments - 1", "sales"),
        ("UPDATE consignment_statement SET digest = decode(repeat('00', 32), 'hex')", "digest"),
    ],
)
def test_the_audit_names_a_cent_that_was_changed_behind_the_triggers(contract, change, what):
    issued(drafted(contract, OCTOBER))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    found = audit_statements()
    assert found.first_difference is not None
    assert (found.first_difference["statement"], found.first_difference["what"]) == ("ST00000001", what)


def test_a_disputed_statement_is_confirmed_after_the_answer_which_stands_on_the_next_draft(contract):
    statement = issued(drafted(contract, OCTOBER))
    line = statement.lines.order_by("position")[0]
    dispute = dispute_lines([DisputeDraft(line.pk, "wrong rate")], actor=PARTNER, at=DECEMBER).one()
    again = dispute_lines([DisputeDraft(line.pk, "still")], actor=PARTNER, at=DECEMBER)
    assert refusals(again) == ["disputed_already"]
    assert refusals(confirm_statements([statement.pk], actor=PARTNER, at=DECEMBER)) == ["dispute_open"]
    refused = answer_disputes([AnswerDraft(dispute.pk, True, "no")], actor=PARTNER, at=DECEMBER)
    assert refusals(refused) == ["role_may_not_move"]
    assert LineDispute.objects.get().answer == ""
    draft = AnswerDraft(dispute.pk, True, "right", Decimal("1.23"))
    answer_disputes([draft], actor=CLERK, at=DECEMBER).one()
    assert refusals(answer_disputes([draft], actor=CLERK, at=DECEMBER)) == ["illegal_move"]
    assert confirm_statements([statement.pk], actor=PARTNER, at=DECEMBER).one().status == "confirmed"
    assert refusals(dispute_lines([DisputeDraft(line.pk, "late")], actor=PARTNER, at=DECEMBER)) == [
        "not_disputable"
    ]
    for _twice in range(2):
        november = drafted(contract)
    assert (november.adjustments, november.net) == (Decimal("1.23"), Decimal("-98.76"))
    assert issued(november).status == StatementStatus.ISSUED
    assert audit_statements().ok
    assert drafted(contract, date(2026, 12, 1)).adjustments == 0


def test_a_rejected_dispute_adds_nothing(contract):
    statement = issued(drafted(contract, OCTOBER))
    line = statement.lines.order_by("position")[0]
    dispute = dispute_lines([DisputeDraft(line.pk, "wrong")], actor=PARTNER, at=DECEMBER).one()
    with_amount = AnswerDraft(dispute.pk, False, "as agreed", Decimal(1))
    assert refusals(answer_disputes([with_amount], actor=CLERK, at=DECEMBER)) == ["unfit_amount"]
    answer_disputes([AnswerDraft(dispute.pk, False, "as agreed")], actor=CLERK, at=DECEMBER).one()
    assert drafted(contract).adjustments == 0


def test_the_course_of_a_statement_is_on_record(contract):
    statement = issued(drafted(contract, OCTOBER))
    confirm_statements([statement.pk], actor=PARTNER, at=DECEMBER).one()
    moves = StateMove.objects.filter(document_kind="statement").order_by("pk")
    assert list(moves.values_list("from_status", "to_status")) == [
        ("", "draft"), ("draft", "issued"), ("issued", "confirmed"),
    ]  # fmt: skip


def test_no_line_settles_on_two_statements(contract):
    issued(drafted(contract, OCTOBER))
    line = StatementLine.objects.filter(kind="sale").first()
    november = drafted(contract)
    line.pk, line.statement, line.position = None, november, 50
    with pytest.raises(IntegrityError, match="sale_settles_once"), transaction.atomic():
        line.save(force_insert=True)


def test_drafting_takes_the_same_statements_for_one_line_and_for_many(contract, django_assert_num_queries):
    statement = drafted(contract, OCTOBER)
    with django_assert_num_queries(DRAFTING):
        drafted(contract, OCTOBER)
    for day in range(10, 20):
        sell(make_shop("S1"), LineDraft("A1", 1, Decimal("5")), at=datetime(2026, 10, day, tzinfo=UTC))
    with django_assert_num_queries(DRAFTING):
        drafted(contract, OCTOBER)
    assert statement.lines.count() == 14
