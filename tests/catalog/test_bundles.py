"""What may become a bundle, and of what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.drafts import BundleDraft, ComponentDraft
from catalog.models import BundleComponent, Sku
from catalog.operations.goods import save_bundles
from catalog.queries.bundles import available_at
from ops_portal.lib.testing import assert_batch_does_what_one_by_one_does
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

pytestmark = pytest.mark.django_db


def bundle(code, *parts, units=1, weight=1):
    return BundleDraft(code, tuple(ComponentDraft(part, units, Decimal(weight)) for part in parts))


def save(*drafts):
    return save_bundles(drafts, actor=ACTOR, at=NOON)


def codes(outcome):
    return [(index, refusal.code) for index, refusal in outcome.refused]


@pytest.fixture
def goods():
    for code in "ABCXYZ":
        make_sku(code)
    make_sku("DATED", tracks_batches=True)
    receive(make_sku("FULL"), 10, warehouse=make_warehouse())


def test_6_bundles_that_may_not_be_are_refused_by_code(goods):
    save(bundle("X", "A")).one()
    outcome = save(
        bundle("FULL", "B"), bundle("DATED", "B"), bundle("A", "B"), bundle("Y", "B", "B"),
        bundle("Z", "B", units=0), bundle("Z", "B", weight=0),
    )  # fmt: skip
    assert codes(outcome) == [
        (0, "has_stock"), (1, "has_batches"), (2, "is_a_component"), (3, "component_twice"),
        (4, "no_units_or_weight"), (5, "no_units_or_weight"),
    ]  # fmt: skip
    assert list(Sku.objects.filter(is_bundle=True).values_list("code", flat=True)) == ["X"]


def test_a_component_of_an_earlier_version_may_become_a_bundle(goods):
    save(bundle("X", "A")).one()
    save(bundle("X", "B")).one()
    assert codes(save(bundle("A", "C"), bundle("B", "C"))) == [(1, "is_a_component")]


def test_a_batch_of_bundles_does_what_they_would_have_done_one_by_one(goods):
    drafts = [
        bundle("Y", "C"),
        bundle("Z", "Y"),
        bundle("C", "A"),
        bundle("X", "A", "B"),
        bundle("X", "B"),
        bundle("A", "B"),
        bundle("B", "A"),
        bundle("NOWHERE", "A"),
        bundle("Y", "Z"),
    ]

    def look():
        return sorted(
            BundleComponent.objects.values_list(
                "bundle_version__sku__code", "bundle_version__version", "sku__code", "price_share"
            )
        ), sorted(Sku.objects.values_list("code", "is_bundle"))

    assert_batch_does_what_one_by_one_does(lambda batch: save(*batch), drafts, look)
    assert (1, "unknown_component") in codes(save(*drafts))


def test_of_a_bundle_as_many_can_be_sold_as_one_warehouse_makes_of_its_components():
    """2 shirts and a cap: 5 and 1 in one place make 1, 4 and none in another make none, old versions don't count."""
    shirt, cap, gift, other = (make_sku(code) for code in ("SHIRT", "CAP", "GIFT", "OTHER"))
    first, second = make_warehouse(), make_warehouse()
    receive(shirt, 5, warehouse=first)
    receive(cap, 1, warehouse=first)
    receive(shirt, 4, warehouse=second)
    save(bundle("GIFT", "OTHER")).one()
    parts = (ComponentDraft("SHIRT", 2, Decimal(1)), ComponentDraft("CAP", 1, Decimal(1)))
    save(BundleDraft("GIFT", parts)).one()
    assert available_at([shirt.pk, cap.pk, gift.pk, other.pk], NOON) == {shirt.pk: 9, cap.pk: 1, gift.pk: 1}
    receive(cap, 9, warehouse=second)
    assert available_at([gift.pk], NOON) == {gift.pk: 3}
    assert available_at([], NOON) == {}
