"""What of the catalogue is left to the workers: reckoning what to get, and the periodic check."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.operations.goods_checks import check_goods
from catalog.operations.replenishing import suggest_replenishment
from ops_portal.desk.runs import RunKind, Said
from ops_portal.lib.principals import Principal, job


def reckon(_key: str, _actor: Principal, at: datetime) -> Said:
    """Reckon what should be got, as every night."""
    made = suggest_replenishment(actor=job("catalog.suggest_replenishment"), at=at).done
    return {"suggested": len(made)}


def say_reckoned(said: Mapping[str, Any]) -> str:
    """Say how many suggestions were new."""
    count = said.get("suggested", 0)
    return ngettext("%(count)d new suggestion", "%(count)d new suggestions", count) % {"count": count}


def check(_key: str, _actor: Principal, at: datetime) -> Said:
    """Hold goods on sale against the rules, as every night."""
    checked = check_goods(actor=job("catalog.check_goods"), at=at)
    return {"opened": checked.opened, "over": checked.over}


def say_checked(said: Mapping[str, Any]) -> str:
    """Say what the check found."""
    opened, over = said.get("opened", 0), said.get("over", 0)
    new = ngettext("%(count)d new", "%(count)d new", opened) % {"count": opened}
    gone = ngettext("%(count)d over by itself", "%(count)d over by themselves", over) % {"count": over}
    return f"{new} · {gone}"


REPLENISHMENT: Final = RunKind(
    code="replenishment",
    label=_("Reckoning what to order"),
    view_permission="catalog.view_replenishment",
    ask_permission="catalog.plan_stock",
    work=reckon,
    say=say_reckoned,
)
CHECKS: Final = RunKind(
    code="goods_checks",
    label=_("Periodic check"),
    view_permission="catalog.view_goodscheck",
    ask_permission="catalog.settle_check",
    work=check,
    say=say_checked,
)
