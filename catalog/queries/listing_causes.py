"""For which causes listings should be off the shelf: nothing left, nothing that may still be sold, no contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, cast

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from catalog.choices import LISTING_MOVES, DelistCause, ListingStatus
from catalog.models import Listing, Sku, Stock
from catalog.queries.alerts_found import PAST
from catalog.queries.bundles import available_at
from catalog.signals import listing_licences
from ops_portal.lib.models import StateMove

# Listings that offer something of which nothing may be sold, with the codes that their live version offers. Only of
# these is the content read: it is long, and most listings have goods.
WITH_DRY_GOODS: Final = f"""
    WITH past AS ({PAST}), wet AS (
        SELECT DISTINCT s.sku_id FROM catalog_stock s LEFT JOIN past ON past.stock_id = s.id
        WHERE s.available > coalesce(past.units, 0)
    ), dry AS (
        SELECT DISTINCT k.product_id FROM catalog_sku k LEFT JOIN wet ON wet.sku_id = k.id
        WHERE k.is_bundle OR NOT k.is_active OR wet.sku_id IS NULL
    )
    SELECT l.id, ARRAY(SELECT offered->>'sku_code' FROM jsonb_array_elements(v.content->'skus') AS offered)
    FROM catalog_listing l JOIN catalog_listingversion v ON v.id = l.live_id
    JOIN dry ON dry.product_id = l.product_id
    WHERE (l.status = '{ListingStatus.LIVE}'
           OR EXISTS (SELECT FROM catalog_listingrulehit h WHERE h.listing_id = l.id))
      AND jsonb_typeof(v.content->'skus') = 'array'
"""
Held = tuple[int, str]  # the id of a listing, and a cause


def causes_now(at: datetime) -> set[Held]:
    """Return the listings that are on the shelf, or were taken off it by a rule, with each cause that holds of them.

    Sold out: of no SKU that the live version offers can a unit be promised; those that are no longer active, and
    bundles that can't be made, count as sold out. Past the last day of sale: there are units, and none may be sold.
    """
    on = timezone.localdate(at, timezone.get_default_timezone())
    with connection.cursor() as cursor:
        cursor.execute(WITH_DRY_GOODS, {"on": on})
        offers: dict[int, list[str]] = {pk: codes for pk, codes in cursor.fetchall() if codes}
    found = {pk: cause for pk, cause in dry_listings(offers, at).items() if cause}
    return {*found.items(), *((pk, DelistCause.LICENCE.value) for pk in lapsed_listings(at))}


def dry_listings(offers: Mapping[int, Collection[str]], at: datetime) -> dict[int, str]:
    """Return, by listing, why nothing of what it offers can be sold; empty where something can."""
    codes = {code for offered in offers.values() for code in offered}
    skus = {
        code: pk
        for code, pk, is_active in Sku.objects.filter(code__in=codes).values_list("code", "pk", "is_active")
        if is_active
    }
    sellable = available_at(skus.values(), at)
    there = dict(
        Stock.objects.filter(sku__in=skus.values(), available__gt=0)
        .order_by()
        .values_list("sku")
        .annotate(units=Sum("available"))
    )
    causes: dict[int, str] = {}
    for listing, offered in offers.items():
        known = [skus[code] for code in offered if code in skus]
        if any(sellable.get(pk, 0) > 0 for pk in known):
            causes[listing] = ""
        elif any(there.get(pk, 0) > 0 for pk in known):
            causes[listing] = DelistCause.STOP_SALE.value
        else:
            causes[listing] = DelistCause.SOLD_OUT.value
    return causes


def lapsed_listings(at: datetime) -> set[int]:
    """Ask the floors above which listings no contract covers any more."""
    lapsed: set[int] = set()
    for _receiver, answer in listing_licences.send(Listing, at=at):
        lapsed.update(cast(set[int], answer))
    return lapsed


def last_moves(numbers: Collection[str]) -> dict[str, StateMove]:
    """Return the last move of each listing, by its number."""
    moves = StateMove.objects.filter(document_kind=LISTING_MOVES.kind, document_number__in=numbers)
    return {move.document_number: move for move in moves.order_by("pk")}
