"""Brand partners, the brands that are theirs, and the users who act for them."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from ops_portal.accounts.audit import audited
from ops_portal.accounts.models import User
from ops_portal.accounts.visibility import Viewer, scope_of


class OfPartner(models.QuerySet[Any]):
    """Rows that belong to a partner; ``partner_path`` leads from the row to it."""

    partner_path = "partner"

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to the partner for whom ``user`` acts; the rest is for those who see every brand.

        A grant of a brand is not enough: a brand may go to another partner, the old one's money never does.
        """
        scope = scope_of(user)
        if scope.all:
            return self
        if not scope.partner or not isinstance(user, User):
            return self.none()
        acting = PartnerUser.objects.filter(user=user).values("partner")
        return self.filter(**{f"{self.partner_path}__in": acting})


class NoDraftOfPartner(OfPartner):
    """Rows of which a partner sees none while they are drafts."""

    status_path = "status"

    def visible_to(self, user: Viewer) -> Self:
        """Narrow to one's own, and for a partner to what is no draft any more."""
        seen = super().visible_to(user)
        return seen if scope_of(user).all else seen.exclude(**{self.status_path: "draft"})


class PartnerQuerySet(OfPartner):
    partner_path = "pk"


class Partner(models.Model):
    """A brand partner (品牌方): who owns consigned goods, and with whom is settled."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    invoice_title = models.CharField(_("invoice title"), max_length=160, blank=True)
    contact_email = models.EmailField(_("business e-mail"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        triggers = audited()
        constraints = (models.CheckConstraint(condition=~models.Q(code=""), name="partner_has_a_code"),)

    def __str__(self) -> str:
        return self.name or self.code


class PartnerBrand(models.Model):
    """A brand of a partner; a brand belongs to one partner at a time."""

    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="brands"
    )
    brand = models.OneToOneField(Brand, verbose_name=_("brand"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("brand of the partner")
        verbose_name_plural = _("brands of the partner")
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.brand_id}"


class PartnerUser(models.Model):
    """A user who acts for a partner: the service user of a key, or a person. Its brand grants follow the brands."""

    partner = models.ForeignKey(
        Partner, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="users"
    )
    user = models.OneToOneField(User, verbose_name=_("user"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("user of the partner")
        verbose_name_plural = _("users of the partner")
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.partner_id}: {self.user_id}"
