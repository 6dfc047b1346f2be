"""What the pages for the warehouse floor share: who works there, in which warehouse, and how a page asks for a scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from catalog.models import Warehouse
from ops_portal.accounts.doors import let_in_staff
from ops_portal.accounts.visibility import scope_of

PERMISSION: Final = "catalog.use_floor"
CHOSEN: Final = "floor_warehouse"  # the session remembers where somebody works
BACK: Final = "BACK"  # scanned or typed, it leads one step back on every page


@dataclass(frozen=True, slots=True)
class Scan:
    """What a page asks to be scanned or typed: the form posts ``code`` and ``keeps`` to ``action``."""

    asks: Any
    does: Any
    action: str
    keeps: Mapping[str, str] = field(default_factory=dict)
    digits: bool = False
    value: str = ""


def on_the_floor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return ``view`` for those who handle goods, called with the warehouse in which they work.

    Whoever hasn't said where is sent to choose; where there is one warehouse alone, it is that.
    """

    @wraps(view)
    def check(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        let_in_staff(request, PERMISSION)
        warehouse = warehouse_of(request)
        if warehouse is None:
            return redirect("catalog:floor")
        return view(request, warehouse, *args, **kwargs)

    return check


def warehouse_of(request: HttpRequest) -> Warehouse | None:
    """Return the warehouse in which the user works, or None where nobody knows."""
    places = Warehouse.objects.visible_to(request.user).order_by("code")
    chosen: Warehouse | None = places.filter(code=request.session.get(CHOSEN, "")).first()
    if chosen is not None:
        return chosen
    only: list[Warehouse] = list(places[:2])
    return only[0] if len(only) == 1 else None


def show(request: HttpRequest, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """Answer with a part of a floor page: alone to htmx, else in the whole page. Its root has the id ``floor``.

    ``context`` gives ``title``; ``tone`` (ok, stop or done) is heard.
    """
    if request.headers.get("HX-Request"):
        return render(request, part, dict(context))
    return render(
        request, "catalog/floor.html", {**admin.site.each_context(request), **context, "floor_part": part}
    )


def scanned(request: HttpRequest) -> str:
    """Return what was scanned or typed, without the blanks around it."""
    return request.POST.get("code", "").strip()[:120]


def is_back(request: HttpRequest) -> bool:
    """Tell whether the word that leads one step back was scanned."""
    return scanned(request).upper() == BACK


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Send the reader to another page, whole also where htmx asked for a part."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def go_home(request: HttpRequest) -> HttpResponse:
    """Send the reader to the way in to the floor."""
    return go_to(request, reverse("catalog:floor"))


def brands_of(user: Any) -> frozenset[str] | None:
    """Return the brands whose goods a user may see; None for all of them."""
    scope = scope_of(user)
    return None if scope.all else scope.brands


def end_of_day(moment: datetime) -> datetime:
    """Return the midnight that ends the day of a moment, as the house reckons days."""
    local = timezone.localtime(moment, timezone.get_default_timezone())
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
