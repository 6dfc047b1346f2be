"""What a user may see. Higher apps turn a scope into a filter; nothing that isn't granted is in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from ops_portal.accounts.choices import ALL_SEEING, GrantKind, Role
from ops_portal.accounts.models import User

Viewer = AbstractBaseUser | AnonymousUser | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The shops and brands that a viewer may see.

    ``partner`` says that other brands' lines, totals and the buyers' data are to be left out.
    """

    all: bool = False
    shops: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    partner: bool = False

    @property
    def empty(self) -> bool:
        """Tell whether nothing at all may be seen."""
        return not (self.all or self.shops or self.brands)


NOTHING = Scope()
EVERYTHING = Scope(all=True)


def scope_of(viewer: Viewer) -> Scope:
    """Return what ``viewer`` may see; nothing for strangers and for those who are no longer active.

    One query at most, and none for whoever sees everything. A brand partner sees granted brands and never
    more, whatever other role or shop was given by mistake.
    """
    if not isinstance(viewer, User) or not viewer.is_active:
        return NOTHING
    if viewer.is_superuser:
        return EVERYTHING
    if Role.BRAND_PARTNER in viewer.roles:
        return Scope(brands=viewer.codes(GrantKind.BRAND), partner=True)
    if not ALL_SEEING.isdisjoint(viewer.roles):
        return EVERYTHING
    return Scope(shops=viewer.codes(GrantKind.SHOP), brands=viewer.codes(GrantKind.BRAND))
