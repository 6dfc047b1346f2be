"""What another system tells of its warehouse by signed messages: secrets to sign with, and messages taken once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    STOCK_APPROVERS,
    WAREHOUSE_ROLES,
    SnapshotSource,
    StockMessageKind,
    WarehouseSystem,
)
from catalog.models import Sku, StockMessage, StockSender, UnknownStockLine, Warehouse
from catalog.operations.mirroring import (
    NoMirror,
    NotAtThatTime,
    RoleMayNotMirror,
    SaidOtherwise,
    SkuUnclear,
    TheirDraft,
    count_missing,
    note_their_stock,
    open_snapshots,
)
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.outbox.choices import OLD_SECRET_SIGNS
from ops_portal.outbox.signing import TOLERANCE, new_secret, rotated, sealed

KEPT: Final = (SkuUnclear, SaidOtherwise)


class MessageTaken(Refused):
    """A message with this id came before, with another body."""

    code = "message_taken"


@dataclass(frozen=True, slots=True)
class ToldLine:
    """Good units of a SKU, named by its code or else by its barcode."""

    units: int
    sku_code: str
    barcode: str
    goods_owner: str
    batch_code: str


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """A message whose signature was found good; ``digest`` is of its body."""

    warehouse_code: str
    webhook_id: str
    digest: str
    kind: str
    taken_at: datetime
    lines: tuple[ToldLine, ...]


@operation
def renew_stock_secret(warehouse_id: int, *, actor: Principal, at: datetime, at_once: bool = False) -> str:
    """Give a mirrored warehouse a new signing secret and return it, this once; the one before is good for a day more.

    ``at_once`` stops the one before. Refuses RoleMayNotMirror, NoMirror.
    """
    if not actor.may(STOCK_APPROVERS):
        raise RoleMayNotMirror(_("Your role doesn't keep the secrets of other systems."))
    warehouse = Warehouse.objects.get(pk=warehouse_id)
    if warehouse.system == WarehouseSystem.NONE:
        raise no_mirror(warehouse.code)
    secret = new_secret()
    box = sealed(secret)
    StockSender.objects.bulk_create(
        [StockSender(warehouse=warehouse, secret_sealed=box, secret_at=at)], ignore_conflicts=True
    )
    sender = StockSender.objects.select_for_update(no_key=True, of=("self",)).get(warehouse=warehouse)
    if bytes(sender.secret_sealed) != box:
        box = box if at_once else rotated(sender.secret_sealed, secret, until=at + OLD_SECRET_SIGNS)
        StockSender.objects.filter(pk=sender.pk).update(secret_sealed=box, secret_at=at)
    return secret


@operation
def take_stock_message(draft: MessageDraft, *, actor: Principal, at: datetime) -> StockMessage:
    """Note what a signed message tells as a snapshot of its own; the same message again changes nothing.

    What names no SKU is kept beside the snapshot. Where the message is the whole stock, what our books have beyond
    it counts as nought there. A moment up to five minutes ahead of ours is taken as now. Refuses RoleMayNotMirror,
    NoMirror, MessageTaken, NotAtThatTime.
    """
    if not actor.may(WAREHOUSE_ROLES):
        raise RoleMayNotMirror(_("Your role doesn't bring other systems' books."))
    warehouse = lock_sender(draft.warehouse_code)
    same = StockMessage.objects.filter(warehouse=warehouse, webhook_id=draft.webhook_id)
    before: StockMessage | None = same.select_related("snapshot").first()
    if before is not None:
        if before.digest != draft.digest:
            detail = _("A message %(id)s came before, with another body.")
            raise MessageTaken(detail, id=draft.webhook_id)
        return before
    if draft.taken_at - at > TOLERANCE:
        raise NotAtThatTime(_("A snapshot has a name, a moment that was, and units from 0."))
    theirs = their_drafts(draft, min(draft.taken_at, at))
    (snapshot,) = open_snapshots([(warehouse, theirs[0])], actor=actor, at=at).values()
    outcome = note_their_stock(theirs, actor=actor, at=at)
    for _place, refusal in outcome.refused:
        if not isinstance(refusal, KEPT):
            raise refusal
    is_whole = draft.kind == StockMessageKind.WHOLE
    message = StockMessage.objects.create(
        warehouse=warehouse,
        webhook_id=draft.webhook_id,
        digest=draft.digest,
        kind=draft.kind,
        system=warehouse.system,
        snapshot=snapshot,
        noted=len(outcome.done),
        unknown=len(outcome.refused),
        missing=count_missing(snapshot.number, actor=actor, at=at) if is_whole else 0,
        received_at=at,
    )
    keep_unknown(message, draft.lines, outcome.refused)
    return message


def lock_sender(warehouse_code: str) -> Warehouse:
    """Lock the sender of a warehouse, whose messages are taken one after the other. Refuses NoMirror."""
    senders = StockSender.objects.filter(warehouse__code=warehouse_code)
    sender = senders.select_for_update(no_key=True, of=("self",)).select_related("warehouse").first()
    if sender is None or sender.warehouse.system == WarehouseSystem.NONE:
        raise no_mirror(warehouse_code)
    found: Warehouse = sender.warehouse
    return found


def no_mirror(code: str) -> NoMirror:
    return NoMirror(_("%(code)s is no warehouse whose books another system keeps."), code=code)


def their_drafts(draft: MessageDraft, taken_at: datetime) -> list[TheirDraft]:
    """Return the lines of a message as those of a snapshot that is named after it."""
    return [
        TheirDraft(
            draft.warehouse_code,
            taken_at,
            f"webhook {draft.webhook_id}",
            line.units,
            line.sku_code,
            line.barcode,
            line.goods_owner,
            line.batch_code,
            SnapshotSource.WEBHOOK,
            draft.kind == StockMessageKind.WHOLE,
        )
        for line in draft.lines
    ]


def keep_unknown(
    message: StockMessage, lines: Sequence[ToldLine], refused: Sequence[tuple[int, Refused]]
) -> None:
    """Write the lines that could not be noted beside their message: two statements."""
    if not refused:
        return
    codes = {lines[index].sku_code for index, _refusal in refused} - {""}
    named = dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))
    rows: list[dict[str, Any]] = [
        {
            "message_id": message.pk,
            "position": index + 1,
            "sku_code": lines[index].sku_code,
            "barcode": lines[index].barcode,
            "goods_owner": lines[index].goods_owner,
            "batch_code": lines[index].batch_code,
            "units": lines[index].units,
            "why": refusal.code,
            "sku_id": named.get(lines[index].sku_code),
        }
        for index, refusal in refused
    ]
    insert_rows(UnknownStockLine, rows)
