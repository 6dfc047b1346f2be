"""The agency's teams: who works which queues, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from ops_portal.accounts.models import User
from ops_portal.desk.models import Membership, Team
from ops_portal.lib.principals import Principal, acting_as

DAILY: Final = {str(day): [["09:00", "21:00"]] for day in range(7)}
LONG: Final = {str(day): [["08:30", "12:30"], ["13:30", "23:00"]] for day in range(7)}
STORE: Final = {str(day): [["08:30", "12:00"], ["13:00", "18:30"]] for day in range(6)}
# Code, name, queues, shifts, whose holidays it keeps, members.
TEAMS: Final = (
    (
        "ORDERS", "订单组", ("order_review", "order_short", "order_brand", "order_refund"),
        DAILY, "", ("operator", "manager"),
    ),
    ("SERVICE", "客服组", ("ticket_new", "ticket_acting", "ticket_waiting"), LONG, "", ("service", "service2")),
    ("RETURNS", "售后组", ("case_review", "case_parcel", "case_refund"), DAILY, "", ("aftersales",)),
    (
        "STORE", "仓储组",
        (
            "order_pick", "order_pack", "order_ship", "case_inspect",
            "inbound_due", "inbound_open", "stocktake_count", "stocktake_recount",
        ),
        STORE, "CN", ("warehouse",),
    ),
    (
        "STOCK", "库存组",
        ("alerts_stock", "alerts_dates", "replenish_decide", "replenish_order", "stock_approve", "stocktake_approve"),
        DAILY, "", ("operator", "manager"),
    ),
    (
        "GOODS", "商品组",
        (
            "pack_enter", "listing_returned", "listing_check", "listing_approve",
            "goods_check", "price_approve", "optimise",
        ),
        DAILY, "", ("operator", "supervisor", "manager"),
    ),
    ("FINANCE", "财务组", ("case_refund",), DAILY, "", ("finance",)),
)  # fmt: skip


def form_teams(*, actor: Principal, at: datetime) -> None:
    """Create the teams with their members."""
    with acting_as(actor):
        users = {user.username: user for user in User.objects.filter(is_service=False)}
        for code, name, queues, shifts, holidays, members in TEAMS:
            team, _created = Team.objects.get_or_create(
                code=code,
                defaults={"name": name, "queues": list(queues), "shifts": shifts, "holidays": holidays},
            )
            Membership.objects.bulk_create(
                [Membership(team=team, user=users[member]) for member in members if member in users],
                ignore_conflicts=True,
            )
