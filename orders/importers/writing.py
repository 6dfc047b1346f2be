"""What every kind of order file does with its drafts: take them in, and take them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from ops_portal.intake.granted import scope_of_actor, shop_not_granted
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, Undone, Written
from ops_portal.intake.tables import TableSource
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Refused
from orders.choices import ORDER_MOVES, OrderStatus
from orders.models import Shop
from orders.operations.placing import take_in_orders
from orders.operations.undoing import take_back_orders

HELD = frozenset({OrderStatus.SHORT.value, OrderStatus.UNMAPPED.value})


class UnknownShop(Refused):
    """No shop has the code."""

    code = "unknown_shop"


def shop_of(options: Options) -> Shop:
    """Return the shop that the file belongs to. Refuses UnknownShop."""
    shop: Shop | None = Shop.objects.for_placing().filter(code=options.shop).first()
    if shop is None:
        detail = (
            _("There is no shop %(shop)s; create it first.")
            if options.shop
            else _("Say which shop the file belongs to.")
        )
        raise UnknownShop(detail, shop=options.shop)
    return shop


def write_orders(records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
    """Take in the orders of ``records``, of which each has a draft and all the shop of their file."""
    scope = scope_of_actor(actor)
    shop = records[0].draft.shop.code
    if not scope.all and shop not in scope.shops:
        return Written(refused=[(index, shop_not_granted(shop)) for index in range(len(records))])
    outcome = take_in_orders([record.draft for record in records], actor=actor, at=at)
    refused = {index for index, _refusal in outcome.refused}
    written = Written(refused=outcome.refused)
    taken = (record for index, record in enumerate(records) if index not in refused)
    for record, placed in zip(taken, outcome.done, strict=True):
        if placed.status in HELD:
            written.held += 1
        if placed.what == "unchanged":
            written.unchanged += 1
            continue
        if placed.what == "created":
            written.created += 1
        else:
            written.updated += 1
        written.changes.append(
            Change(ORDER_MOVES.kind, placed.id, placed.what, record.first_row, placed.before)
        )
    return written


class OrderTable(TableSource):
    """A table of orders of one shop."""

    def __init__(self, path: Path, columns: Sequence[Column], options: Options) -> None:
        self.shop = shop_of(options)
        self.zone = self.shop.zone
        super().__init__(path, columns, options)

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        return write_orders(records, actor=actor, at=at)


class OrderKind(ImportKind):
    """A kind of file that brings orders of one shop."""

    wants = frozenset({"shop"})
    permission = "orders.place_order"

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return [refusal for _index, refusal in take_back_orders(changes, actor=actor, at=at).refused]
