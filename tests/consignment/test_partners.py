"""Partners, their keys and grants, and contracts that never overlap."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from consignment.choices import CommissionBase, ContractMode, ContractStatus
from consignment.drafts import ContractDraft, EndDraft, PartnerDraft
from consignment.models import Contract, ContractCover, Partner, PartnerUser
from consignment.operations.contracts import draft_contracts, end_contracts, sign_contracts
from consignment.operations.partners import save_partners
from ops_portal.accounts.choices import Role
from ops_portal.accounts.models import ApiKey, Grant, User
from ops_portal.lib.principals import Principal
from tests.consignment.conftest import DECEMBER, LONG_AGO, agency_shop, make_contract, make_partner
from tests.factories import ACTOR, make_shop

pytestmark = pytest.mark.django_db


def refusals(outcome) -> list[str]:
    return [refused.code for _index, refused in outcome.refused]


def key_of(code: str, *more: str) -> str:
    out = StringIO()
    call_command("create_api_key", "--partner", code, *more, "--json", stdout=out)
    return json.loads(out.getvalue())["key"]


def grants() -> list[str]:
    return sorted(Grant.objects.values_list("code", flat=True))


def test_a_partners_key_holds_its_brands_and_follows_them():
    make_partner("P-ACME", "ACME", "AXIOM")
    make_partner("P-BOLT", "BOLT")
    key_of("P-ACME")
    user = PartnerUser.objects.get().user
    assert (user.roles, user.is_service, user.is_staff, grants()) == (
        [Role.BRAND_PARTNER], True, False, ["ACME", "AXIOM"],
    )  # fmt: skip
    assert {"settlement:read", "settlement:write", "orders:read", "stock:read"} < set(
        ApiKey.objects.get().scopes
    )
    save_partners([PartnerDraft("P-ACME", brand_codes=["AXIOM"])], actor=ACTOR, at=DECEMBER).one()
    assert grants() == ["AXIOM"]
    key_of("P-BOLT")
    save_partners([PartnerDraft("P-BOLT", brand_codes=["BOLT", "ACME"])], actor=ACTOR, at=DECEMBER).one()
    assert grants() == ["ACME", "AXIOM", "BOLT"]
    save_partners([PartnerDraft("P-BOLT", is_active=False)], actor=ACTOR, at=DECEMBER).one()
    assert grants() == ["AXIOM"]


def test_a_key_is_for_a_partner_or_for_roles_and_not_for_both():
    make_partner()
    with pytest.raises(CommandError, match="Name a --role"):
        call_command("create_api_key")
    with pytest.raises(CommandError, match="leave --role"):
        call_command("create_api_key", "--partner", "P-ACME", "--role", "finance")
    with pytest.raises(CommandError, match="NOBODY"):
        call_command("create_api_key", "--partner", "NOBODY", stdout=StringIO())
    call_command("create_api_key", "--role", "brand_partner", "--brand", "ACME", stdout=StringIO())
    assert ApiKey.objects.count() == 1


def test_a_brand_belongs_to_one_partner_at_a_time():
    make_partner()
    outcome = save_partners([PartnerDraft("P-2", brand_codes=["ACME"])], actor=ACTOR, at=DECEMBER)
    assert refusals(outcome) == ["brand_taken"]
    assert Partner.objects.count() == 1


def test_only_brand_partners_act_for_a_partner_and_lose_every_grant_when_they_no_longer_do():
    make_partner()
    clerk = User.objects.create(username="clerk", roles=[Role.FINANCE])
    wrong = save_partners([PartnerDraft("P-ACME", user_ids=[clerk.pk])], actor=ACTOR, at=DECEMBER)
    assert refusals(wrong) == ["not_a_partners_user"]
    agent = User.objects.create(username="agent", roles=[Role.BRAND_PARTNER])
    save_partners([PartnerDraft("P-ACME", user_ids=[agent.pk])], actor=ACTOR, at=DECEMBER).one()
    assert grants() == ["ACME"]
    save_partners([PartnerDraft("P-ACME", user_ids=[])], actor=ACTOR, at=DECEMBER).one()
    assert grants() == []


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (("2026-01-01", "2026-06-30", ()), ("2026-06-30", None, ()), ["contracts_overlap"]),
        (("2026-01-01", "2026-06-30", ()), ("2026-07-01", None, ()), []),
        (("2026-01-01", None, ("S1",)), ("2026-03-01", None, ("S2",)), []),
        (("2026-01-01", None, ("S1",)), ("2026-03-01", None, ("S1", "S2")), ["contracts_overlap"]),
        (("2026-01-01", None, ("S1",)), ("2026-03-01", None, ()), ["contracts_overlap"]),
    ],
)
def test_no_two_contracts_cover_a_brand_in_a_shop_on_one_day(first, second, answer):
    make_partner()
    agency_shop("S1"), agency_shop("S2")
    make_contract(starts_on=day(first[0]), ends_on=day(first[1]), shops=first[2])
    draft = ContractDraft(
        "P-ACME", ContractMode.COMMISSION, CommissionBase.BUYER_PAYMENT, Decimal("0.1"),
        day(second[0]), day(second[1]), shop_codes=second[2],
    )  # fmt: skip
    contract = draft_contracts([draft], actor=ACTOR, at=LONG_AGO).one()
    assert refusals(sign_contracts([contract.pk], actor=ACTOR, at=LONG_AGO)) == answer
    contract.refresh_from_db()
    assert contract.status == (ContractStatus.DRAFT if answer else ContractStatus.IN_FORCE)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def test_the_database_refuses_an_overlap_whoever_writes_it():
    make_partner()
    contract = make_contract()
    cover = ContractCover.objects.get()
    with pytest.raises(IntegrityError, match="never_overlap"), transaction.atomic():
        ContractCover.objects.create(
            contract=contract, brand=cover.brand, shops=cover.shops, period=cover.period
        )


def test_a_contract_that_ends_makes_room_from_the_day_after():
    make_partner()
    contract = make_contract()
    end_contracts([EndDraft(contract.pk, date(2026, 6, 30))], actor=ACTOR, at=DECEMBER).one()
    assert make_contract(starts_on=date(2026, 7, 1)).status == ContractStatus.IN_FORCE


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"partner_code": "NOBODY"}, "no_such_partner"),
        ({"brand_codes": ("BOLT",)}, "not_their_brand"),
        ({"mode": "barter"}, "unknown_terms"),
        ({"base": "thin air"}, "unknown_terms"),
        ({"rate": Decimal("1.01")}, "unknown_terms"),
        ({"rate": Decimal("0.1234567")}, "unknown_terms"),
        ({"monthly_fee": Decimal("-1")}, "unknown_terms"),
        ({"ends_on": date(2025, 1, 1)}, "unknown_terms"),
        ({"shop_codes": ("S9",)}, "payee_differs"),
        ({"shop_codes": ("NOWHERE",)}, "unknown_terms"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused(change, answer):
    make_partner()
    make_shop("S9")  # the brand's money
    given = {
        "partner_code": "P-ACME",
        "mode": "commission",
        "base": "buyer_payment",
        "rate": Decimal("0.1"),
        "starts_on": date(2026, 1, 1),
    }
    outcome = draft_contracts([ContractDraft(**given | change)], actor=ACTOR, at=DECEMBER)
    assert refusals(outcome) == [answer]
    assert Contract.objects.count() == 0


def test_only_the_operations_manager_and_the_management_sign():
    make_partner()
    draft = ContractDraft("P-ACME", "commission", "buyer_payment", Decimal("0.1"), date(2026, 1, 1))
    contract = draft_contracts([draft], actor=ACTOR, at=datetime(2026, 1, 1, tzinfo=UTC)).one()
    for role in Role:
        with transaction.atomic():
            person = Principal("person", "p", roles=frozenset({role}))
            done = bool(sign_contracts([contract.pk], actor=person, at=DECEMBER).done)
            assert done == (role in (Role.OPERATIONS_MANAGER, Role.MANAGEMENT))
            transaction.set_rollback(True)
