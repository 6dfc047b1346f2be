"""New prices from a file: an export of the present ones to edit, a template, and the look at what a file asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, Final

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from catalog.choices import PriceRole
from catalog.forms.price_files import MOST_BYTES, MOST_ROWS, Looked, look_into
from catalog.models import Brand, Category, Channel
from catalog.operations.price_changes import draft_prices, propose_prices
from catalog.queries.prices import standing_prices
from catalog.queries.repricing import Selection, on_offer
from catalog.views.price_changes import PROPOSE, chosen_shop, say_proposed
from ops_portal.accounts.doors import staff_only
from ops_portal.intake.dropped import DroppedFile, put_aside
from ops_portal.intake.handing_out import name_now, record_taking
from ops_portal.intake.reading import FileRefused
from ops_portal.intake.sheets import XLSX
from ops_portal.lib.doors.telling import attempt
from ops_portal.lib.refusals import Refused

FAULTS_SHOWN: Final = 200
PRICES_SHOWN: Final = 500
# The headings that the reader of such files knows, in the language of the page.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "zh-hans": ("店铺编码", "SKU编码", "新价格", "生效时间", "失效时间", "原因"),
    "zh-hant": ("店鋪編碼", "SKU編碼", "新價格", "生效時間", "失效時間", "原因"),
}
OTHER_HEADINGS: Final = ("shop", "sku", "price", "valid from", "valid until", "reason")
BESIDE: Final = (gettext_lazy("Product name"), gettext_lazy("Price now"), gettext_lazy("Floor price"))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(PROPOSE)
def file_page(request: HttpRequest) -> HttpResponse:
    """Take a file of prices, show what it asks for, and write it down when it is as it was shown."""
    sent = request.POST
    shop = chosen_shop(request, sent.get("shop", "") or request.GET.get("shop", ""))
    reason = " ".join(sent.get("reason", "").split())[:200]
    looked, given, seen = None, None, ""
    try:
        given = given_file(request) if request.method == "POST" else None
        if given is not None:
            looked = look_into(
                given.path,
                shop=shop.code if shop else "",
                reason=reason,
                user=request.user,
                at=timezone.now(),
            )
            seen = digest_of(looked)
            if sent.get("do") in ("apply", "draft"):
                if sent.get("seen") != seen:
                    messages.warning(request, _("Prices have changed since you looked; look again."))
                elif written := write_down(request, looked):
                    return written
    except Refused as refused:
        messages.error(request, str(refused))
    context = {
        "shop": shop,
        "reason": reason,
        "looked": looked,
        "file_name": given.name if given else "",
        "ticket": given.ticket(request.user.pk) if given else "",
        "seen": seen,
        "faults": looked.faults[:FAULTS_SHOWN] if looked else [],
        "more_faults": max(0, len(looked.faults) - FAULTS_SHOWN) if looked else 0,
        "most_shown": PRICES_SHOWN,
        "headings": HEADINGS.get(get_language() or "", OTHER_HEADINGS),
        "roles": PriceRole.choices,
        "shops": Channel.objects.visible_to(request.user).filter(is_active=True).order_by("name", "code"),
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "categories": Category.objects.visible_to(request.user).order_by("name", "code"),
        "title": _("Change prices"),
    }
    return render(request, "catalog/price_file.html", {**admin.site.each_context(request), **context})


def given_file(request: HttpRequest) -> DroppedFile:
    """Return the file that was sent, or the one that was looked at before. Raises Refused, FileRefused."""
    files = request.FILES.getlist("file")[:1]
    if files and files[0].size:
        if files[0].size > MOST_BYTES:
            raise FileRefused("file_too_large", max_mib=MOST_BYTES // 1024**2)
        return put_aside(files)
    before = DroppedFile.of_ticket(request.POST.get("ticket", ""), request.user.pk)
    if before is None:
        raise Refused(gettext_lazy("Choose a file with something in it, and send it again."))
    return before


def digest_of(looked: Looked) -> str:
    """Return what tells one look from another."""
    text = "\n".join(
        f"{group.draft}\t{[(price.sku.code, price.before) for price in group.prices]}"
        for group in looked.groups
    )
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_down(request: HttpRequest, looked: Looked) -> HttpResponse | None:
    """Change prices as they were looked at, or write them down as drafts; None where nothing came of it."""
    run = draft_prices if request.POST["do"] == "draft" else propose_prices
    outcome = attempt(request, run, [group.draft for group in looked.groups])
    say_proposed(request, outcome)
    if not outcome.done:
        return None
    if len(outcome.done) == 1:
        return HttpResponseRedirect(reverse("catalog:price-change", args=[outcome.done[0].number]))
    return HttpResponseRedirect(reverse("catalog:price-changes") + "?tab=all")


@require_safe
@staff_only(PROPOSE)
def export_file(request: HttpRequest) -> HttpResponse:
    """Hand out the prices that hold now, without special ones, as a workbook to edit and send back."""
    asked = request.GET
    shop = chosen_shop(request, asked.get("shop", ""))
    selection = Selection(
        brand=asked.get("brand", "")[:40],
        category=asked.get("category", "")[:40],
        role=asked.get("role", "") if asked.get("role") in PriceRole.values else "",
    )
    skus = list(on_offer(selection, request.user).select_related("product").order_by("code")[:MOST_ROWS])
    held = standing_prices([sku.pk for sku in skus], shop.pk if shop else None, timezone.now())
    code = shop.code if shop else ""
    rows = (
        (code, sku.code, price, "", "", "", f"{sku.product.name} {sku.name}".strip(), price, sku.floor_price)
        for sku in skus
        for price in [held.get(sku.pk)]
    )
    told = _("Prices of %(count)d SKUs") % {"count": len(skus)}
    record_taking(request, kind="price", told=told, number=code)
    return workbook(f"prices-{shop.pk if shop else 'list'}", [*headings(), *map(str, BESIDE)], rows)


@require_safe
@staff_only(PROPOSE)
def template_file(request: HttpRequest) -> HttpResponse:
    """Hand out an empty workbook with the headings."""
    return workbook("prices-template", headings(), ())


def headings() -> Sequence[str]:
    """Return the headings in the reader's language."""
    return HEADINGS.get(get_language() or "", OTHER_HEADINGS)


def workbook(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Return a workbook as an answer. Text stays text: no code becomes a number, and nothing a formula.

    Prices are numbers, so that a spreadsheet reckons with them.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("prices")
    for place in range(len(head)):
        sheet.column_dimensions["ABCDEFGHI"[place]].width = 18
    for row in ([*head], *rows):
        cells = []
        for value in row:
            is_text = isinstance(value, str)
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value) if is_text else value)
            if is_text:
                cell.data_type, cell.number_format = "s", "@"
            else:
                cell.number_format = "0.00"
            cells.append(cell)
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    answer = HttpResponse(written.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name_now(name)}.xlsx"'
    return answer
