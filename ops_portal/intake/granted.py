"""What whoever takes in a file may touch: asked anew for every chunk, since a grant may end while a run waits."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import EVERYTHING, NOTHING, Scope, scope_of
from ops_portal.intake.kinds import RowRefused
from ops_portal.lib.principals import Principal


def scope_of_actor(actor: Principal) -> Scope:
    """Return what ``actor`` may take in: the system all of it, people what they see, partners nothing."""
    if actor.kind in ("system", "job"):
        return EVERYTHING
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id is not None else None
    scope = scope_of(user)
    return NOTHING if scope.partner else scope


def not_granted(detail: Any, **facts: Any) -> RowRefused:
    """Return the refusal of a row that touches what is not the uploader's."""
    return RowRefused("not_granted", detail, **facts)


def shop_not_granted(shop: str) -> RowRefused:
    """Return the refusal of a row of another's shop."""
    return not_granted(_("The shop %(shop)s is not yours."), shop=shop)


def brand_not_granted(brand: str) -> RowRefused:
    """Return the refusal of a row of another's brand, or of one that does not exist yet."""
    return not_granted(_("The brand %(brand)s is not yours."), brand=brand)
