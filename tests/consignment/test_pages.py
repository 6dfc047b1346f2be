"""The clerks' pages: what they show, what their buttons do, and what a spreadsheet gets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from consignment.models import LineDispute, Statement
from consignment.tasks import draft_last_month
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import AccessRecord, User
from ops_portal.desk.queries.background import unfinished_runs
from ops_portal.desk.working import work_off
from ops_portal.lib.principals import acting_as
from orders.drafts import LineDraft
from tests.consignment.conftest import OCTOBER, drafted, issued, make_contract, make_partner, noon, sell
from tests.factories import ACTOR, make_sku

pytestmark = pytest.mark.django_db
HOME = "/admin/settlement/"


@pytest.fixture
def statement(sku, shop) -> Statement:
    make_sku("=cmd|'x'!A1", brand="ACME")
    contract = make_contract()
    sell(shop, LineDraft("A1", 1, Decimal("10")), at=noon("2026-10-05"))
    sell(shop, LineDraft("=cmd|'x'!A1", 1, Decimal("5")), at=noon("2026-10-06"))
    return drafted(contract, OCTOBER)


def browser(role: Role) -> Client:
    with acting_as(ACTOR):
        user = User.objects.create(username=role, roles=[role], is_staff=True)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def test_a_statement_says_in_one_sentence_who_pays_and_adds_up(statement):
    text = browser(Role.FINANCE).get(f"{HOME}{statement.number}/").content.decode()
    assert "the agency pays Partner P-ACME 12.00 CNY" in text
    assert text.count("12.00") >= 2


def test_a_clerk_issues_answers_and_confirms(statement):
    clerk = browser(Role.FINANCE)
    here = f"{HOME}{statement.number}/"
    assert clerk.post(f"{here}draft/").status_code == 302
    there = clerk.post(f"{here}issue/").headers["Location"]
    assert there == f"{HOME}ST00000001/"
    clerk.post(f"{there}dispute/", {"line": 1, "reason": "the rate"})
    assert "the rate" in clerk.get(there).content.decode()
    clerk.post(f"{there}confirm/")
    assert Statement.objects.get().status == "issued"
    number = LineDispute.objects.get().number
    clerk.post(
        f"{there}answer/", {"number": number, "verdict": "accepted", "answer": "right", "amount": "0.50"}
    )
    assert LineDispute.objects.get().amount == Decimal("0.50")
    clerk.post(f"{there}confirm/")
    assert Statement.objects.get().status == "confirmed"


@pytest.mark.parametrize("role", [Role.ONSITE_OPERATOR, Role.BRAND_PARTNER, Role.CUSTOMER_SERVICE])
def test_others_are_not_let_in(statement, role):
    client = browser(role)
    for address in ("", f"{statement.number}/", f"{statement.number}/lines.csv", "partners/P-ACME/"):
        assert client.get(HOME + address).status_code == 403, address
    assert client.post(f"{HOME}{statement.number}/issue/").status_code == 403
    assert Statement.objects.get().status == "draft"


def test_the_management_reads_and_issues_nothing(statement):
    client = browser(Role.MANAGEMENT)
    assert client.get(f"{HOME}{statement.number}/").status_code == 200
    assert client.post(f"{HOME}{statement.number}/issue/").status_code == 403


def test_a_spreadsheet_gets_no_formula_and_the_export_is_recorded(statement):
    answer = browser(Role.FINANCE).get(f"{HOME}{statement.number}/lines.csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "'=cmd|'x'!A1" in lines[2]
    assert ",=cmd" not in lines[2]
    assert AccessRecord.objects.get().document_number == statement.number


def test_the_list_narrows_by_month_partner_and_status_and_adds_up(statement):
    clerk = browser(Role.FINANCE)
    text = clerk.get(f"{HOME}?month=2026-10&partner=P-ACME&status=draft").content.decode()
    assert statement.number in text
    assert "12.00 CNY" in text
    assert statement.number not in clerk.get(f"{HOME}?month=2026-09").content.decode()
    assert statement.number not in clerk.get(f"{HOME}?month=nonsense").content.decode()


def test_lines_are_found_by_order_sku_and_group(statement):
    clerk = browser(Role.FINANCE)
    number = statement.lines.order_by("position")[0].order_number
    found = clerk.get(f"{HOME}{statement.number}/?search={number}").content.decode()
    assert (f"/{number}/" in found, "cmd" in found) == (True, False)
    assert "No lines answer this." in clerk.get(f"{HOME}{statement.number}/?group=fee").content.decode()


def test_both_pages_take_a_fixed_number_of_statements(statement, shop, django_assert_max_num_queries):
    clerk = browser(Role.FINANCE)
    for day in (7, 8, 9):
        sell(shop, LineDraft("A1", 1, Decimal("10")), at=noon(f"2026-10-0{day}"))
    again = issued(drafted(statement.contract, OCTOBER))
    for month in (11, 12):
        drafted(statement.contract, date(2026, month, 1))
    for address in (HOME, f"{HOME}{again.number}/"):
        with django_assert_max_num_queries(12):
            assert clerk.get(address).status_code == 200


def test_the_task_drafts_the_last_month_again_and_again(statement):
    for _month_again in range(2):
        assert (draft_last_month(), draft_last_month()) == (1, 0)
        (run_id,) = unfinished_runs()
        work_off(run_id, at=timezone.now())


def test_disputes_that_wait_are_told_on_the_list_with_their_age_and_lead_to_their_lines(statement):
    clerk = browser(Role.FINANCE)
    number = issued(statement).number
    assert "wait" not in clerk.get(HOME).content.decode()
    assert b"ST0" not in b"".join(clerk.get(f"{HOME}?disputed=on").content.split(b"<tbody>")[1:])
    clerk.post(f"{HOME}{number}/dispute/", {"line": 2, "reason": "the rate"})
    assert "1 dispute waits for an answer, since " in clerk.get(HOME).content.decode()
    assert f"{HOME}{number}/" in clerk.get(f"{HOME}?disputed=on").content.decode()
    page = clerk.get(f"{HOME}{number}/").content.decode()
    order = statement.lines.get(position=2).order_number
    assert f'href="?search={order}#lines"' in page
    assert "It can be confirmed once every dispute is answered." in page


def test_a_spreadsheet_has_headings_and_kinds_in_the_words_of_its_reader(statement):
    client = browser(Role.FINANCE)
    client.cookies["portal_language"] = "zh-hans"
    answer = client.get(f"{HOME}{statement.number}/lines.csv")
    head, first, *_rest = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert head.startswith("序号,类型,")
    assert first.startswith("1,销售,2026-10-05,SO")


def test_a_month_that_has_not_begun_is_refused_once_for_all_contracts(statement, settings):
    settings.PORTAL_MAIL_LANGUAGE = "en"
    make_sku("B1", brand="BETA")
    make_partner("P-BETA", "BETA")
    make_contract("P-BETA")
    clerk = browser(Role.FINANCE)
    assert (
        "left to the workers"
        in clerk.post(f"{HOME}draft/", {"month": "2999-01"}, follow=True).content.decode()
    )
    (run_id,) = unfinished_runs()
    work_off(run_id, at=timezone.now())
    assert clerk.get(HOME).content.decode().count("2999-01 has not begun.") == 1
    assert Statement.objects.count() == 1


def test_an_amount_that_is_none_is_named_as_what_is_wrong_with_the_answer(statement):
    clerk = browser(Role.FINANCE)
    number = issued(statement).number
    clerk.post(f"{HOME}{number}/dispute/", {"line": 1, "reason": "the rate"})
    answer = {"number": LineDispute.objects.get().number, "verdict": "accepted", "answer": "right"}
    page = clerk.post(f"{HOME}{number}/answer/", {**answer, "amount": "1,5"}, follow=True)
    assert "Write the amount as 12.50." in page.content.decode().split("settlement-head")[0]
    assert LineDispute.objects.get().status == "open"
