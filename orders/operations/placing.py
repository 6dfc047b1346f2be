"""Orders come in: those that may be refused, and those that a platform has sold already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.drafts import ShopCodeDraft
from catalog.operations.drawing import Held, HoldsWanted, Wanted, lock_held, serve_from_holds
from catalog.operations.matching import open_shop_codes
from catalog.operations.reserving import ReservationRequest, reserve_for_new
from catalog.queries.bundles import components_at
from catalog.queries.matches import skus_of_shop_codes
from ops_portal.lib.principals import Principal, acting_as
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import as_json
from orders.choices import ORDER_MOVES, OrderStatus, RefundStatus
from orders.drafts import OrderDraft
from orders.models import Order
from orders.operations.changing import ChangeDraft, change_orders
from orders.operations.facts import hash_of, refund_status_of
from orders.operations.moving import lock_orders
from orders.operations.overselling import note_oversales
from orders.operations.telling import PLACED, SHORT, tell_orders
from orders.operations.writing import (
    Identity,
    NewOrder,
    NumberTaken,
    SkuFacts,
    prepare,
    write_orders,
)
from orders.signals import orders_changed

RACES = 5


class OrderDiffers(Refused):
    """The shop has an order with this number and other content."""

    code = "order_differs"


class UnknownSku(Refused):
    """The catalogue does not know some of the order's SKU codes, or they are not sold any more."""

    code = "unknown_sku"
    status_code = 422


class NothingOrdered(Refused):
    """The order has no lines."""

    code = "nothing_ordered"
    status_code = 422


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that stands, and what the call did to it; ``before`` is what an update replaced."""

    id: int
    number: str
    platform_number: str
    status: str
    what: Literal["created", "updated", "unchanged"]
    before: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An order that was there before: what a draft with the same number is held against."""

    id: int
    number: str
    platform_number: str
    status: str
    content_hash: bytes


Said = tuple[Standing, OrderDraft, bytes]  # what stands, what the draft says of it, and the hash of that
Found = tuple[dict[int, Standing], dict[int, Identity]]  # by position: what stands, and who is to be born
WhenStanding = Callable[[Sequence[Said]], list[Placed | Refused]]


def unchanged(standing: Standing) -> Placed:
    """Answer an order as it stands."""
    return Placed(standing.id, standing.number, standing.platform_number, standing.status, "unchanged")


def place_orders(drafts: Sequence[OrderDraft], *, actor: Principal, at: datetime) -> Outcome[Placed]:
    """Place orders that may be refused, reserving each whole; what is refused leaves nothing behind.

    An order that stands with the same content is answered as it is. Refuses OutOfStock (naming every short SKU),
    OrderDiffers, UnknownSku, NothingOrdered.
    """

    def refuse_another(said: Sequence[Said]) -> list[Placed | Refused]:
        detail = _("%(shop)s has order %(number)s already, with other content; nothing was changed.")
        return [
            unchanged(standing)
            if standing.content_hash == digest
            else OrderDiffers(detail, shop=draft.shop.code, number=draft.platform_number)
            for standing, draft, digest in said
        ]

    return _in_rounds(drafts, refuse_another, keep=False, actor=actor, at=at)


def take_in_orders(drafts: Sequence[OrderDraft], *, actor: Principal, at: datetime) -> Outcome[Placed]:
    """Take in orders that a platform has sold already: none is refused for want of stock or of a known SKU.

    Such an order stands as ``short`` or ``unmapped`` and is reserved by time of payment as soon as it can be.
    An order that stands takes over what is new in the draft. Refuses what ``change_orders`` refuses.
    """

    def change(said: Sequence[Said]) -> list[Placed | Refused]:
        answers: list[Placed | Refused] = [unchanged(standing) for standing, _draft, _digest in said]
        differing = [
            place for place, (standing, _draft, digest) in enumerate(said) if standing.content_hash != digest
        ]
        changes = [ChangeDraft(said[place][0].id, *said[place][1:]) for place in differing]
        outcome = change_orders(changes, actor=actor, at=at)
        for index, refusal in outcome.refused:
            answers[differing[index]] = refusal
        for done in outcome.done:
            standing = said[differing[done.index]][0]
            answers[differing[done.index]] = Placed(
                standing.id,
                standing.number,
                standing.platform_number,
                standing.status,
                "updated",
                done.before,
            )
        return answers

    return _in_rounds(drafts, change, keep=True, actor=actor, at=at)


def _in_rounds(
    drafts: Sequence[OrderDraft], when_standing: WhenStanding, *, keep: bool, actor: Principal, at: datetime
) -> Outcome[Placed]:
    """Run the batch so that it does what its drafts would have done one by one.

    A number that the batch names twice goes into a later round, where the first stands already. Where another
    session takes a number between our look and our write, the batch is rolled back and looks again; so it is where
    stock falls short that is held for the shop: then holds are locked first.
    """
    wanted: frozenset[Wanted] = frozenset()
    for _attempt in range(RACES):
        try:
            with acting_as(actor, savepoint=True):
                return _all_rounds(drafts, when_standing, keep=keep, wanted=wanted, actor=actor, at=at)
        except NumberTaken:
            continue
        except HoldsWanted as holds:
            wanted = holds.wanted
    raise NumberTaken


def _all_rounds(
    drafts: Sequence[OrderDraft],
    when_standing: WhenStanding,
    *,
    keep: bool,
    wanted: frozenset[Wanted],
    actor: Principal,
    at: datetime,
) -> Outcome[Placed]:
    done: dict[int, Placed] = {}
    held = Held()
    refused: list[tuple[int, Refused]] = []
    rounds = rounds_of(drafts)
    ours: set[int] | None = None
    for indexes in rounds:
        found = find_standing([drafts[index] for index in indexes])
        ids = {standing.id for standing in found[0].values()}
        # The first round names every order of the batch. What stands is locked before any round takes stock; what
        # a later round finds beside it was born in this transaction, where nobody else can lock it.
        if ours is None:
            ours = ids
            if keep and (len(rounds) > 1 or wanted):
                lock_orders(ids)
            held = lock_held(wanted, at=at)
        elif not ids <= ours:
            raise NumberTaken
        placed, not_placed = _place(
            drafts, indexes, found, when_standing, keep=keep, held=held, actor=actor, at=at
        )
        ours |= {order.id for order in placed.values()}
        done |= placed
        refused += not_placed
    return Outcome([done[index] for index in sorted(done)], sorted(refused, key=lambda pair: pair[0]))


def rounds_of(drafts: Sequence[OrderDraft]) -> list[list[int]]:
    """Return the indexes of ``drafts`` in rounds, none of which names an order twice."""
    rounds: list[list[int]] = []
    seen: dict[tuple[int, str], int] = defaultdict(int)
    for index, draft in enumerate(drafts):
        key = (draft.shop.pk, draft.platform_number)
        nth = seen[key]
        seen[key] += 1
        if nth == len(rounds):
            rounds.append([])
        rounds[nth].append(index)
    return rounds


def _place(
    drafts: Sequence[OrderDraft],
    indexes: Sequence[int],
    found: Found,
    when_standing: WhenStanding,
    *,
    keep: bool,
    held: Held,
    actor: Principal,
    at: datetime,
) -> tuple[dict[int, Placed], list[tuple[int, Refused]]]:
    """Place one round: what stands is answered, what is new is looked up, reserved and written."""
    done: dict[int, Placed] = {}
    refused: list[tuple[int, Refused]] = []
    standing, identities = found
    fresh: list[tuple[int, Identity, bytes]] = []
    said: list[tuple[int, Said]] = []
    for position, index in enumerate(indexes):
        draft = drafts[index]
        digest = hash_of(draft)
        if position in standing:
            said.append((index, (standing[position], draft, digest)))
        else:
            fresh.append((index, identities[position], digest))
    if said:
        for (index, _said), answer in zip(said, when_standing([one for _i, one in said]), strict=True):
            if isinstance(answer, Refused):
                refused.append((index, answer))
            else:
                done[index] = answer
    if fresh:
        orders = look_up(drafts, fresh, also_inactive=keep, at=at)
        kept = reserve(orders, keep=keep, held=held, refused=refused, actor=actor, at=at)
        if kept:
            is_heard = write_orders(kept, actor=actor, at=at)
            note_oversales(kept, at=at)
            days = {(order.draft.shop.pk, order.facts.placed_on) for order in kept}
            orders_changed.send(Order, days=days, actor=actor, at=at)
            tell_placed(kept, actor=actor, at=at, is_heard=is_heard)
            ask_for_matches(kept, actor=actor, at=at)
        done |= {
            order.index: Placed(
                order.id, order.number, order.draft.platform_number, order.status.value, "created"
            )
            for order in kept
        }
    return done, refused


def tell_placed(orders: Sequence[NewOrder], *, actor: Principal, at: datetime, is_heard: bool) -> None:
    """Tell that orders came in, and which of them are short."""
    short = [order.id for order in orders if order.status == OrderStatus.SHORT]
    tell_orders(
        [(PLACED, [order.id for order in orders]), (SHORT, short)], actor=actor, at=at, is_heard=is_heard
    )


def ask_for_matches(orders: Sequence[NewOrder], *, actor: Principal, at: datetime) -> None:
    """Note the codes that keep orders waiting, so that somebody says which SKUs they are."""
    drafts = [
        ShopCodeDraft(order.draft.shop.code, line.sku_code, line.title)
        for order in orders
        if order.status == OrderStatus.UNMAPPED
        for line, sku_id in zip(order.draft.lines, order.sku_ids, strict=True)
        if sku_id is None
    ]
    if drafts:
        open_shop_codes(drafts, actor=actor, at=at)


def find_standing(drafts: Sequence[OrderDraft]) -> Found:
    """Return, by position, the orders that stand with the drafts' numbers, and a new identity for each other draft."""
    rows = as_json(
        [
            {"i": position, "shop": draft.shop.pk, "number": draft.platform_number}
            for position, draft in enumerate(drafts)
        ]
    )
    standing: dict[int, Standing] = {}
    identities: dict[int, Identity] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM orders_find_standing(%s::json)", [rows])
        for position, pk, number, platform_number, status, digest, new_id, new_number in cursor.fetchall():
            if pk is None:
                identities[position] = (new_id, new_number)
            else:
                standing[position] = Standing(pk, number, platform_number, status, bytes(digest))
    return standing, identities


def look_up(
    drafts: Sequence[OrderDraft],
    fresh: Sequence[tuple[int, Identity, bytes]],
    *,
    also_inactive: bool,
    at: datetime,
) -> list[NewOrder]:
    """Return the new orders with their SKU codes looked up and bundles as they are made of at ``at``."""
    codes = {line.sku_code for index, _identity, _digest in fresh for line in drafts[index].lines}
    skus: dict[str, SkuFacts] = {}
    if codes:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT code, id, is_bundle FROM catalog_sku WHERE code = ANY(%s) AND (is_active OR %s)",
                [list(codes), also_inactive],
            )
            skus = {code: (pk, is_bundle) for code, pk, is_bundle in cursor.fetchall()}
    shops = {drafts[index].shop.code for index, _identity, _digest in fresh}
    matched = skus_of_shop_codes(shops, codes - skus.keys(), also_inactive=also_inactive)
    by_shop: dict[str, dict[str, SkuFacts]] = dict.fromkeys(shops, skus)
    for shop in {shop for shop, _code in matched}:
        by_shop[shop] = skus | {code: facts for (of, code), facts in matched.items() if of == shop}
    bundles = [pk for pk, is_bundle in (*skus.values(), *matched.values()) if is_bundle]
    components = components_at(bundles, at)
    return [
        prepare(index, drafts[index], identity, digest, by_shop[drafts[index].shop.code], components)
        for index, identity, digest in fresh
    ]


def reserve(
    orders: Sequence[NewOrder],
    *,
    keep: bool,
    held: Held,
    refused: list[tuple[int, Refused]],
    actor: Principal,
    at: datetime,
) -> list[NewOrder]:
    """Reserve what is to be worked; return the orders to write, those that can't be served marked or left out."""
    kept: list[NewOrder] = []
    to_reserve: list[NewOrder] = []
    for order in orders:
        if order.draft.fate == "recorded":
            order.status = OrderStatus.RECORDED
            kept.append(order)
        elif order.unmapped and keep:
            order.status = OrderStatus.UNMAPPED
            kept.append(order)
        elif order.unmapped:
            detail = _("The catalogue does not know: %(names)s. Create these SKUs first.")
            names = ", ".join(order.unmapped)
            refused.append((order.index, UnknownSku(detail, names=names, skus=order.unmapped)))
        elif not order.draft.lines:
            refused.append((order.index, NothingOrdered(_("An order needs at least one line."))))
        elif refund_status_of(order.draft, order.facts.amounts.total) == RefundStatus.FULLY and keep:
            order.status = OrderStatus.SHORT  # the money is back: units go to those who paid
            kept.append(order)
        else:
            to_reserve.append(order)
    requests = [request_of(order) for order in to_reserve]
    outcome = serve_from_holds(
        requests,
        [order.draft.shop.code for order in to_reserve],
        reserve_for_new(requests, actor=actor, at=at),
        held,
        actor=actor,
        at=at,
    )
    short = dict(outcome.refused)
    served = iter(outcome.done)
    for position, order in enumerate(to_reserve):
        if position not in short:
            order.warehouse_id = next(served).warehouse_id
            kept.append(order)
        elif keep:
            order.status = OrderStatus.SHORT
            order.missing = short[position].facts.get("skus", ())
            kept.append(order)
        else:
            refused.append((order.index, short[position]))
    return kept


def request_of(order: NewOrder) -> ReservationRequest:
    """Return what a new order asks of the stock ledger."""
    return ReservationRequest(
        document_kind=ORDER_MOVES.kind,
        document_number=order.number,
        warehouse_ids=tuple(order.draft.shop.warehouse_order),
        items=order.reservation_items(),
    )
