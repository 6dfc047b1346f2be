"""The page for receiving on the warehouse floor: a delivery, then its goods scan by scan, each booked by OK."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.forms.receiving import (
    BACK,
    CLOSE,
    DAMAGED,
    NEW,
    OK,
    REOPEN,
    UNANNOUNCED,
    Answer,
    State,
    owner_label,
)
from catalog.models import Warehouse
from catalog.queries.inbound import expected_here, lines_of
from catalog.views.floor import Scan, go_home, is_back, on_the_floor, show
from catalog.views.receiving_steps import Steps


@require_http_methods(["GET", "HEAD", "POST"])
@on_the_floor
def receive_page(request: HttpRequest, warehouse: Warehouse) -> HttpResponse:
    """Take the next scan, or show where receiving begins."""
    turn = Steps(request, warehouse)
    state = State.of(request.POST)
    if is_back(request) and state.step == "delivery":
        return go_home(request)
    if request.method == "POST":
        answer = turn.take(state, request.POST.get("code", "").strip(" \t\r\n")[:120])
    elif code := request.GET.get("delivery", "")[:40]:
        answer = turn.take(State(), code)
    else:
        answer = Answer(State(), tone="")
    return show(request, "catalog/floor_receive.html", context_of(turn, answer))


def context_of(turn: Steps, answer: Answer) -> dict[str, Any]:
    """Return what the page shows after an answer."""
    state = answer.state
    delivery = turn.delivery(state.delivery) if state.delivery else None
    sku = turn.sku(state) if state.sku else None
    lines = lines_of(delivery) if delivery else []
    here = next((line for line in lines if line.code == state.sku), None)
    asks, does, words = asks_of(state)
    begins = state.step == "delivery"
    until = turn.at + timedelta(days=1)
    return {
        "title": _("Receive"),
        "warehouse": turn.warehouse,
        "state": state,
        "said": answer.said,
        "tone": answer.tone,
        "choices": answer.choices,
        "delivery": delivery,
        "is_new": state.delivery == UNANNOUNCED,
        "owner": owner_label(delivery.goods_owner if delivery else state.owner)
        if delivery or state.owner
        else "",
        "sku": sku,
        "expires": state.expires or (sku and state.batch and turn.known_expiry(sku, state.batch)) or "",
        "here": here,
        "missing": [line for line in lines if line.short],
        "complete": [line for line in lines if not line.short],
        "expected": expected_here(turn.request.user, turn.warehouse, until=until) if begins else [],
        "scan": Scan(
            asks,
            does,
            reverse("catalog:floor-receive"),
            state.keeps,
            digits=state.step in ("units", "damaged"),
        ),
        "words": words,
    }


def asks_of(state: State) -> tuple[str, str, list[tuple[str, str, bool]]]:
    """Return the question of a step, the name of its button, and the words that answer it beside a scan."""
    drop, book = (BACK, _("Back"), False), (OK, _("Book"), True)
    questions: dict[str, tuple[str, str, list[tuple[str, str, bool]]]] = {
        "delivery": (
            _("Delivery number or waybill"),
            _("Open"),
            [(NEW, _("Nobody announced it"), False)],
        ),
        "reopen": (
            _("Delivery number or waybill"),
            _("Open"),
            [(REOPEN, _("Open it again"), True), drop],
        ),
        "sku": (_("SKU or barcode"), _("Next"), [(CLOSE, _("Close the delivery"), False), drop]),
        "owner": (_("Owner of the goods"), _("Next"), [drop]),
        "extra": (_("OK, or other goods"), _("Next"), [(OK, _("Take it in all the same"), True), drop]),
        "batch": (_("Batch"), _("Next"), [drop]),
        "expires": (_("Expires on: YYMMDD or YYYY-MM-DD"), _("Next"), [drop]),
        "units": (
            _("Units, or scan one more"),
            _("Set"),
            [book, (DAMAGED, _("Some are damaged"), False), drop],
        ),
        "damaged": (_("How many are damaged?"), _("Set"), [drop]),
        "more": (_("OK, or the right number"), _("Set"), [(OK, _("Take in all"), True), drop]),
        "life": (_("Reason"), _("Into quarantine"), [(BACK, _("Refuse them"), False)]),
        "close": (_("OK, or more goods"), _("Next"), [(OK, _("Close with what is short"), True), drop]),
    }
    asks, does, words = questions.get(state.step, questions["delivery"])
    if state.delivery == UNANNOUNCED:
        words = [word for word in words if word[0] != CLOSE]
    return asks, does, words
