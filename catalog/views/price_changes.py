"""New prices for many SKUs: the rule and its preview, what waits for approval, and what was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.choices import PRICE_CHANGE_MOVES, PriceBase, PriceChangeStatus, PriceEnding, PriceRole
from catalog.drafts import PriceChangeDraft
from catalog.forms.prices import Wish, text_of, wish_sent, words_of
from catalog.models import Brand, Category, Channel, PriceChange
from catalog.operations.price_changes import draft_prices, propose_prices, submit_price_changes
from catalog.operations.price_deciding import (
    approve_price_changes,
    end_price_changes,
    reject_price_changes,
    withdraw_price_changes,
)
from catalog.queries.price_desk import ALL, AskedChanges, page_of_changes, waiting_changes
from catalog.queries.prices import margin_of
from catalog.queries.repricing import MOST, NewPrice, Rule, Selection, new_prices, selected
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell
from ops_portal.lib.money import ratio
from ops_portal.lib.refusals import Outcome, Refused

VIEW: Final = "catalog.view_pricechange"
PROPOSE: Final = "catalog.propose_price"
APPROVE: Final = "catalog.approve_price"
VERBS: Final[dict[str, tuple[Any, str, Callable[..., Outcome[Any]]]]] = {
    "approve": (gettext_lazy("Approve"), APPROVE, approve_price_changes),
    "reject": (gettext_lazy("Reject"), APPROVE, reject_price_changes),
    "withdraw": (gettext_lazy("Withdraw"), PROPOSE, withdraw_price_changes),
    "submit": (gettext_lazy("Submit"), PROPOSE, submit_price_changes),
    "end": (gettext_lazy("End now"), PROPOSE, end_price_changes),
}


@require_safe
@staff_only(VIEW)
def list_page(request: HttpRequest) -> HttpResponse:
    """Show price changes, first those that wait for approval."""
    given = request.GET
    tabs = (*PriceChangeStatus.values, ALL)
    asked = AskedChanges(
        tab=given["tab"] if given.get("tab") in tabs else PriceChangeStatus.WAITING,
        shop=given.get("shop", "")[:40],
        after=given.get("after", "")[:30],
    )
    rows, following = page_of_changes(asked, user=request.user)
    context = {
        "asked": asked,
        "rows": [(change, words_of(change.rule)) for change in rows],
        "following": following,
        "tabs": [*PriceChangeStatus.choices, (ALL, _("All"))],
        "waiting": waiting_changes(request.user),
        "shops": Channel.objects.visible_to(request.user).filter(is_active=True).order_by("name", "code"),
        "may_propose": request.user.has_perm(PROPOSE),
        "title": _("Price changes"),
    }
    return render(request, "catalog/price_changes.html", {**admin.site.each_context(request), **context})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PROPOSE)
def new_page(request: HttpRequest) -> HttpResponse:
    """Reckon new prices, show them beside the old ones, and write them down when they are as they were shown."""
    sent = request.POST if request.method == "POST" else request.GET
    channel = chosen_shop(request, sent.get("shop", ""))
    prices: list[NewPrice] = []
    wish = Wish(Selection(), Rule(), None, None, "")
    shown = ""
    try:
        wish = wish_sent(sent)
        if not wish.selection.is_empty:
            prices = preview(request, wish, channel)
            shown = digest_of(prices)
        if request.method == "POST" and sent.get("do") in ("apply", "draft") and prices:
            if sent.get("seen") == shown:
                run = draft_prices if sent.get("do") == "draft" else propose_prices
                outcome = attempt(request, run, [draft_of(wish, channel, prices)])
                say_proposed(request, outcome)
                if outcome.done:
                    return HttpResponseRedirect(
                        reverse("catalog:price-change", args=[outcome.done[0].number])
                    )
            else:
                messages.warning(request, _("Prices have changed since you looked; look again."))
    except Refused as refused:
        messages.error(request, str(refused))
    changing = [price for price in prices if price.amount is not None and not price.is_same]
    context = {
        "sent": sent,
        "wish": wish,
        "shop": channel,
        "prices": prices,
        "changing": len(changing),
        "same": sum(price.is_same for price in prices),
        "unknown": sum(price.amount is None for price in prices),
        "low": sum(price.is_below_floor for price in changing),
        "seen": shown,
        "is_full": len(prices) == MOST,
        "most": MOST,
        "bases": PriceBase.choices,
        "endings": PriceEnding.choices,
        "roles": PriceRole.choices,
        "shops": Channel.objects.visible_to(request.user).filter(is_active=True).order_by("name", "code"),
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "categories": Category.objects.visible_to(request.user).order_by("name", "code"),
        "title": _("Change prices"),
    }
    return render(request, "catalog/price_change_new.html", {**admin.site.each_context(request), **context})


def chosen_shop(request: HttpRequest, code: str) -> Channel | None:
    """Return the shop whose prices change, None for list prices; 404 where it may not be seen."""
    if not code:
        return None
    channel: Channel | None = Channel.objects.visible_to(request.user).filter(code=code[:40]).first()
    if channel is None:
        raise Http404
    return channel


def preview(request: HttpRequest, wish: Wish, channel: Channel | None) -> list[NewPrice]:
    """Return what the prices become. Refuses UnknownSku where a SKU was named that the reader can't see."""
    skus = list(selected(wish.selection, request.user).select_related("product").order_by("code")[:MOST])
    missing = set(wish.selection.codes) - {sku.code for sku in skus}
    if missing:
        names = ", ".join(sorted(missing)[:5])
        messages.warning(request, _("Not found: %(names)s.") % {"names": names})
    at = wish.since or timezone.now()
    return new_prices(skus, wish.given, wish.rule, channel=channel, at=at, until=wish.until)


def digest_of(prices: Sequence[NewPrice]) -> str:
    """Return what tells one preview from another."""
    text = "\n".join(f"{price.sku.code}\t{price.before}\t{price.amount}\t{price.plans}" for price in prices)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def draft_of(wish: Wish, channel: Channel | None, prices: Sequence[NewPrice]) -> PriceChangeDraft:
    """Return the change that was looked at."""
    lines = tuple((price.sku.code, price.amount) for price in prices if price.amount is not None)
    rule = "" if wish.given is not None else text_of(wish.rule)
    return PriceChangeDraft(lines, channel.code if channel else "", wish.since, rule, wish.reason, wish.until)


def say_proposed(request: HttpRequest, outcome: Outcome[PriceChange]) -> None:
    """Say whether prices hold, wait, or are written down as a draft."""
    for change in outcome.done:
        count = change.lines.count()
        if change.status == PriceChangeStatus.DRAFT:
            text = ngettext(
                "%(count)d price is written down as a draft; nothing has changed yet.",
                "%(count)d prices are written down as a draft; nothing has changed yet.",
                count,
            )
            messages.success(request, text % {"count": count})
        elif change.status == PriceChangeStatus.WAITING:
            text = ngettext(
                "%(count)d price waits: below the floor, somebody else approves it.",
                "%(count)d prices wait: some are below the floor, somebody else approves them.",
                count,
            )
            messages.warning(request, text % {"count": count})
        elif change.since is not None and change.since > timezone.now():
            text = ngettext(
                "%(count)d price is planned; it holds from %(since)s.",
                "%(count)d prices are planned; they hold from %(since)s.",
                count,
            )
            since = f"{timezone.localtime(change.since):%Y-%m-%d %H:%M}"
            messages.success(request, text % {"count": count, "since": since})
        else:
            text = ngettext("%(count)d price changed.", "%(count)d prices changed.", count)
            messages.success(request, text % {"count": count})
    say_refused(request, outcome)


@require_safe
@staff_only(VIEW)
def change_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one change with its prices, and what may be done with it."""
    change = visible_change(request, number)
    user = request.user
    fee = change.channel.fee_rate if change.channel else Decimal(0)
    lines = change.lines.select_related("sku__product").order_by("position")
    is_waiting = change.status == PriceChangeStatus.WAITING
    is_draft = change.status == PriceChangeStatus.DRAFT
    ends = change.status == PriceChangeStatus.APPLIED and change.until and change.until > timezone.now()
    context = {
        "change": change,
        "rule": words_of(change.rule),
        "lines": [
            {
                "line": line,
                "is_low": line.floor is not None and line.amount < line.floor,
                "change": line.before and ratio(line.amount - line.before, line.before),
                "margin_before": line.before and margin_of(line.before, line.sku.cost, fee),
                "margin": margin_of(line.amount, line.sku.cost, fee),
            }
            for line in lines
        ],
        "may_approve": is_waiting and user.has_perm(APPROVE) and change.requester_id != user.pk,
        "may_withdraw": (is_waiting or is_draft) and user.has_perm(PROPOSE),
        "may_submit": is_draft and user.has_perm(PROPOSE) and change.requester_id in (None, user.pk),
        "may_end": ends and user.has_perm(PROPOSE),
        "is_own": is_waiting and change.requester_id == user.pk,
        "kind": PRICE_CHANGE_MOVES.kind,
        "title": change.number,
    }
    return render(request, "catalog/price_change.html", {**admin.site.each_context(request), **context})


def visible_change(request: HttpRequest, number: str) -> PriceChange:
    """Return the change of this number; 404 where it may not be seen."""
    seen = PriceChange.objects.visible_to(request.user).filter(number=number)
    change: PriceChange | None = seen.select_related("channel", "requester", "decider", "owner").first()
    if change is None:
        raise Http404
    return change


@require_POST
@staff_only(VIEW)
def act_page(request: HttpRequest, number: str) -> HttpResponse:
    """Submit, approve, reject, withdraw or end one change."""
    if request.POST.get("verb") not in VERBS:
        raise Http404
    label, permission, run = VERBS[request.POST["verb"]]
    change = visible_change(request, number)
    if not request.user.has_perm(permission):
        raise PermissionDenied
    needs_reason = run in (reject_price_changes, submit_price_changes)
    given = {"reason": request.POST.get("reason", "")[:500]} if needs_reason else {}
    tell(request, label, [change.number], run, [change.number], **given)
    return back(request, reverse("catalog:price-change", args=[change.number]))
