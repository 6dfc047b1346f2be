"""Two at once with one listing, one version, one shop's code; each with its control."""

from __future__ import annotations

from threading import Barrier

import pytest
from django.db import IntegrityError

from catalog.drafts import ApprovalDraft, MatchDraft, ShopCodeDraft, VersionDraft
from catalog.models import ChannelSku, Listing, ListingVersion, Price
from catalog.operations import approving, listings, matching, versions, writing
from catalog.operations.listings import (
    approve_versions,
    check_versions,
    delist_listings,
    discard_versions,
    draft_listings,
    restore_versions,
    submit_versions,
    write_versions,
)
from catalog.operations.matching import match_skus, open_shop_codes
from ops_portal.accounts.choices import Role
from ops_portal.lib.models import StateMove
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.testing import race
from tests.catalog.listings import LATER, Desk, codes, person
from tests.factories import ACTOR, NOON, make_shop, make_sku

pytestmark = pytest.mark.django_db(transaction=True)


def unlocked(find):
    """Return a lock that only looks, and lets the other one look too before either writes."""
    pair = Barrier(2)

    def look(asked):
        found = find(asked)
        pair.wait(20)
        return found

    return look


def both_have_looked(monkeypatch):
    """Let nobody write a version before both have seen that none is on its way."""
    pair, written = Barrier(2), listings.content_json

    def wait(content):
        pair.wait(20)
        return written(content)

    monkeypatch.setattr(listings, "content_json", wait)


def versions_by_number(numbers):
    found = ListingVersion.objects.filter(number__in=numbers).select_related(
        "listing__channel", "listing__product"
    )
    return {each.number: each for each in found}


def listings_by_id(found):
    return {each.pk: each for each in found.select_related("channel")}


def look_at_listings_of(numbers):
    return {each.pk: each for each in Listing.objects.filter(versions__number__in=numbers)}


def moves_to(status):
    return StateMove.objects.filter(to_status=status).count()


@pytest.mark.parametrize("locks", [True, False])
def test_one_listing_is_begun_by_two_at_once(monkeypatch, locks):
    """Without the lock both see no version on its way, and one runs into the database's own rule."""
    desk = Desk()
    if not locks:  # where the listing itself is new, its own insert is a lock
        discard_versions([desk.draft().number], actor=desk.writer, at=NOON).one()
        monkeypatch.setattr(listings, "lock_listings", unlocked(listings_by_id))
        both_have_looked(monkeypatch)
    answers = race([lambda: draft_listings([desk.draft_of], actor=desk.writer, at=NOON)] * 2)
    assert (Listing.objects.count(), ListingVersion.objects.filter(status="draft").count()) == (1, 1)
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["open_version"]]
    else:
        assert any(isinstance(answer, IntegrityError) for answer in answers)


@pytest.mark.parametrize("locks", [True, False])
def test_one_version_is_restored_by_two_at_once(monkeypatch, locks):
    desk = Desk()
    number = desk.approved().number
    if not locks:
        monkeypatch.setattr(listings, "lock_listings_of", unlocked(look_at_listings_of))
        both_have_looked(monkeypatch)
    answers = race([lambda: restore_versions([number], actor=desk.writer, at=LATER)] * 2)
    assert ListingVersion.objects.count() == 2
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["open_version"]]
    else:
        assert any(isinstance(answer, IntegrityError) for answer in answers)


@pytest.mark.parametrize("locks", [True, False])
def test_two_write_in_one_version_at_once(monkeypatch, locks):
    """Without the lock both are told that they wrote, and one's words are gone without a trace."""
    desk = Desk()
    version = desk.draft()
    drafts = [
        VersionDraft(version.number, desk.content(title=title), version.updated_at)
        for title in ("Li", "Wang")
    ]
    if not locks:
        monkeypatch.setattr(writing, "lock_versions", unlocked(versions_by_number))
    answers = race(
        [lambda draft=draft: write_versions([draft], actor=desk.writer, at=LATER) for draft in drafts]
    )
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    done = [each.content["title"] for answer in answers for each in answer.done]
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["changed_meanwhile"]]
        assert done == [ListingVersion.objects.get().content["title"]]
    else:
        assert sorted(done) == ["Li", "Wang"]


@pytest.mark.parametrize("locks", [True, False])
@pytest.mark.parametrize("step", ["submit", "check"])
def test_one_step_is_made_by_two_at_once(monkeypatch, step, locks):
    desk = Desk()
    if step == "submit":
        number, to = desk.draft().number, "submitted"

        def act():
            return submit_versions([number], actor=desk.writer, at=LATER)
    else:
        number, to = desk.submitted().number, "checked"

        def act():
            return check_versions([number], actor=desk.checker, at=LATER)

    if not locks:
        monkeypatch.setattr(versions, "lock_versions", unlocked(versions_by_number))
    answers = race([act] * 2)
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["illegal_move"]]
        assert moves_to(to) == 1
    else:
        # What the second writes into what the first has submitted is stopped by the database, or both are told so.
        both = [codes(answer) for answer in answers if isinstance(answer, Outcome)]
        assert both == [[], []] or any(isinstance(answer, IntegrityError) for answer in answers)


@pytest.mark.parametrize("locks", [True, False])
def test_one_version_is_approved_by_two_at_once(monkeypatch, locks):
    """Without the locks both are told that they approved it, and its price is written twice."""
    desk = Desk()
    number = desk.checked().number
    other = person("other", Role.PRODUCT_SUPERVISOR)
    if not locks:
        monkeypatch.setattr(approving, "lock_listings_of", look_at_listings_of)
        monkeypatch.setattr(versions, "lock_versions", unlocked(versions_by_number))
    answers = race(
        [
            lambda actor=actor: approve_versions([ApprovalDraft(number)], actor=actor, at=LATER)
            for actor in (desk.approver, other)
        ]
    )
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    if locks:
        assert sorted(codes(answer) for answer in answers) == [[], ["illegal_move"]]
        assert moves_to("approved") == 1
        assert Price.objects.filter(channel=desk.channel).count() == 1
    else:
        assert [codes(answer) for answer in answers] == [[], []]
        assert moves_to("approved") == 2


@pytest.mark.parametrize("locks", [True, False])
def test_one_listing_is_taken_off_by_two_at_once(monkeypatch, locks):
    desk = Desk()
    desk.approved()
    number = desk.listing().number
    if not locks:
        monkeypatch.setattr(listings, "lock_listings", unlocked(listings_by_id))
    answers = race([lambda: delist_listings([number], reason="x", actor=desk.writer, at=LATER)] * 2)
    assert sorted(codes(answer) for answer in answers) == ([[], ["illegal_move"]] if locks else [[], []])
    assert moves_to("off") == (1 if locks else 2)


@pytest.mark.parametrize("locks", [True, False])
def test_one_code_is_matched_with_two_skus_at_once(monkeypatch, locks):
    """Without the lock both are told that they matched it, and the order goes out with one of the two goods."""
    make_shop("S1")
    open_shop_codes([ShopCodeDraft("S1", "X-1")], actor=ACTOR, at=NOON)
    asked = ChannelSku.objects.get()
    for code in ("TEA-1", "TEA-2"):
        make_sku(code)
    if not locks:
        monkeypatch.setattr(
            matching, "lock_shop_codes", unlocked(lambda ids: ChannelSku.objects.in_bulk(list(ids)))
        )
    answers = race(
        [
            lambda code=code: match_skus([MatchDraft(asked.pk, code)], actor=ACTOR, at=LATER)
            for code in ("TEA-1", "TEA-2")
        ]
    )
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    expected = [[], ["changed_meanwhile"]] if locks else [[], []]
    assert sorted(codes(answer) for answer in answers) == expected


def test_two_batches_open_the_same_codes_at_once():
    """Both bring the codes in another sequence; neither waits for ever, and each code is there once."""
    make_shop("S1")
    drafts = [ShopCodeDraft("S1", f"X-{number}") for number in range(200)]
    answers = race(
        [lambda given=given: open_shop_codes(given, actor=ACTOR, at=NOON) for given in (drafts, drafts[::-1])]
    )
    assert all(isinstance(answer, Outcome) for answer in answers), answers
    assert sum(len(answer.done) for answer in answers) == ChannelSku.objects.count() == 200
