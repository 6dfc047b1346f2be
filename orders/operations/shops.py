"""Open shops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from catalog.choices import Platform
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from orders.models import Shop


class ShopExists(Refused):
    """A shop has this code already."""

    code = "shop_exists"


class UnknownPlatform(Refused):
    """The platform is none of those the portal knows."""

    code = "unknown_platform"


@dataclass(frozen=True, slots=True)
class ShopDraft:
    """A shop to open."""

    code: str
    platform: str
    name: str = ""
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"


@operation
def create_shops(drafts: Sequence[ShopDraft], *, actor: Principal, at: datetime) -> Outcome[Shop]:
    """Open shops. Refuses ShopExists, UnknownPlatform."""
    outcome: Outcome[Shop] = Outcome()
    taken = set(Shop.objects.filter(code__in=[draft.code for draft in drafts]).values_list("code", flat=True))
    for index, draft in enumerate(drafts):
        if draft.platform not in Platform.values:
            detail = _("“%(platform)s” is no platform; choose one of: %(names)s.")
            names = ", ".join(Platform.values)
            outcome.refused.append((index, UnknownPlatform(detail, platform=draft.platform, names=names)))
        elif draft.code in taken:
            outcome.refused.append(
                (index, ShopExists(_("There is a shop %(shop)s already."), shop=draft.code))
            )
        else:
            taken.add(draft.code)
            outcome.done.append(
                Shop.objects.create(
                    code=draft.code,
                    platform=draft.platform,
                    name=draft.name or draft.code,
                    timezone=draft.timezone,
                    currency=draft.currency,
                )
            )
    return outcome
