"""Codes of shops that nobody knows yet: the likeliest SKU first, with the reason, and one key confirms it."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import MatchStatus
from catalog.drafts import MatchDraft
from catalog.models import Channel, ChannelSku, Sku
from catalog.operations.matching import ignore_skus, match_skus, no_such_sku
from catalog.queries.match_desk import AskedMatches, open_codes, page_of_codes, rows_of, skus_like
from catalog.views.listings_doors import VIEW, nothing_chosen
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, back, say_refused, tell
from ops_portal.lib.refusals import Outcome, Refused

MATCH: Final = "catalog.match_sku"
MOST_AT_ONCE: Final = 200


class SkuNeeded(Refused):
    """Nobody said which SKU it is."""

    code = "sku_needed"


NOTHING_CHOSEN: Final[Outcome[Any]] = Outcome(
    refused=[(0, SkuNeeded(gettext_lazy("Choose the SKU that it is.")))]
)


@require_safe
@staff_only(VIEW)
def matching_page(request: HttpRequest) -> HttpResponse:
    """Show the codes that are to be matched, or those that were."""
    given = request.GET
    asked = AskedMatches(
        status=given["status"] if given.get("status") in MatchStatus.values else MatchStatus.OPEN,
        shop=given.get("shop", "")[:40],
        text=given.get("q", "").strip()[:60],
        after=given.get("after", "")[:20],
    )
    rows, following = page_of_codes(asked, user=request.user)
    context = {
        "asked": asked,
        "rows": rows,
        "following": following,
        "statuses": MatchStatus.choices,
        "waiting": open_codes(request.user),
        "sure": [row for row in rows if row.is_sure],
        "shops": Channel.objects.visible_to(request.user).order_by("name", "code"),
        "may_match": request.user.has_perm(MATCH),
        "title": _("SKU matching"),
    }
    return render(request, "catalog/matching.html", {**admin.site.each_context(request), **context})


@require_POST
@staff_only(MATCH)
def match_page(request: HttpRequest) -> HttpResponse:
    """Say what one code is, or that it is none of ours; answer its row as it then stands."""
    pk = request.POST.get("code", "")
    seen = ChannelSku.objects.visible_to(request.user).select_related("channel", "sku__product")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19) or not seen.filter(pk=int(pk)).exists():
        return nothing_chosen(request)
    if request.POST.get("verb") == "ignore":
        outcome = attempt(request, ignore_skus, [int(pk)])
    else:
        sku_code = (request.POST.get("other") or request.POST.get("sku") or "").strip()[:60]
        draft = MatchDraft(int(pk), sku_code, request.POST.get("seen", "")[:60])
        if not sku_code:
            outcome = NOTHING_CHOSEN
        elif not Sku.objects.visible_to(request.user).filter(code=sku_code).exists():
            outcome = Outcome(refused=[(0, no_such_sku(sku_code))])
        else:
            outcome = attempt(request, match_skus, [draft])
    if not request.headers.get("HX-Request"):
        say_refused(request, outcome, [pk])
        return back(request, reverse("catalog:matching"))
    (row,) = rows_of([seen.get(pk=int(pk))], user=request.user)
    refusal = outcome.refused[0][1] if outcome.refused else None
    context: dict[str, Any] = {"row": row, "refusal": refusal, "is_done": refusal is None, "may_match": True}
    return render(request, "catalog/matching_row.html", context)


@require_POST
@staff_only(MATCH)
def match_sure_page(request: HttpRequest) -> HttpResponse:
    """Confirm the matches of a page whose barcodes are the same."""
    chosen = [pk for pk in request.POST.getlist("code")[:MOST_AT_ONCE] if pk.isascii() and pk.isdecimal()]
    codes = list(
        ChannelSku.objects.visible_to(request.user)
        .filter(pk__in=[int(pk) for pk in chosen if len(pk) < 19], status=MatchStatus.OPEN)
        .order_by("pk")
    )
    sure = [row for row in rows_of(codes, user=request.user) if row.is_sure and row.best is not None]
    if not sure:
        return nothing_chosen(request)
    drafts = [MatchDraft(row.channel_sku.pk, row.best.sku.code) for row in sure if row.best]
    tell(request, _("Match"), [row.channel_sku.code for row in sure], match_skus, drafts)
    return back(request, reverse("catalog:matching"))


@require_safe
@staff_only(VIEW)
def skus_page(request: HttpRequest) -> HttpResponse:
    """Answer the SKUs that somebody looks for, as choices of a field."""
    text = request.GET.get("other", "").strip()[:60]
    return render(request, "catalog/matching_skus.html", {"skus": skus_like(text, user=request.user)})
