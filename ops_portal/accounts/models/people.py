"""People, their departments, and the shops and brands that are granted to them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.audit import audited
from ops_portal.accounts.choices import GrantKind, Role


class Department(models.Model):
    """A part of the agency."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("part of")
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")),
                name="department_not_its_own_parent",
            ),
        )
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, or the service user behind an API key, who never does."""

    # Roles take the place of Django's groups and of permissions given one by one.
    groups = None  # type: ignore[assignment]
    user_permissions = None  # type: ignore[assignment]

    username = models.CharField(
        _("username"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    department = models.ForeignKey(
        Department,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
    )
    roles = ArrayField(
        models.CharField(max_length=30, choices=Role.choices),
        default=list,
        blank=True,
        verbose_name=_("roles"),
    )
    is_staff = models.BooleanField(_("may sign in to the back office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_service = models.BooleanField(_("service user"), default=False, editable=False)
    date_joined = models.DateTimeField(_("date joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager[User]] = UserManager()  # type: ignore[assignment]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[role.value for role in Role]),
                name="user_roles_are_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(is_service=True, is_staff=True)
                & ~models.Q(is_service=True, is_superuser=True),
                name="service_user_never_signs_in",
            ),
        )
        triggers = audited(ignore=("last_login",), seal=("password",))

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.name or self.username

    def codes(self, kind: str) -> frozenset[str]:
        """Return the codes of ``kind`` granted to this user: one query for all kinds, once an instance."""
        if "_granted" not in self.__dict__:
            granted: dict[str, set[str]] = {}
            for each, code in Grant.objects.filter(user_id=self.pk).values_list("kind", "code"):
                granted.setdefault(each, set()).add(code)
            self.__dict__["_granted"] = {each: frozenset(codes) for each, codes in granted.items()}
        found: frozenset[str] = self.__dict__["_granted"].get(kind, frozenset())
        return found


class Grant(models.Model):
    """One shop or brand that a user may see, by the code that a higher app gave it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", verbose_name=_("user"))
    kind = models.CharField(_("kind"), max_length=20, choices=GrantKind.choices)
    code = models.CharField(_("code"), max_length=60)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = (
            models.UniqueConstraint(fields=["user", "kind", "code"], name="grant_once"),
            models.CheckConstraint(condition=models.Q(kind__in=GrantKind.values), name="grant_kind_is_known"),
            models.CheckConstraint(condition=~models.Q(code=""), name="grant_has_a_code"),
        )
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.code}"
