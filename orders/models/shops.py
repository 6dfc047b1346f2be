"""Shops, where they are served from, and who buys in them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

import pgtrigger
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import Platform
from catalog.models import Channel, ChannelWarehouse, Warehouse
from ops_portal.accounts.audit import audited
from ops_portal.accounts.visibility import Viewer, scope_of
from orders.choices import Party


def is_a_timezone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(
            _("“%(name)s” is no time zone; write for instance Asia/Shanghai."), params={"name": name}
        )


class ShopQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the shops granted to ``user``; nothing by default."""
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(code__in=scope.shops) if scope.shops else self.none()

    def taking_orders(self, codes: Collection[str], user: Viewer) -> dict[str, Shop]:
        """Return the open shops of these codes that ``user`` sees, as ``for_placing``, by code.

        Asked by every order over REST, so the SQL is written out.
        """
        scope = scope_of(user)
        seen = list(codes) if scope.all else [code for code in codes if code in scope.shops]
        found = self.model.objects.raw(
            "SELECT s.*, ARRAY(SELECT w.warehouse_id FROM orders_shopwarehouse w WHERE w.shop_id = s.id"
            " ORDER BY w.rank, w.id) AS warehouse_order FROM orders_shop s"
            " WHERE s.code = ANY(%s) AND s.is_active",
            [seen],
        )
        return {shop.code: shop for shop in found}

    def for_placing(self) -> Self:
        """Add ``warehouse_order``: the ids of the warehouses that serve the shop, the preferred first."""
        ranked = ShopWarehouse.objects.filter(shop=models.OuterRef("pk")).order_by("rank", "pk")
        return self.annotate(warehouse_order=ArraySubquery(ranked.values("warehouse_id")))


# The catalogue knows the shop under the same code, whichever door it came in by.
OFFERS_GOODS = pgtrigger.Trigger(
    name="offers_goods",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("name", "platform", "is_active"),  # type: ignore[no-untyped-call]
    func=f"""
        INSERT INTO {Channel._meta.db_table} (code, name, platform, fee_rate, is_active)
        VALUES (NEW.code, NEW.name, NEW.platform, 0, NEW.is_active)
        ON CONFLICT (code) DO UPDATE
            SET name = EXCLUDED.name, platform = EXCLUDED.platform, is_active = EXCLUDED.is_active;
        RETURN NULL;
    """,
)

# So it does its warehouses, whichever door they came in by.
SERVED_FROM = pgtrigger.Trigger(
    name="served_from",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func=f"""
        DELETE FROM {ChannelWarehouse._meta.db_table} k
        USING {Channel._meta.db_table} c, orders_shop s
        WHERE k.channel_id = c.id AND c.code = s.code AND s.id IN (OLD.shop_id, NEW.shop_id)
          AND NOT EXISTS (SELECT 1 FROM orders_shopwarehouse w
                          WHERE w.shop_id = s.id AND w.warehouse_id = k.warehouse_id);
        INSERT INTO {ChannelWarehouse._meta.db_table} (channel_id, warehouse_id)
        SELECT c.id, w.warehouse_id FROM orders_shopwarehouse w
        JOIN orders_shop s ON s.id = w.shop_id JOIN {Channel._meta.db_table} c ON c.code = s.code
        WHERE w.shop_id IN (OLD.shop_id, NEW.shop_id)
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    """,
)


class Shop(models.Model):
    """A shop on a platform: who holds it, whom its money reaches, in which zone its days begin."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    platform = models.CharField(_("platform"), max_length=20, choices=Platform)
    legal_holder = models.CharField(_("legal holder"), max_length=10, choices=Party, default=Party.BRAND)
    payee = models.CharField(_("payee"), max_length=10, choices=Party, default=Party.BRAND)
    timezone = models.CharField(
        _("time zone"), max_length=40, default="Asia/Shanghai", validators=[is_a_timezone]
    )
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    review_minutes = models.PositiveIntegerField(
        _("review within (minutes)"),
        default=30,
        help_text=_("Orders that wait longer for their review are late."),
    )
    ship_hours = models.PositiveIntegerField(
        _("ship within (hours)"), default=48, help_text=_("The platform's promise, counted from payment.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    warehouse_order: list[int]  # only there when fetched by ``for_placing``

    objects = ShopQuerySet.as_manager()

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shops")
        triggers = (*audited(), OFFERS_GOODS)

    def __str__(self) -> str:
        return self.name or self.code

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which the shop's days begin."""
        return ZoneInfo(self.timezone)


class ShopWarehouse(models.Model):
    """A warehouse that serves a shop, by rank. A shop without any is served by all, by their ids."""

    shop = models.ForeignKey(
        Shop, verbose_name=_("shop"), on_delete=models.CASCADE, related_name="warehouses"
    )
    warehouse = models.ForeignKey(
        Warehouse, verbose_name=_("warehouse"), on_delete=models.PROTECT, related_name="+"
    )
    rank = models.PositiveIntegerField(_("rank"), default=1)

    class Meta:
        verbose_name = _("warehouse of the shop")
        verbose_name_plural = _("warehouses of the shop")
        triggers = (*audited(), SERVED_FROM)
        constraints = (models.UniqueConstraint(fields=["shop", "warehouse"], name="shop_warehouse_once"),)

    def __str__(self) -> str:
        return f"{self.rank}. {self.warehouse_id}"


class Customer(models.Model):
    """A buyer in a shop, known by a blind index of the platform's buyer id; the person's data stay with the orders."""

    shop = models.ForeignKey(Shop, verbose_name=_("shop"), on_delete=models.PROTECT, related_name="+")
    buyer_key = models.BinaryField(max_length=32)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        triggers = audited(seal=("sealed", "buyer_key"), events=("update", "delete"))
        constraints = (models.UniqueConstraint(fields=["shop", "buyer_key"], name="customer_once"),)

    def __str__(self) -> str:
        return f"#{self.pk}"
