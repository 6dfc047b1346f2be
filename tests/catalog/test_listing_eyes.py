"""Four eyes: by role, in words before the database is asked, and by the database itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.dispatch import receiver

from catalog.drafts import ApprovalDraft, CommentDraft, OfferedSku, PriceDraft, ReturnDraft, VersionDraft
from catalog.models import Listing, ListingVersion, Price, ProhibitedWord
from catalog.operations.listings import (
    approve_versions,
    check_versions,
    comment_versions,
    delist_listings,
    discard_versions,
    draft_listings,
    recall_versions,
    relist_listings,
    restore_versions,
    return_versions,
    submit_versions,
    write_versions,
)
from catalog.operations.prices import set_prices
from catalog.queries.prices import prices_at
from catalog.signals import before_publication
from ops_portal.accounts.choices import Role
from ops_portal.lib.principals import acting_as
from ops_portal.lib.refusals import Refused
from tests.catalog.listings import LATER, Desk, codes, person
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db
BOTH = (Role.PRODUCT_SUPERVISOR, Role.OPERATIONS_MANAGER)
STRANGERS = [Role.CUSTOMER_SERVICE, Role.WAREHOUSE, Role.BRAND_PARTNER, Role.FINANCE, Role.SALES]


@pytest.fixture
def desk():
    return Desk()


@pytest.mark.parametrize("role", STRANGERS)
def test_roles_that_list_nothing_do_none_of_it(desk, role):
    stranger = person("stranger", role)
    draft, live = desk.draft(), Desk("S2", "TEA-2")
    approved = live.approved()
    told = VersionDraft(draft.number, desk.content(title="x"), draft.updated_at)
    act = {"actor": stranger, "at": LATER}
    assert codes(write_versions([told], **act)) == ["role_may_not_write"]
    assert codes(comment_versions([CommentDraft(draft.number, "", "x")], **act)) == ["role_may_not_write"]
    assert codes(draft_listings([live.draft_of], **act)) == ["role_may_not_write"]
    assert codes(restore_versions([approved.number], **act)) == ["role_may_not_write"]
    assert codes(submit_versions([draft.number], **act)) == ["role_may_not_move"]
    assert codes(discard_versions([draft.number], **act)) == ["role_may_not_move"]
    assert codes(delist_listings([live.listing().number], reason="x", **act)) == ["role_may_not_move"]
    submit_versions([draft.number], actor=desk.writer, at=LATER)
    assert codes(recall_versions([draft.number], **act)) == ["role_may_not_move"]


@pytest.mark.parametrize("role", [*STRANGERS, Role.ONSITE_OPERATOR, Role.PRODUCT, Role.OPERATIONS])
def test_writers_neither_check_nor_approve_nor_return(desk, role):
    someone = person("someone", role)
    number = desk.submitted().number
    assert codes(check_versions([number], actor=someone, at=LATER)) == ["role_may_not_move"]
    assert codes(return_versions([ReturnDraft(number, "x")], actor=someone, at=LATER)) == [
        "role_may_not_move"
    ]
    check_versions([number], actor=desk.checker, at=LATER).one()
    assert codes(approve_versions([ApprovalDraft(number)], actor=someone, at=LATER)) == ["role_may_not_move"]


def test_the_operations_manager_approves_and_does_not_check(desk):
    number = desk.submitted().number
    assert codes(check_versions([number], actor=desk.approver, at=LATER)) == ["role_may_not_move"]


def test_who_wrote_anything_of_it_neither_checks_nor_approves(desk):
    boss = person("boss", *BOTH)
    version = desk.draft()
    desk.write(version, by=boss, title="By the boss")
    desk.write(version, title="By the writer again")
    submit_versions([version.number], actor=desk.writer, at=LATER).one()
    assert codes(check_versions([version.number], actor=boss, at=LATER)) == ["own_work"]
    check_versions([version.number], actor=desk.checker, at=LATER).one()
    assert codes(approve_versions([ApprovalDraft(version.number)], actor=boss, at=LATER)) == ["own_work"]


def test_who_submits_what_others_wrote_vouches_for_it(desk):
    boss = person("boss", *BOTH)
    number = desk.draft().number
    submit_versions([number], actor=boss, at=LATER).one()
    assert codes(check_versions([number], actor=boss, at=LATER)) == ["own_work"]


def test_who_checked_does_not_approve(desk):
    boss = person("boss", *BOTH)
    number = desk.submitted().number
    check_versions([number], actor=boss, at=LATER).one()
    outcome = approve_versions([ApprovalDraft(number)], actor=boss, at=LATER)
    assert codes(outcome) == ["same_person"]
    assert "somebody else" in str(outcome.refused[0][1])
    approve_versions([ApprovalDraft(number)], actor=desk.approver, at=LATER).one()


def test_two_product_supervisors_check_and_approve(desk):
    number = desk.checked().number
    other = person("other", Role.PRODUCT_SUPERVISOR)
    assert approve_versions([ApprovalDraft(number)], actor=other, at=LATER).one().approver_id == other.user_id


@pytest.mark.parametrize(
    ("given", "constraint"),
    [
        ({"checker": "writer"}, "nobody_approves_own_work"),
        ({"approver": "writer"}, "nobody_approves_own_work"),
        ({"checker": "boss", "approver": "boss"}, "two_steps_are_two_people"),
        ({"checker": "boss", "status": "approved"}, "approved_by_two"),
    ],
)
def test_the_database_knows_four_eyes_too(desk, given, constraint):
    people = {"writer": desk.writer.user_id, "boss": desk.checker.user_id}
    version = desk.submitted()
    values = {f"{name}_id" if who in people else name: people.get(who, who) for name, who in given.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), acting_as(ACTOR):
        ListingVersion.objects.filter(pk=version.pk).update(**values)


@pytest.mark.parametrize("status", ["submitted", "checked", "approved"])
def test_the_database_lets_nothing_be_changed_after_it_was_submitted(desk, status):
    version = getattr(desk, status)()
    for changed in ({"content": {"title": "x"}}, {"writers": []}):
        with pytest.raises(IntegrityError, match="stands still"), transaction.atomic(), acting_as(ACTOR):
            ListingVersion.objects.filter(pk=version.pk).update(**changed)


def test_a_word_that_was_forbidden_after_the_check_stops_the_approval(desk):
    number = desk.checked().number
    ProhibitedWord.objects.create(word="Green")
    outcome = approve_versions([ApprovalDraft(number)], actor=desk.approver, at=LATER)
    assert codes(outcome) == ["content_not_ready"]
    assert not Listing.objects.get().live_id


def test_prices_count_from_the_approval_and_not_before(desk):
    desk.approved(skus=(OfferedSku("TEA-1", Decimal("8.50")),))
    prices = {at: prices_at([desk.sku.pk], desk.channel.pk, at)[desk.sku.pk] for at in (NOON, LATER)}
    assert prices == {NOON: Decimal("10.00"), LATER: Decimal("8.50")}
    price = Price.objects.get(channel=desk.channel)
    assert (price.since, price.actor) == (LATER, str(desk.approver))


def test_a_price_below_the_floor_is_approved_with_a_reason_only(desk):
    desk.sku.floor_price = Decimal("9.00")
    desk.sku.save()
    number = desk.checked(skus=(OfferedSku("TEA-1", Decimal("8.99")),)).number
    outcome = approve_versions([ApprovalDraft(number, " ")], actor=desk.approver, at=LATER)
    assert (codes(outcome), Price.objects.filter(channel=desk.channel).count()) == (["below_floor"], 0)
    draft = ApprovalDraft(number, "Clearance before expiry")
    version = approve_versions([draft], actor=desk.approver, at=LATER).one()
    assert version.floor_reason == "Clearance before expiry"
    assert Price.objects.get(channel=desk.channel).reason == "Clearance before expiry"


def test_a_new_version_begins_with_the_live_one_at_the_prices_of_the_day(desk):
    desk.approved()
    day = LATER + timedelta(days=1)
    set_prices([PriceDraft("TEA-1", Decimal("7.77"), "S1")], actor=ACTOR, at=day)
    version = draft_listings([replace(desk.draft_of, content=None)], actor=desk.writer, at=day).one()
    assert version.content["title"] == "Green tea TEA-1"
    assert [each["price"] for each in version.content["skus"]] == ["7.77"]
    discard_versions([version.number], actor=desk.writer, at=day)
    restored = restore_versions([f"{desk.listing().number}-1"], actor=desk.writer, at=day).one()
    assert [each["price"] for each in restored.content["skus"]] == ["7.77"]


class LicenceLapsed(Refused):
    code = "licence_lapsed"


@pytest.fixture
def veto():
    """A floor above that refuses what is titled so."""
    asked = []

    @receiver(before_publication, dispatch_uid="test.veto")
    def refuse(sender, *, versions, **_):
        asked.append([version.number for version in versions])
        return {v.pk: LicenceLapsed("No licence.") for v in versions if v.content["title"] == "Unlicensed"}

    yield asked
    before_publication.disconnect(dispatch_uid="test.veto")


def test_a_floor_above_stops_the_publication_of_one_of_two_versions(desk, veto):
    other = Desk("S2", "TEA-2")
    numbers = [desk.checked(title="Unlicensed").number, other.checked().number]
    outcome = approve_versions([ApprovalDraft(number) for number in numbers], actor=desk.approver, at=LATER)
    assert ([each.number for each in outcome.done], codes(outcome)) == ([numbers[1]], ["licence_lapsed"])
    assert veto == [numbers]
    assert desk.listing().status == "new"
    assert Price.objects.filter(channel=desk.channel).count() == 0


def test_a_floor_above_stops_a_listing_from_coming_back(desk, veto):
    desk.approved()
    number = desk.listing().number
    delist_listings([number], reason="No stock", actor=desk.writer, at=LATER).one()
    relist_listings([number], actor=desk.writer, at=LATER).one()
    second = desk.checked(title="Unlicensed")
    before_publication.disconnect(dispatch_uid="test.veto")
    approve_versions([ApprovalDraft(second.number)], actor=desk.approver, at=LATER).one()
    delist_listings([number], reason="No stock", actor=desk.writer, at=LATER).one()

    @receiver(before_publication, dispatch_uid="test.veto")
    def refuse(sender, *, versions, **_):
        return {version.pk: LicenceLapsed("No licence.") for version in versions}

    assert codes(relist_listings([number], actor=desk.writer, at=LATER)) == ["licence_lapsed"]
    assert desk.listing().status == "off"
