"""A file of limits is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.models import StockLimit
from catalog.operations.undoing import Taken
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused, UsedSince

FACTS: Final = ("low", "high", "is_computed")
LIMIT: Final = "stock_limit"


def facts_of(limit: StockLimit) -> dict[str, Any]:
    """Return what files say of limits, as plain JSON."""
    return {name: getattr(limit, name) for name in FACTS}


@operation
def take_back_limits(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Refused]:
    """Delete the limits that a file brought, and give those that it changed back what they were.

    Returns UsedSince for each that was changed since.
    """
    ids = {change.object_id for change in changes if change.object_kind == LIMIT}
    locked = (
        StockLimit.objects.filter(pk__in=ids)
        .select_related("sku")
        .order_by("sku_id", "warehouse_id")
        .select_for_update(of=("self",))
    )
    standing = {limit.pk: limit for limit in locked}
    refused: list[Refused] = []
    restored: list[StockLimit] = []
    gone: list[int] = []
    for change in changes:
        limit = standing.get(change.object_id)
        if change.object_kind != LIMIT or limit is None:
            continue  # somebody deleted it already
        if facts_of(limit) != change.before["became"]:
            detail = _("The limits of %(sku)s were changed since.")
            refused.append(UsedSince(detail, sku=limit.sku.code))
        elif change.what == "created":
            gone.append(limit.pk)
        else:
            for name in FACTS:
                setattr(limit, name, change.before["was"][name])
            limit.updated_at = at
            restored.append(limit)
    if restored:
        StockLimit.objects.bulk_update(restored, [*FACTS, "updated_at"])
    StockLimit.objects.filter(pk__in=gone).delete()
    return refused
