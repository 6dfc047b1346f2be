"""What the operations of alerts, limits and delisting rules lock, for ``test_lock_order``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from catalog.choices import DelistCause
from catalog.models import DailyDemand, ListingRule, ListingRuling, Sku, StockLimit
from catalog.operations import alerting, limits, limits_undoing, listing_rules, rulings, set_up
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.operations import background
from ops_portal.intake.kinds import Undone
from ops_portal.lib.principals import acting_as
from tests.catalog.listings import Desk
from tests.factories import ACTOR, NOON, make_sku, make_warehouse, receive

ALERT, LIMIT, LISTING = "catalog_stockalert", "catalog_stocklimit", "catalog_listing"
RUN, RULING = "desk_backgroundrun", "catalog_listingruling"
LIMITED = limits.LimitDraft("WATCHED", "WATCH", 5, 50)
Scene = tuple[Callable[[Any], Callable[[], object]], list[str]]


def limited() -> StockLimit:
    make_sku("WATCHED"), make_warehouse("WATCH")
    return limits.set_limits([LIMITED], actor=ACTOR, at=NOON).one()


def alerted() -> str:
    limited()
    (number,) = alerting.sweep_alerts(actor=ACTOR, at=NOON).opened
    return number


def limiting(_house: Any) -> Callable[[], object]:
    limited()
    return lambda: limits.set_limits([LIMITED], actor=ACTOR, at=NOON).one()


def computing(_house: Any) -> Callable[[], object]:
    limit = limited()
    limits.set_limits([replace(LIMITED, is_computed=True)], actor=ACTOR, at=NOON).one()
    day = NOON.date() - timedelta(days=1)
    DailyDemand.objects.create(sku_id=limit.sku_id, warehouse_id=limit.warehouse_id, day=day, units=9)
    return lambda: limits.compute_limits(actor=ACTOR, at=NOON)


def giving_limits_back(_house: Any) -> Callable[[], object]:
    limit = limited()
    facts = limits_undoing.facts_of(limit)
    change = Undone("stock_limit", limit.pk, "updated", {"was": facts, "became": facts}, NOON)
    return lambda: limits_undoing.take_back_limits([change], actor=ACTOR, at=NOON)


def sweeping(_house: Any) -> Callable[[], object]:
    alerted()
    receive_watched()
    return lambda: alerting.sweep_alerts(actor=ACTOR, at=NOON)


def receive_watched() -> None:
    receive(make_sku("WATCHED"), 20, warehouse=make_warehouse("WATCH"))


def acknowledging(_house: Any) -> Callable[[], object]:
    draft = alerting.AcknowledgeDraft(alerted())
    return lambda: alerting.acknowledge_alerts([draft], actor=ACTOR, at=NOON).one()


def telling(_house: Any) -> Callable[[], object]:
    alerted()
    return lambda: alerting.claim_untold(actor=ACTOR, at=NOON)


def giving_back(_house: Any) -> Callable[[], object]:
    alerted()
    pks = alerting.claim_untold(actor=ACTOR, at=NOON)
    return lambda: alerting.give_back_untold(pks, actor=ACTOR, at=NOON)


def ruling(_house: Any) -> Callable[[], object]:
    Desk(shop="RULED", sku="RULED").approved()
    with acting_as(ACTOR):
        ListingRule.objects.create(cause=DelistCause.SOLD_OUT, hours=0)
    later = NOON + timedelta(days=1)
    return lambda: listing_rules.apply_listing_rules(actor=ACTOR, at=later)


def beginning_work(_house: Any) -> Callable[[], object]:
    run = background.queue_runs([WorkDraft("replenishment")], actor=ACTOR, at=NOON).one()
    return lambda: background.begin_run(run.pk, actor=ACTOR, at=NOON)


def ending_work(_house: Any) -> Callable[[], object]:
    run = background.queue_runs([WorkDraft("replenishment")], actor=ACTOR, at=NOON).one()
    background.begin_run(run.pk, actor=ACTOR, at=NOON)
    return lambda: background.end_run(run.pk, said={"suggested": 1}, actor=ACTOR, at=NOON)


def ruled() -> str:
    ruling(None)()
    return str(ListingRuling.objects.get().number)


def seeing(_house: Any) -> Callable[[], object]:
    draft = rulings.SeenDraft(ruled())
    return lambda: rulings.acknowledge_rulings([draft], actor=ACTOR, at=NOON).one()


def telling_of_rulings(_house: Any) -> Callable[[], object]:
    ruled()
    return lambda: rulings.claim_untold_rulings(actor=ACTOR, at=NOON)


def giving_rulings_back(_house: Any) -> Callable[[], object]:
    ruled()
    pks = rulings.claim_untold_rulings(actor=ACTOR, at=NOON)
    return lambda: rulings.give_back_untold_rulings(pks, actor=ACTOR, at=NOON)


def putting_back(_house: Any) -> Callable[[], object]:
    """Put back what a rule took off the shelf, which moves its ruling too."""
    ruled()
    receive(Sku.objects.get(code="RULED"), 5, warehouse=make_warehouse("WATCH"))
    later = NOON + timedelta(days=1, hours=1)
    return lambda: listing_rules.apply_listing_rules(actor=ACTOR, at=later)


def setting_up(_house: Any) -> Callable[[], object]:
    return lambda: set_up.set_up_rules(actor=ACTOR, at=NOON)


ALERT_SCENES: dict[str, Scene] = {
    "set_limits": (limiting, [LIMIT]),
    "compute_limits": (computing, [LIMIT]),
    "take_back_limits": (giving_limits_back, [LIMIT]),
    "sweep_alerts": (sweeping, [ALERT]),
    "acknowledge_alerts": (acknowledging, [ALERT]),
    "claim_untold": (telling, [ALERT]),
    "give_back_untold": (giving_back, [ALERT]),
    "apply_listing_rules": (ruling, [LISTING]),
    "apply_listing_rules, back": (putting_back, [LISTING, RULING]),
    "acknowledge_rulings": (seeing, [RULING]),
    "claim_untold_rulings": (telling_of_rulings, [RULING]),
    "give_back_untold_rulings": (giving_rulings_back, [RULING]),
    "set_up_rules": (setting_up, []),
    "begin_run": (beginning_work, [RUN]),
    "end_run": (ending_work, [RUN]),
}
