"""The keys with which machines call the API."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.audit import audited
from ops_portal.accounts.models.people import User
from ops_portal.lib.wording import called


class ApiKey(models.Model):
    """A key that acts as its service user. Only the digest of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("service user"))
    prefix = models.CharField(_("prefix"), max_length=16, unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expires_at=None) | models.Q(expires_at__gt=models.F("created_at")),
                name="api_key_expires_after_creation",
            ),
        )
        triggers = audited(ignore=("last_used_at",), seal=("digest",))

    def __str__(self) -> str:
        return called(f"key:{self.prefix}")

    def is_usable(self, at: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired and its user is an active service user."""
        alive = self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
        return alive and self.user.is_active and self.user.is_service
