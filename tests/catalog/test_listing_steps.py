"""A version's way from its draft over two people to the shop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalog.choices import ListingStatus, VersionStatus
from catalog.contents import content_json, content_of
from catalog.drafts import ApprovalDraft, CommentDraft, ListingDraft, ReturnDraft, VersionDraft
from catalog.models import Listing, ListingComment, ListingVersion
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
from ops_portal.accounts.choices import Role
from ops_portal.desk.models import Handover
from ops_portal.lib.models import StateMove
from ops_portal.lib.principals import system
from tests.catalog.listings import LATER, Desk, codes, person
from tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


def test_a_listing_of_a_product_in_a_shop_goes_live_after_four_steps_by_three_people(desk):
    version = desk.approved()
    listing = desk.listing()
    assert (version.number, version.status, version.version) == (f"{listing.number}-1", "approved", 1)
    assert (listing.status, listing.live_id) == (ListingStatus.LIVE, version.pk)
    stored = ListingVersion.objects.get(pk=version.pk)
    assert (stored.writers, stored.checker_id, stored.approver_id, stored.approved_at) == (
        [desk.writer.user_id],
        desk.checker.user_id,
        desk.approver.user_id,
        LATER,
    )
    moves = StateMove.objects.filter(document_kind="listing_version").order_by("pk")
    assert list(moves.values_list("from_status", "to_status", "user_id")) == [
        ("", "draft", desk.writer.user_id),
        ("draft", "submitted", desk.writer.user_id),
        ("submitted", "checked", desk.checker.user_id),
        ("checked", "approved", desk.approver.user_id),
    ]
    moves = StateMove.objects.filter(document_kind="listing").order_by("pk")
    assert list(moves.values_list("document_number", "from_status", "to_status")) == [
        (listing.number, "", "new"),
        (listing.number, "new", "live"),
    ]


def test_three_listings_are_begun_with_one_call_and_the_second_of_a_place_is_refused(desk):
    other = Desk("S2", "TEA-2")
    drafts = [desk.draft_of, other.draft_of, desk.draft_of, ListingDraft("S1", "P-TEA-2", desk.content())]
    outcome = draft_listings(drafts, actor=desk.writer, at=NOON)
    assert [version.number[-2:] for version in outcome.done] == ["-1", "-1", "-1"]
    assert outcome.refused[0][0] == 2
    assert codes(outcome) == ["open_version"]
    assert Listing.objects.count() == 3


def test_a_shop_that_is_closed_and_a_product_that_is_not_there_are_refused(desk):
    drafts = [ListingDraft("S9", desk.product.code), ListingDraft("S1", "P9"), desk.draft_of]
    outcome = draft_listings(drafts, actor=desk.writer, at=NOON)
    assert [index for index, _refusal in outcome.refused] == [0, 1]
    assert codes(outcome) == ["no_such_place", "no_such_place"]
    desk.shop.is_active = False
    desk.shop.save()
    assert codes(draft_listings([desk.draft_of], actor=desk.writer, at=NOON)) == ["no_such_place"]


def test_who_reads_an_older_wording_is_refused_instead_of_overwriting_the_newer(desk):
    version = desk.draft()
    first = VersionDraft(version.number, desk.content(title="By Li"), version.updated_at)
    second = VersionDraft(version.number, desk.content(title="By Wang"), version.updated_at)
    assert write_versions([first], actor=desk.writer, at=LATER).one().content["title"] == "By Li"
    outcome = write_versions([second], actor=person("wang", Role.PRODUCT), at=LATER)
    assert codes(outcome) == ["changed_meanwhile"]
    assert ListingVersion.objects.get(pk=version.pk).content["title"] == "By Li"


def test_the_same_content_again_writes_nothing_and_makes_nobody_a_writer(desk):
    version = desk.draft()
    desk.write(version, by=person("wang", Role.PRODUCT))
    stored = ListingVersion.objects.get(pk=version.pk)
    assert (stored.writers, stored.updated_at) == ([desk.writer.user_id], NOON)


def test_what_is_submitted_stands_still_until_it_is_recalled_or_returned(desk):
    version = desk.submitted()
    draft = VersionDraft(version.number, desk.content(title="Other"), version.updated_at)
    assert codes(write_versions([draft], actor=desk.writer, at=LATER)) == ["not_editable"]
    recall_versions([version.number], actor=desk.writer, at=LATER).one()
    assert desk.write(version, title="Other").content["title"] == "Other"
    assert codes(recall_versions([version.number], actor=desk.writer, at=LATER)) == ["illegal_move"]


def test_a_version_with_faults_is_not_submitted_and_the_faults_are_named(desk):
    version = desk.draft(title=" ")
    outcome = submit_versions([version.number], actor=desk.writer, at=NOON)
    assert codes(outcome) == ["content_not_ready"]
    found = outcome.refused[0][1].facts["findings"]
    assert ("title", "title_missing") in [(each["field"], each["code"]) for each in found]
    assert ListingVersion.objects.get(pk=version.pk).status == VersionStatus.DRAFT


def test_a_returned_version_tells_its_writer_why_and_starts_over(desk):
    version = desk.checked()
    draft = ReturnDraft(version.number, "Wrong price", (("title", "Name the net weight"), ("skus", "12.00")))
    returned = return_versions([draft], actor=desk.approver, at=LATER).one()
    assert (returned.status, returned.checker_id, returned.owner_id) == (
        "returned",
        None,
        desk.writer.user_id,
    )
    assert list(ListingComment.objects.order_by("pk").values_list("field", "text", "author_id")) == [
        ("title", "Name the net weight", desk.approver.user_id),
        ("skus", "12.00", desk.approver.user_id),
    ]
    last = StateMove.objects.filter(document_number=version.number).latest("pk")
    assert (last.to_status, last.reason) == ("returned", "Wrong price")
    desk.write(version, title="Green tea 100 g")
    submit_versions([version.number], actor=desk.writer, at=LATER).one()
    assert codes(approve_versions([ApprovalDraft(version.number)], actor=desk.approver, at=LATER)) == [
        "illegal_move"
    ]


def test_nothing_goes_back_without_a_word(desk):
    version = desk.submitted()
    outcome = return_versions([ReturnDraft(version.number, "  ")], actor=desk.checker, at=LATER)
    assert codes(outcome) == ["reason_needed"]
    outcome = return_versions(
        [ReturnDraft(version.number, "", (("title", " "),))], actor=desk.checker, at=LATER
    )
    assert codes(outcome) == ["comment_empty"]


def test_comments_are_written_while_a_version_is_on_its_way(desk):
    version = desk.submitted()
    drafts = [CommentDraft(version.number, "title", "Too long?"), CommentDraft(version.number, "", " ")]
    outcome = comment_versions(drafts, actor=desk.checker, at=LATER)
    assert ([each.text for each in outcome.done], codes(outcome)) == (["Too long?"], ["comment_empty"])
    recall_versions([version.number], actor=desk.writer, at=LATER)
    discard_versions([version.number], actor=desk.writer, at=LATER).one()
    assert codes(comment_versions(drafts[:1], actor=desk.checker, at=LATER)) == ["version_closed"]


def test_an_approved_version_is_restored_as_a_draft_of_its_own(desk):
    first = desk.approved(title="The old title")
    second = desk.approved(title="The new title")
    assert desk.listing().live_id == second.pk
    draft = restore_versions([first.number], actor=desk.writer, at=LATER).one()
    assert (draft.version, draft.status, draft.content["title"]) == (3, "draft", "The old title")
    assert desk.listing().live_id == second.pk
    assert codes(restore_versions([first.number], actor=desk.writer, at=LATER)) == ["open_version"]
    assert codes(restore_versions([draft.number], actor=desk.writer, at=LATER)) == ["not_approved"]


def test_a_discarded_draft_leaves_what_is_live_and_makes_room_for_another(desk):
    live = desk.approved()
    draft = desk.draft(title="Not so good")
    assert draft.version == 2
    discard_versions([draft.number], actor=desk.writer, at=LATER).one()
    assert desk.listing().live_id == live.pk
    assert desk.draft().version == 3


def test_a_listing_is_taken_off_the_shelf_with_a_reason_and_comes_back(desk):
    desk.approved()
    number = desk.listing().number
    assert codes(delist_listings([number], reason=" ", actor=desk.writer, at=LATER)) == ["reason_needed"]
    assert delist_listings([number], reason="Sold out", actor=desk.writer, at=LATER).one().status == "off"
    assert codes(delist_listings([number, "L9"], reason="x", actor=desk.writer, at=LATER)) == [
        "illegal_move",
        "no_such_listing",
    ]
    desk.approved(title="While it is off")
    assert desk.listing().status == ListingStatus.OFF
    assert relist_listings([number], actor=desk.writer, at=LATER).one().status == "live"
    reasons = StateMove.objects.filter(document_number=number).order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["", "", "Sold out", ""]


def test_each_step_starts_the_clock_of_its_queue_and_gives_the_version_to_it(desk):
    version = desk.draft()
    assert version.owner_id == desk.writer.user_id
    version = submit_versions([version.number], actor=desk.writer, at=NOON).one()
    assert (version.owner_id, version.due_at) == (None, NOON + timedelta(hours=4))
    version = check_versions([version.number], actor=desk.checker, at=LATER).one()
    assert (version.owner_id, version.due_at) == (None, LATER + timedelta(hours=4))
    version = approve_versions([ApprovalDraft(version.number)], actor=desk.approver, at=LATER).one()
    assert ListingVersion.objects.get(pk=version.pk).due_at is None
    assert list(Handover.objects.values_list("document_kind", "document_number", "from_user", "to_user")) == [
        ("listing", version.number, desk.writer.user_id, None)
    ]


def test_a_batch_of_three_versions_goes_through_each_step_and_one_named_twice_is_refused_once(desk):
    desks = [desk, Desk("S2", "TEA-2"), Desk("S3", "TEA-3")]
    numbers = [each.draft().number for each in desks]
    outcome = submit_versions([*numbers, numbers[0], "L9-1"], actor=desk.writer, at=NOON)
    assert ([each.number for each in outcome.done], codes(outcome)) == (
        numbers,
        ["illegal_move", "no_such_version"],
    )
    assert len(check_versions(numbers, actor=desk.checker, at=LATER).done) == 3
    drafts = [ApprovalDraft(number) for number in numbers]
    assert len(approve_versions(drafts, actor=desk.approver, at=LATER).done) == 3
    assert set(Listing.objects.values_list("status", flat=True)) == {"live"}


def test_content_survives_its_json(desk):
    content = desk.content(title="茶", selling_points=("a", "b"))
    assert content_of(content_json(content)) == content


def test_machines_write_and_submit_but_neither_check_nor_approve(desk):
    number = draft_listings([desk.draft_of], actor=system("import"), at=NOON).one().number
    version = submit_versions([number], actor=system("import"), at=NOON).one()
    assert version.writers == []
    assert codes(check_versions([number], actor=system("import"), at=NOON)) == ["person_needed"]
