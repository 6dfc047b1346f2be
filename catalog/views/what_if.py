"""What if goods were kept more surely, or came faster: what that costs, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog.models import Brand, Sku
from catalog.operations.supply import NUMBERS, TermsDraft, save_supply_terms
from catalog.queries.what_if import LEVELS, Outlook, Tried, outlook, parts_of
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import tell

VIEW: Final = "catalog.view_replenishment"
SET: Final = "catalog.change_supplyterms"
MOST_SKUS: Final = 500
WIDTH: Final = 300
HEIGHT: Final = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """The goods of a brand, or some of its SKUs, and the terms that are tried."""

    brand: Brand | None
    skus: tuple[Sku, ...]
    codes: str
    unknown: tuple[str, ...]
    tried: Tried
    typed: dict[str, str]
    wrong: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(VIEW)
def what_if_page(request: HttpRequest) -> HttpResponse:
    """Show what each service level costs; a POST writes the one that was chosen into the terms."""
    if request.method == "POST":
        return take_over(request)
    asked = asked_in(request, request.GET)
    context: dict[str, Any] = {
        "title": _("What if"),
        "asked": asked,
        "brands": Brand.objects.visible_to(request.user).order_by("name", "code"),
        "may_set": request.user.has_perm(SET),
    }
    ids = ids_of(asked)
    if ids and not asked.wrong:
        parts = parts_of(ids, at=timezone.now())
        now = outlook(parts, None, Tried())
        tried = [outlook(parts, level, asked.tried) for level in LEVELS]
        context |= {
            "places": len(parts),
            "unpriced": sum(part.cost is None for part in parts),
            "now": now,
            "rows": [(each, each.amount - now.amount) for each in tried],
            "curve": curve(tried),
        }
    return render(request, "catalog/what_if.html", {**admin.site.each_context(request), **context})


def asked_in(request: HttpRequest, given: QueryDict) -> Asked:
    """Return what a form asks, with what of it can't be read."""
    brand = Brand.objects.visible_to(request.user).filter(code=given.get("brand", "")[:40]).first()
    codes = given.get("skus", "")[:20_000]
    named = list(dict.fromkeys(codes.replace(",", " ").replace("，", " ").split()))[:MOST_SKUS]
    skus: list[Sku] = []
    if brand and named:
        seen = Sku.objects.visible_to(request.user).filter(code__in=named, product__brand=brand)
        skus = list(seen.filter(is_bundle=False).order_by("code"))
    known = {sku.code for sku in skus}
    typed = {name: given.get(name, "").strip()[:10] for name in ("lead_days", "lead_spread", "review_days")}
    wrong = tuple(name for name, text in typed.items() if text and number_of(text, name) is None)
    numbers = {name: number_of(text, name) for name, text in typed.items()}
    lead, spread, review = (numbers[name] for name in ("lead_days", "lead_spread", "review_days"))
    tried = Tried(
        None if lead is None else int(lead),
        None if spread is None else float(spread),
        None if review is None else int(review),
    )
    unknown = tuple(code for code in named if code not in known)
    return Asked(brand, tuple(skus), codes, unknown, tried, typed, wrong)


def number_of(text: str, name: str) -> Decimal | None:
    """Return a number that the terms may hold; None for what is none."""
    plain = text.replace(".", "", 1) if name == "lead_spread" else text
    if not (plain.isascii() and plain.isdecimal()):
        return None
    least, most = NUMBERS[name]
    number = Decimal(text)
    return number if least <= number <= most else None


def ids_of(asked: Asked) -> list[int]:
    """Return the SKUs that are meant."""
    if asked.brand is None or (asked.codes.strip() and not asked.skus):
        return []
    if asked.skus:
        return [sku.pk for sku in asked.skus]
    own = Sku.objects.filter(product__brand=asked.brand, is_bundle=False, is_active=True)
    return list(own.order_by("pk").values_list("pk", flat=True))


def take_over(request: HttpRequest) -> HttpResponse:
    """Write the chosen level, and what was tried with it, into the terms of the brand, or of the SKUs."""
    if not request.user.has_perm(SET):
        raise PermissionDenied
    asked = asked_in(request, request.POST)
    levels = {f"{level}": level for level in LEVELS}
    level = levels.get(request.POST.get("level", ""))
    there = reverse("catalog:what-if")
    if asked.brand is not None and level is not None and not asked.wrong and ids_of(asked):
        codes: Sequence[str] = [sku.code for sku in asked.skus] or [""]
        tried = asked.tried
        spread = None if tried.lead_spread is None else Decimal(asked.typed["lead_spread"])
        drafts = [
            TermsDraft(
                asked.brand.code,
                code,
                lead_days=tried.lead_days,
                lead_spread=spread,
                review_days=tried.review_days,
                service_level=Decimal(f"{level}"),
            )
            for code in codes
        ]
        names = [code or asked.brand.code for code in codes]
        tell(request, _("Take over into the terms"), names, save_supply_terms, drafts)
    kept = QueryDict(mutable=True)
    kept.update({name: request.POST.get(name, "") for name in ("brand", "skus", *asked.typed)})
    return HttpResponseRedirect(f"{there}?{kept.urlencode()}")


@dataclass(frozen=True, slots=True)
class Curve:
    """The line of money over service levels, with a dot for each."""

    points: str
    dots: tuple[tuple[str, str, str], ...]
    most: Decimal


def curve(rows: Sequence[Outlook]) -> Curve:
    """Lay out the money tied up at each level, evenly from the left."""
    most = max((row.amount for row in rows), default=Decimal(0))
    step = WIDTH / max(len(rows) - 1, 1)
    places = [
        (place * step, HEIGHT - float(row.amount / most) * HEIGHT if most else float(HEIGHT), row)
        for place, row in enumerate(rows)
    ]
    return Curve(
        " ".join(f"{x:.1f},{y:.1f}" for x, y, _row in places),
        tuple((f"{x:.1f}", f"{y:.1f}", f"{(row.level or 0) * 100:g}") for x, y, row in places),
        most,
    )
