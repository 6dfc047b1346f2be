"""What receiving says: of what was booked, and of a scan that hardly is what was asked for."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.forms.receiving import ALWAYS_UNITS, State, shown
from catalog.models import Batch, InboundDelivery, Sku, Warehouse
from catalog.operations.bins import find_bins


def doubt_of_batch(code: str, state: State, sku: Sku, others: list[Sku], warehouse: Warehouse) -> str:
    """Return why a code hardly is the batch of goods; nothing where it may be, or where it came twice."""
    if Batch.objects.filter(sku=sku, code=code).exists():
        return ""
    if others:
        text = _("“%(code)s” is %(sku)s, no batch. Scan the batch of %(here)s, or BACK to drop it.")
        return text % {"code": shown(code), "sku": others[0].code, "here": sku.code}
    if find_bins([(warehouse.pk, code)]):
        return _("“%(code)s” is a bin, no batch. Scan the batch; it stands on the goods.") % {"code": code}
    if code.isascii() and code.isdigit() and len(code) <= ALWAYS_UNITS and code != state.batch:
        text = _("“%(code)s” looks like a number of units. If it is the batch, give it once more.")
        return text % {"code": code}
    return ""


def doubt_of_day(day: date, state: State, *, today: date) -> str:
    """Return why a day hardly is the last one of goods; nothing where it may be, or where it came twice."""
    if day >= today or state.expires == day.isoformat():
        return ""
    text = _("%(day)s is past. If that stands on the goods, give it once more.")
    return text % {"day": day.isoformat()}


def not_the_goods(code: str, state: State, *, is_known: bool) -> str:
    """Return why a code is neither units of the goods in hand nor these goods themselves."""
    if is_known:
        text = _("That is not %(sku)s. Scan OK to book %(units)s × %(sku)s first, or BACK to drop it.")
        return text % {"sku": state.sku, "units": state.units}
    text = _("“%(code)s” is no number of units and no goods that we know. Nothing was changed.")
    return text % {"code": shown(code)}


def said_of(state: State, delivery: InboundDelivery) -> str:
    """Return what was booked and where it is now."""
    good = state.units - state.damaged
    said = [_("%(units)s × %(sku)s taken in.") % {"units": state.units, "sku": state.sku}]
    if good and (delivery.warehouse.inspects_receipts or state.reason):
        waits = ngettext("%(count)d unit waits for inspection.", "%(count)d units wait for inspection.", good)
        said.append(waits % {"count": good})
    if state.damaged:
        apart = ngettext(
            "%(count)d damaged unit is booked apart.",
            "%(count)d damaged units are booked apart.",
            state.damaged,
        )
        said.append(apart % {"count": state.damaged})
    return " ".join(said)
