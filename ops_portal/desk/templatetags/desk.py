"""What other apps' pages show of the desk: the panel of a document, a clock, the saved views of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils import timezone

from ops_portal.desk.models import SavedView
from ops_portal.desk.operations.views import lasting
from ops_portal.desk.queries.background import standing_of
from ops_portal.desk.queries.clocks import clock_of
from ops_portal.desk.queries.papers import papers_of
from ops_portal.desk.queries.rows import in_money
from ops_portal.desk.runs import run_kind
from ops_portal.lib import wording

register = template.Library()
MOST_SHOWN = 50


@register.inclusion_tag("desk/panel.html", takes_context=True)
def desk_panel(context: Any, document_kind: str, document_number: str) -> dict[str, Any]:
    """Show the owner, the clocks and the timeline of a document; nothing where the reader may not see it."""
    request = context["request"]
    papers = papers_of(request.user, document_kind, document_number, at=timezone.now())
    return {"papers": papers, "request": request, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("desk/clock.html")
def clock(
    due_at: datetime | None,
    paused_at: datetime | None = None,
    opened_at: datetime | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Show how a clock stands: late, due soon, on time, standing still."""
    return {
        "clock": clock_of(due_at, at=timezone.now(), opened_at=opened_at, paused_at=paused_at, reason=reason)
    }


@register.simple_tag
def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount with the sign of its currency; nothing where there is none."""
    return "" if amount is None else in_money(amount, currency)


@register.filter
def listed(words: Iterable[object]) -> str:
    """Return words side by side, with the reader's comma between them."""
    return wording.listed(words)


@register.inclusion_tag("desk/clock.html")
def clock_chip(clock: Any) -> dict[str, Any]:
    """Show a clock that was read already."""
    return {"clock": clock}


@register.inclusion_tag("desk/saved_views.html", takes_context=True)
def saved_views(context: Any) -> dict[str, Any]:
    """Show the saved views of this list, and forms to save and to drop one: one statement."""
    request = context["request"]
    if not request.user.has_perm("desk.use_desk"):
        return {"hidden": True}
    query = lasting(request.META.get("QUERY_STRING", ""))
    views = SavedView.objects.visible_to(request.user).filter(path=request.path)
    found = list(views.select_related("owner").order_by("name", "pk")[:MOST_SHOWN])
    return {
        "views": [
            {"view": view, "is_here": view.query == query, "is_mine": view.owner_id == request.user.pk}
            for view in found
        ],
        "query": query,
        "path": request.path,
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("desk/run.html", takes_context=True)
def background_run(context: Any, code: str, ask: str = "") -> dict[str, Any]:
    """Show how work of a kind stands, and a button ``ask`` for those who may ask for it: one statement."""
    request = context["request"]
    kind = run_kind(code)
    if kind is None or not request.user.has_perm(kind.view_permission):
        return {}
    return {
        "standing": standing_of(kind, request.user),
        "ask": ask if request.user.has_perm(kind.ask_permission) else "",
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag(takes_context=True)
def address(context: Any, **changes: Any) -> str:
    """Return the query of this page with some filters changed; one that is empty is left out.

    The place in the list is left behind.
    """
    given = context["request"].GET.dict()
    given.pop("after", None)
    given.update({name: str(value) for name, value in changes.items()})
    return "?" + urlencode({name: value for name, value in given.items() if value})


@register.simple_tag(takes_context=True)
def cell_address(context: Any, cell: Any) -> str:
    """Return the query of the rows behind a cell of the cockpit."""
    return "?" + urlencode({"clock": context["clock"], **cell.filters})


@register.simple_tag(takes_context=True)
def facet_address(context: Any, name: str, value: str) -> str:
    """Return the query of this page with one filter set, or left out where ``value`` is empty."""
    return address(context, **{name: value})
