"""Receiving scan by scan: what each scan means where somebody stands, and what it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.choices import OWN, InboundSource, InboundStatus
from catalog.forms.receiving import (
    BACK,
    CLOSE,
    DAMAGED,
    DONE,
    MOST_DIGITS,
    NEW,
    OK,
    QUIET,
    REOPEN,
    STOP,
    UNANNOUNCED,
    Answer,
    State,
    fill,
    is_units,
    owner_label,
    shown,
)
from catalog.gs1 import Label, barcodes_of, read_day, read_label
from catalog.models import Batch, InboundDelivery, InboundLine, Sku, Warehouse
from catalog.operations.deliveries import OPEN, DeliveryClosed, local_day
from catalog.operations.inbound import InboundDraft, announce_deliveries, reopen_deliveries
from catalog.operations.received import MoreThanPromised, NotOnDelivery
from catalog.operations.receiving import (
    ExpiryNeeded,
    ReceiptDraft,
    ReceiptLineDraft,
    TooLittleLife,
    close_deliveries,
    receive_deliveries,
)
from catalog.queries.inbound import known_owners
from catalog.views.receiving_words import doubt_of_batch, doubt_of_day, not_the_goods, said_of
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Refused


class Steps:
    """One turn of receiving, in the name of a reader and a warehouse. Nothing is written before OK."""

    def __init__(self, request: HttpRequest, warehouse: Warehouse) -> None:
        self.request = request
        self.warehouse = warehouse
        self.at = timezone.now()

    # -- what is there ---------------------------------------------------------------------------------------

    def delivery(self, number: str) -> InboundDelivery | None:
        """Return a delivery to this warehouse by its number."""
        seen = InboundDelivery.objects.visible_to(self.request.user).filter(warehouse=self.warehouse)
        found: InboundDelivery | None = seen.filter(number=number).select_related("brand").first()
        return found

    def deliveries(self, code: str) -> list[InboundDelivery]:
        """Return the deliveries that a scanned code means: by number, by waybill, by the sender's number."""
        seen = InboundDelivery.objects.visible_to(self.request.user).select_related("brand", "warehouse")
        named = seen.filter(Q(number=code.upper()) | Q(tracking=code) | Q(source_key=code))
        found = list(named.exclude(status=InboundStatus.CANCELLED).order_by("due_at", "pk")[:20])
        here = [each for each in found if each.warehouse_id == self.warehouse.pk]
        waiting = [each for each in here if each.status in OPEN]
        return waiting or here or found

    def skus(self, code: str, label: Label | None, brand_id: int | None) -> list[Sku]:
        """Return the SKUs that a code means, those of the brand where some are."""
        seen = (
            Sku.objects.visible_to(self.request.user).filter(is_bundle=False).select_related("product__brand")
        )
        found = list(seen.filter(Q(code=code) | Q(barcode__in=barcodes_of(code))).order_by("pk")[:20])
        if not found and label is not None and label.gtin:
            found = list(seen.filter(barcode__in=barcodes_of(label.gtin)).order_by("pk")[:20])
        if not found:
            found = list(seen.filter(code=code.upper()).order_by("pk"))
        exact = [sku for sku in found if sku.code == code]
        ours = [sku for sku in found if sku.product.brand_id == brand_id]
        return exact or ours or found

    def line(self, state: State) -> InboundLine | None:
        """Return the line of the delivery for the SKU in hand."""
        named = InboundLine.objects.filter(delivery__number=state.delivery, sku__code=state.sku)
        return named.select_related("sku").first()

    def sku(self, state: State) -> Sku | None:
        """Return the SKU in hand."""
        seen = Sku.objects.visible_to(self.request.user).filter(code=state.sku)
        found: Sku | None = seen.select_related("product__brand").first()
        return found

    # -- a scan ----------------------------------------------------------------------------------------------

    def take(self, state: State, code: str) -> Answer:
        """Return what comes of a scan."""
        if not code:
            return Answer(state, _("Nothing was scanned."), STOP)
        word = code.upper()
        if word == BACK:
            back = State() if state.step in ("delivery", "sku") else state.at_sku()
            return Answer(back)
        steps: dict[str, Callable[[State, str], Answer]] = {
            "delivery": self.take_delivery,
            "reopen": self.take_reopening,
            "sku": self.take_sku,
            "owner": self.take_owner,
            "extra": self.take_extra,
            "batch": self.take_batch,
            "expires": self.take_expiry,
            "units": self.take_units,
            "damaged": self.take_damaged,
            "more": self.take_more,
            "life": self.take_reason,
            "close": self.take_closing,
        }
        if state.step not in steps or (state.step != "delivery" and not self.stands(state)):
            return Answer(State(), _("This delivery can't be received here any more. Begin again."), STOP)
        return steps[state.step](state, code)

    def stands(self, state: State) -> bool:
        """Tell whether what the form carries still is there."""
        if state.delivery == UNANNOUNCED:
            return bool(state.made)
        return self.delivery(state.delivery) is not None

    def take_delivery(self, state: State, code: str) -> Answer:
        """Find the delivery that a number or a waybill means."""
        if code.upper() == NEW:
            return Answer(State("sku", UNANNOUNCED, made=uuid4().hex), _("Scan the first of the goods."))
        found = self.deliveries(code)
        if not found:
            said = _("No delivery has the number or the waybill “%(code)s”. Scan NEW if nobody announced it.")
            return Answer(State(), said % {"code": code}, STOP)
        if len(found) > 1:
            said = _("Several deliveries came by this waybill. Which is it?")
            choices = tuple((each.number, f"{each.number} · {each.brand.name}") for each in found)
            return Answer(State(), said, STOP, choices)
        (delivery,) = found
        if delivery.warehouse_id != self.warehouse.pk:
            said = _("%(number)s goes to %(warehouse)s; you work in %(here)s.")
            facts = {"warehouse": delivery.warehouse.name, "here": self.warehouse.name}
            return Answer(State(), said % {"number": delivery.number, **facts}, STOP)
        if delivery.status == InboundStatus.RECEIVED:
            said = _("%(number)s is closed. Did more come? Scan REOPEN to open it again.")
            return Answer(State("reopen", delivery.number), said % {"number": delivery.number}, STOP)
        return Answer(State("sku", delivery.number))

    def take_reopening(self, state: State, code: str) -> Answer:
        """Open a closed delivery again, since more came."""
        if code.upper() != REOPEN:
            return self.take_delivery(State(), code)
        try:
            self.run(reopen_deliveries, state.delivery, reason=_("more came"))
        except Refused as refused:
            return Answer(State(), str(refused), STOP)
        return Answer(State("sku", state.delivery))

    def take_sku(self, state: State, code: str) -> Answer:
        """Find the goods that a code means, with what its label says of them."""
        word = code.upper()
        if word == CLOSE and state.delivery != UNANNOUNCED:
            return Answer(replace(state, step="close"))
        if word.startswith("IN") and word != state.delivery and self.delivery(word):
            return self.take_delivery(State(), word)
        label = read_label(code)
        delivery = self.delivery(state.delivery)
        found = self.skus(code, label, delivery.brand_id if delivery else None)
        if not found:
            said = _(
                "The catalogue knows no SKU or barcode “%(code)s”. Nothing was taken in; set it aside and ask."
            )
            return Answer(state.at_sku(), said % {"code": shown(code)}, STOP)
        if len(found) > 1:
            said = _("Several SKUs have this barcode. Which is it?")
            choices = tuple((sku.code, f"{sku.code} · {sku.product.name} {sku.name}") for sku in found)
            return Answer(state.at_sku(), said, STOP, choices)
        (sku,) = found
        taken = fill(replace(state.at_sku(), sku=sku.code, units=1, key=uuid4().hex), sku, label)
        if delivery is None:
            return self.ask_owner(taken, sku)
        if sku.product.brand_id != delivery.brand_id:
            said = _("%(sku)s is of the brand “%(brand)s”, this delivery is not. Nothing was taken in.")
            facts = {"sku": sku.code, "brand": sku.product.brand.name}
            return Answer(state.at_sku(), said % facts, STOP)
        line = self.line(taken)
        announced = delivery.source != InboundSource.UNANNOUNCED
        if announced and (line is None or not (line.promised or line.received)):
            said = _(
                "%(sku)s is not on this delivery. Scan OK to take it in all the same, or scan other goods."
            )
            return Answer(replace(taken, step="extra"), said % {"sku": sku.code}, STOP)
        return self.ask_next(taken, sku)

    def ask_owner(self, state: State, sku: Sku) -> Answer:
        """Ask whose goods came unannounced, where that may be more than one."""
        if state.owner:
            return self.ask_next(state, sku)
        owners = known_owners(sku.product.brand_id)
        if len(owners) == 1:
            return self.ask_next(replace(state, owner=owners[0]), sku)
        choices = tuple((owner, owner_label(owner)) for owner in owners)
        return Answer(replace(state, step="owner"), _("Whose goods are these?"), QUIET, choices)

    def take_owner(self, state: State, code: str) -> Answer:
        """Take the owner of goods that came unannounced."""
        sku = self.sku(state)
        owners = known_owners(sku.product.brand_id) if sku else []
        if sku is None or code not in owners:
            choices = tuple((owner, owner_label(owner)) for owner in owners)
            return Answer(state, _("Choose one of these owners."), STOP, choices)
        return self.ask_next(replace(state, owner=code), sku)

    def take_extra(self, state: State, code: str) -> Answer:
        """Take in goods that the delivery does not name, once somebody says so."""
        sku = self.sku(state)
        if code.upper() != OK or sku is None:
            return self.take_sku(state, code)
        return self.ask_next(replace(state, more="1"), sku)

    def ask_next(self, state: State, sku: Sku, said: str = "") -> Answer:
        """Ask for what is still unknown of the goods in hand: batch, expiry, then units."""
        if sku.tracks_batches and not state.batch:
            return Answer(replace(state, step="batch"), said)
        if sku.tracks_batches and not state.expires and not self.known_expiry(sku, state.batch):
            return Answer(replace(state, step="expires"), said)
        return Answer(replace(state, step="units"), said)

    def known_expiry(self, sku: Sku, code: str) -> date | None:
        """Return when a batch that came before expires."""
        batch = Batch.objects.filter(sku=sku, code=code).first()
        return batch.expires_on if batch else None

    def take_batch(self, state: State, code: str) -> Answer:
        """Take the batch, from a label where one is scanned."""
        sku = self.sku(state)
        if sku is None:
            return Answer(state.at_sku(), _("It is no longer there."), STOP)
        label = read_label(code) if code.startswith(("(", "]", "01")) else None
        if label is not None and (label.gtin or label.batch):
            if label.gtin and sku.barcode not in barcodes_of(label.gtin):
                said = _("This is the label of other goods than %(sku)s.")
                return Answer(state, said % {"sku": sku.code}, STOP)
            state = fill(state, sku, label)
        elif code.upper() == OK or code in (sku.code, sku.barcode):
            return Answer(state, _("Scan or type the batch; it stands on the goods."), STOP)
        else:
            others = self.skus(code, None, sku.product.brand_id)
            if doubt := doubt_of_batch(code, state, sku, others, self.warehouse):
                return Answer(replace(state, batch="" if others else code[:60]), doubt, STOP)
            state = replace(state, batch=code[:60])
        return self.ask_next(state, sku)

    def take_expiry(self, state: State, code: str) -> Answer:
        """Take the last day of use."""
        sku = self.sku(state)
        day = read_day(code)
        if sku is None or day is None:
            said = _("“%(code)s” is no day. Type it as 261231 or 2026-12-31.")
            return Answer(state, said % {"code": shown(code)}, STOP)
        doubt = doubt_of_day(day, state, today=local_day(self.at))
        state = replace(state, expires=day.isoformat())
        return Answer(state, doubt, STOP) if doubt else self.ask_next(state, sku)

    def take_units(self, state: State, code: str) -> Answer:
        """Take a number of units, one more of the same goods, or the OK that books them."""
        sku = self.sku(state)
        if sku is None:
            return Answer(state.at_sku(), _("It is no longer there."), STOP)
        word = code.upper()
        if word == OK:
            return self.book(state, sku)
        if word == DAMAGED:
            return Answer(replace(state, step="damaged"))
        if is_units(code, sku):
            units = int(code)
            if units < max(1, state.damaged):
                return Answer(state, _("Type at least 1, or scan BACK to take in none."), STOP)
            return Answer(replace(state, units=units, more="" if self.is_named(state) else "1"))
        label = read_label(code)
        same = [each.code for each in self.skus(code, label, sku.product.brand_id)]
        if sku.code not in same:
            return Answer(state, not_the_goods(code, state, is_known=bool(same)), STOP)
        if label is not None and label.batch and label.batch != state.batch and sku.tracks_batches:
            said = _("That is batch %(other)s. Scan OK to book batch %(batch)s first.")
            return Answer(state, said % {"other": label.batch, "batch": state.batch}, STOP)
        more = label.units if label is not None and label.units else 1
        return Answer(replace(state, units=min(state.units + more, 10**MOST_DIGITS - 1)))

    def is_named(self, state: State) -> bool:
        """Tell whether the delivery promised the SKU in hand."""
        line = self.line(state)
        return line is not None and line.promised > 0

    def take_damaged(self, state: State, code: str) -> Answer:
        """Take how many of the units are damaged."""
        if not (code.isascii() and code.isdigit() and len(code) <= MOST_DIGITS and int(code) <= state.units):
            said = _("Type how many of the %(units)s units are damaged: 0 to %(units)s.")
            return Answer(state, said % {"units": state.units}, STOP)
        return Answer(replace(state, step="units", damaged=int(code)))

    def take_more(self, state: State, code: str) -> Answer:
        """Take in more than was promised, once somebody says so; a number corrects the units."""
        sku = self.sku(state)
        if sku is None:
            return Answer(state.at_sku(), _("It is no longer there."), STOP)
        if code.upper() == OK:
            return self.book(replace(state, more="1"), sku)
        return self.take_units(replace(state, step="units"), code)

    def take_reason(self, state: State, code: str) -> Answer:
        """Take goods that expire too soon into quarantine, for a reason."""
        sku = self.sku(state)
        if sku is None:
            return Answer(state.at_sku(), _("It is no longer there."), STOP)
        if code.upper() == OK or code.isdigit() or len(code) < 2:
            return Answer(
                state, _("Type why they are taken into quarantine, or scan BACK to refuse them."), STOP
            )
        return self.book(replace(state, step="units", reason=code), sku)

    def take_closing(self, state: State, code: str) -> Answer:
        """Close the delivery with what is short; a scan of goods goes on with it instead."""
        if code.upper() != OK:
            return self.take_sku(state.at_sku(), code)
        try:
            self.run(close_deliveries, state.delivery)
        except Refused as refused:
            return Answer(state.at_sku(), str(refused), STOP)
        return Answer(State(), _("%(number)s is closed.") % {"number": state.delivery}, DONE)

    # -- booking ---------------------------------------------------------------------------------------------

    def book(self, state: State, sku: Sku) -> Answer:
        """Book the goods in hand; ask where that needs a word of whoever receives them."""
        line = ReceiptLineDraft(
            sku.code,
            state.units,
            state.damaged,
            state.batch if sku.tracks_batches else "",
            read_day(state.expires),
            state.reason,
        )
        try:
            number = self.number_of(state, sku)
            draft = ReceiptDraft(number, (line,), state.key, accepts_more=bool(state.more))
            run = retried(receive_deliveries)
            received = run([draft], actor=principal_of(self.request), at=self.at).one()
        except (MoreThanPromised, NotOnDelivery) as refused:
            said = _("%(problem)s Scan OK to take in all, or type another number.")
            return Answer(replace(state, step="more"), said % {"problem": refused}, STOP)
        except TooLittleLife as refused:
            said = _(
                "%(problem)s They can't be sold. Type why to take them into quarantine, or scan BACK to refuse them."
            )
            return Answer(replace(state, step="life"), said % {"problem": refused}, STOP)
        except ExpiryNeeded as refused:
            return Answer(replace(state, step="expires"), str(refused), STOP)
        except DeliveryClosed as refused:
            said = _("%(problem)s Scan REOPEN to open it again.")
            return Answer(State("reopen", state.delivery), said % {"problem": refused}, STOP)
        except Refused as refused:
            return Answer(state, str(refused), STOP)
        said = said_of(state, received.delivery)
        return Answer(State("sku", number), said, DONE)

    def number_of(self, state: State, sku: Sku) -> str:
        """Return the number of the delivery that goods belong to; one that nobody announced is made."""
        if state.delivery != UNANNOUNCED:
            return state.delivery
        draft = InboundDraft(
            brand_code=sku.product.brand.code,
            warehouse_code=self.warehouse.code,
            goods_owner=state.owner or OWN,
            promised_on=local_day(self.at),
            lines=(),
            source=InboundSource.UNANNOUNCED.value,
            source_key=f"floor:{state.made}",
        )
        run = retried(announce_deliveries)
        return run([draft], actor=principal_of(self.request), at=self.at).one().number

    def run(self, operation: Callable[..., Any], number: str, **given: Any) -> Any:
        """Call a verb of a delivery in the reader's name."""
        return retried(operation)([number], actor=principal_of(self.request), at=self.at, **given).one()
