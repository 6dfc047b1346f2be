"""Take back goods that a file brought or changed, as long as nothing else builds on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import ForeignKey, Model
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand, Price, Product, Sku, StockDocument, StockMovement
from catalog.operations.prices import Wanted, record_prices
from catalog.operations.reversing import undo_stock_documents
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused, UsedSince

MODELS: dict[str, type[Model]] = {"sku": Sku, "product": Product, "brand": Brand}
# What a catalogue file says of each.
FACTS: dict[type[Model], tuple[str, ...]] = {
    Sku: (
        "product_id", "name", "barcode", "list_price", "tracks_batches", "options", "is_active", "cost",
        "reference_price", "weight_grams",
    ),
    Product: ("name", "brand_id", "category_id", "axes", "attributes"),
    Brand: ("name",),
}  # fmt: skip


class Taken(Protocol):
    """What a file did to a record, and what it held before and after."""

    @property
    def object_kind(self) -> str: ...
    @property
    def object_id(self) -> int: ...
    @property
    def what(self) -> str: ...
    @property
    def before(self) -> Any: ...


def facts_of(item: Model) -> dict[str, Any]:
    """Return what catalogue files say of a record, as plain JSON."""
    values = {name: getattr(item, name) for name in FACTS[type(item)]}
    return {
        name: value if value is None or isinstance(value, int | str | list | dict) else str(value)
        for name, value in values.items()
    }


def is_still(item: Model, became: Mapping[str, Any]) -> bool:
    """Tell whether a record still holds what a file gave it."""
    facts = facts_of(item)
    return all(facts.get(name) == value for name, value in became.items())


@operation
def take_back_goods(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Refused]:
    """Give changed records their earlier values and delete created ones: SKUs, then products, then brands.

    Prices can't be deleted: those before are set again from the same moment on, and of the created SKUs those that
    had prices stay and become inactive, with their products and brands. Returns UsedSince for each record on which
    something else builds, or that was changed since.
    """
    refused: list[Refused] = []
    locked = lock_goods(changes)
    changes = take_back_prices(changes, actor=actor, at=at)
    for kind in MODELS:
        of_kind = [change for change in changes if change.object_kind == kind]
        standing = locked[kind]
        prices = {pk: item.list_price for pk, item in standing.items() if isinstance(item, Sku)}
        refused += restore([change for change in of_kind if change.what == "updated"], standing)
        record_prices(restored_prices(prices, standing, at=at), actor=actor, at=at)
        refused += delete_unused([change for change in of_kind if change.what == "created"], standing)
    return refused


def lock_goods(changes: Sequence[Taken]) -> dict[str, dict[int, Any]]:
    """Lock the records that changes speak of, products before SKUs before brands; return them by kind and id."""
    named = {kind: {change.object_id for change in changes if change.object_kind == kind} for kind in MODELS}
    priced = {change.object_id for change in changes if change.object_kind == "price"}
    of_prices = Price.objects.filter(pk__in=priced).values_list("sku_id", flat=True)
    locks = {**named, "sku": named["sku"] | set(of_prices) if priced else named["sku"]}
    locked: dict[str, dict[int, Any]] = {}
    for kind in ("product", "sku", "brand"):
        rows = MODELS[kind]._default_manager.filter(pk__in=locks[kind]).order_by("pk").select_for_update()
        locked[kind] = {item.pk: item for item in rows if item.pk in named[kind]}
    return locked


def take_back_prices(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Taken]:
    """Set the prices again that held before those of a file; return the other changes that are to be taken back."""
    ids = [change.object_id for change in changes if change.object_kind == "price"]
    if not ids:
        return list(changes)
    was = {change.object_id: change.before["was"] for change in changes if change.object_kind == "price"}
    again = [
        Wanted(price.sku_id, price.channel_id, Decimal(was[price.pk]), price.since)
        for price in Price.objects.filter(pk__in=ids).order_by("since", "pk")
        if was[price.pk] is not None
    ]
    record_prices(again, actor=actor, at=at)
    return [change for change in changes if change.object_kind != "price"]


def restored_prices(before: dict[int, Any], standing: dict[int, Any], *, at: datetime) -> list[Wanted]:
    """Return the list prices that SKUs have again, where they had others ``before``."""
    return [
        Wanted(pk, None, Decimal(standing[pk].list_price), at, before=price, shows=True)
        for pk, price in before.items()
        if standing[pk].list_price is not None and Decimal(standing[pk].list_price) != price
    ]


def restore(changes: Sequence[Taken], standing: dict[int, Any]) -> list[Refused]:
    """Give records their earlier values, where they still hold what the file gave them."""
    refused: list[Refused] = []
    restored = []
    settled = batches_settled([item for item in standing.values() if isinstance(item, Sku)])
    for change in changes:
        item = standing.get(change.object_id)
        was = change.before["was"]
        if (
            item is None
            or not is_still(item, change.before["became"])
            or (item.pk in settled and item.tracks_batches != was.get("tracks_batches", item.tracks_batches))
        ):
            refused.append(used_since(item or change.object_kind))
            continue
        for name, value in was.items():
            setattr(item, name, value)
        restored.append(item)
    if restored:
        model = type(restored[0])
        model._default_manager.bulk_update(set(restored), FACTS[model])
    return refused


def batches_settled(skus: Sequence[Sku]) -> set[int]:
    """Return which SKUs have movements, so that whether they are kept by batch can't change any more."""
    moved = StockMovement.objects.filter(stock__sku__in=skus) if skus else StockMovement.objects.none()
    return set(moved.values_list("stock__sku", flat=True).distinct())


def delete_unused(changes: Sequence[Taken], standing: dict[int, Any]) -> list[Refused]:
    """Delete records on which nothing builds and that nobody changed; what had prices becomes inactive instead."""
    if not changes:
        return []
    model = MODELS[changes[0].object_kind]
    ids = {change.object_id for change in changes}
    kept = kept_by_prices(model, ids)
    used = ids_in_use(
        model, ids, apart={Sku: (Price,), Product: (Sku,), Brand: (Product,)}[model], spared=kept
    )
    refused: list[Refused] = []
    gone = []
    for change in changes:
        item = standing.get(change.object_id)
        if item is None:
            continue  # somebody deleted it already
        if item.pk in used or not is_still(item, change.before["became"]):
            refused.append(used_since(item))
        elif item.pk not in kept:
            gone.append(item.pk)
    model._default_manager.filter(pk__in=gone).delete()
    if model is Sku:
        Sku.objects.filter(pk__in=kept).update(is_active=False)
    return refused


def kept_by_prices(model: type[Model], ids: Collection[int]) -> set[int]:
    """Return which records can't be deleted since prices were written of them, and nobody offers them any more."""
    if model is Sku:
        return set(Price.objects.filter(sku__in=ids).values_list("sku", flat=True).distinct())
    path = "pk" if model is Product else "brand"
    skus = Sku.objects.filter(**{f"product__{path}__in": ids}).values_list(f"product__{path}", "is_active")
    offered = {pk for pk, is_active in skus.distinct() if is_active}
    return {pk for pk, _is_active in skus.distinct()} - offered


def ids_in_use(
    model: type[Model],
    ids: Collection[int],
    *,
    apart: Collection[type[Model]] = (),
    spared: Collection[int] = (),
) -> set[int]:
    """Return which records are pointed at, by whichever app; of those that are ``spared``, ``apart`` from these."""
    used: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.is_relation and isinstance(relation.field, ForeignKey):  # type: ignore[union-attr]
            column = relation.field.attname  # type: ignore[union-attr]
            manager = relation.related_model._base_manager  # type: ignore[union-attr]
            pointing = manager.filter(**{f"{column}__in": ids}).order_by()
            found = set(pointing.values_list(column, flat=True).distinct())
            used |= found - set(spared) if relation.related_model in apart else found
    return used


def used_since(item: Any) -> UsedSince:
    """Return the refusal that names a record."""
    return UsedSince(_("%(code)s is in use or was changed by now."), code=getattr(item, "code", str(item)))


@operation
def take_back_documents(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Refused]:
    """Reverse warehouse papers that a file brought; a warehouse that it created stays, with its empty books.

    Returns UsedSince for each paper whose units are not all where it put them.
    """
    ids = [change.object_id for change in changes if change.object_kind == "stock_document"]
    papers = StockDocument.objects.in_bulk(ids)
    documents = [papers[pk] for pk in ids]
    outcome = undo_stock_documents(documents, actor=actor, at=at)
    detail = _("%(number)s (%(source_key)s): %(reason)s")
    return [
        UsedSince(
            detail,
            number=documents[index].number,
            source_key=documents[index].source_key,
            reason=str(refusal),
        )
        for index, refusal in outcome.refused
    ]
