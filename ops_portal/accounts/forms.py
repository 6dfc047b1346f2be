"""Forms for people and keys."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextInputWidget,
)

from ops_portal.accounts.choices import SCOPES, Role
from ops_portal.accounts.models import ApiKey, User
from ops_portal.accounts.operations.keys import ApiKeyDraft


class CodesField(forms.CharField):
    """Codes with commas or blanks between them; a list."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> Any:
        return [code for code in re.split(r"[\s,，、]+", super().clean(value)) if code]


class RolesField(forms.MultipleChoiceField):
    """Some of the agency's roles."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=Role.choices, **options)


class PersonForm(UserChangeForm):  # type: ignore[misc]
    """What a superuser may change about a person."""

    roles = RolesField(label=_("Roles"), required=False)

    class Meta:
        model = User
        fields = (
            "username",
            "password",
            "name",
            "email",
            "department",
            "roles",
            "is_active",
            "is_staff",
            "is_superuser",
        )


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics while running
    """What a new key may do, for how long, and what it may see."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget)
    roles = RolesField(label=_("Roles"))
    shops = CodesField(label=_("Shops"), required=False, help_text=_("Codes, with commas between them."))
    brands = CodesField(label=_("Brands"), required=False, help_text=_("Codes, with commas between them."))
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        choices=[(scope, scope) for scope in sorted(SCOPES)],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("None ticked: those of its roles."),
    )
    expires_at = forms.SplitDateTimeField(
        label=_("Expires at"), required=False, widget=UnfoldAdminSplitDateTimeWidget
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ()

    def draft(self) -> ApiKeyDraft:
        """Return the draft of the key that was asked for."""
        asked = self.cleaned_data
        return ApiKeyDraft(
            name=asked["name"],
            roles=asked["roles"],
            shops=asked["shops"],
            brands=asked["brands"],
            scopes=asked["scopes"] or None,
            expires_at=asked["expires_at"],
        )
