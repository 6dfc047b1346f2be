"""Doors for time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from celery import shared_task
from django.utils import timezone

from catalog.mailing import tell_teams
from catalog.mailing_of_rulings import tell_of_rulings
from catalog.operations.alerting import sweep_alerts
from catalog.operations.channel_stock import leave_shops_stale, show_stock
from catalog.operations.demand import roll_up_demand
from catalog.operations.holds import end_holds
from catalog.operations.limits import compute_limits
from catalog.operations.listing_rules import apply_listing_rules
from catalog.operations.media import forget_unnamed_media
from catalog.operations.stocktaking import open_planned_stocktakes
from catalog.queries.days import yesterday
from catalog.queries.demand import unknown_since
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.operations.background import queue_runs
from ops_portal.lib.principals import job

KEPT: Final = timedelta(days=2)  # longer than any import runs


@shared_task(name="catalog.forget_unnamed_media")
def forget_unnamed(**_: object) -> None:
    """Delete pictures and films that trial runs and failed imports laid into the storage, and that no row names."""
    forget_unnamed_media(before=timezone.now() - KEPT)


@shared_task(name="catalog.roll_up_demand", acks_late=True)
def roll_up(**_: object) -> None:
    """Roll up the demand of the days that are over and not known yet; at first all that the ledger tells."""
    at = timezone.now()
    since, until = unknown_since(), yesterday(at)
    if since is not None and since <= until:
        roll_up_demand(since, until, actor=job("catalog.roll_up_demand"), at=at)


@shared_task(name="catalog.suggest_replenishment", acks_late=True)
def suggest(**_: object) -> None:
    """Have what should be got reckoned, from what is known of the days that are over."""
    queue_runs([WorkDraft("replenishment")], actor=job("catalog.suggest_replenishment"), at=timezone.now())


@shared_task(name="catalog.compute_limits")
def compute(**_: object) -> int:
    """Reckon the limits of stock that no person set."""
    return compute_limits(actor=job("catalog.compute_limits"), at=timezone.now())


@shared_task(name="catalog.sweep_alerts")
def sweep(**_: object) -> None:
    """Open and close alerts of stock, and then tell the teams of those that opened."""
    actor = job("catalog.sweep_alerts")
    sweep_alerts(actor=actor, at=timezone.now())
    tell_teams(actor=actor, at=timezone.now())


@shared_task(name="catalog.end_holds", acks_late=True)
def end_stock_holds(**_: object) -> int:
    """Give back what is held past its time."""
    return end_holds(actor=job("catalog.end_holds"), at=timezone.now())


@shared_task(name="catalog.show_stock", acks_late=True)
def show(**_: object) -> int:
    """Tell the shops what they are to show of SKUs whose stock, holds or rules changed."""
    return show_stock(actor=job("catalog.show_stock"), at=timezone.now())


@shared_task(name="catalog.show_all_stock")
def show_all(**_: object) -> None:
    """Leave all that shops offer to the next sweeps: batches pass their dates, and bundles change."""
    leave_shops_stale()


@shared_task(name="catalog.apply_listing_rules")
def apply_rules(**_: object) -> None:
    """Take listings off the shelf and put them back, as the rules say; then tell who is responsible for them."""
    actor = job("catalog.apply_listing_rules")
    apply_listing_rules(actor=actor, at=timezone.now())
    tell_of_rulings(actor=actor, at=timezone.now())


@shared_task(name="catalog.open_planned_stocktakes", acks_late=True)
def open_planned(**_: object) -> None:
    """Open what the plans want counted today; once a day, however often it is called."""
    open_planned_stocktakes(actor=job("catalog.open_planned_stocktakes"), at=timezone.now())


@shared_task(name="catalog.check_goods", acks_late=True)
def check(**_: object) -> None:
    """Have goods on sale held against the rules of the periodic check."""
    queue_runs([WorkDraft("goods_checks")], actor=job("catalog.check_goods"), at=timezone.now())
