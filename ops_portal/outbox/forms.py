"""Forms for endpoints."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ops_portal.lib.refusals import Refused
from ops_portal.outbox.drafts import EndpointChange, EndpointDraft
from ops_portal.outbox.models import Endpoint
from ops_portal.outbox.operations.endpoints import refusal_of


class KindsField(forms.CharField):
    """Kinds with commas or blanks between them; a list."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [kind for kind in re.split(r"[\s,，、]+", super().clean(value)) if kind]


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics while running
    """Where messages go, and of what."""

    kinds = KindsField(
        label=_("Kinds of events"),
        required=False,
        help_text=_("For example order.shipped, with commas between them; none means all."),
    )

    class Meta:
        model = Endpoint
        fields: tuple[str, ...] = ("url", "kinds", "description")
        widgets = {"url": UnfoldAdminTextInputWidget, "description": UnfoldAdminTextInputWidget}

    def clean(self) -> Any:
        """Show beside the form why the endpoint can't be as it was written."""
        cleaned = super().clean() or self.cleaned_data
        refused: Refused | None = refusal_of(cleaned.get("url"), cleaned.get("kinds"))
        if refused is not None:
            raise ValidationError(str(refused))
        return cleaned

    def change(self) -> EndpointChange:
        """Return the change that was asked for."""
        asked = self.cleaned_data
        return EndpointChange(
            self.instance.pk, url=asked["url"], kinds=tuple(asked["kinds"]), description=asked["description"]
        )


class NewEndpointForm(EndpointForm):
    """The same, with the one in whose name it hears."""

    class Meta(EndpointForm.Meta):
        fields = ("owner", "url", "kinds", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].help_text = _("The endpoint is told of the brands that this user may see.")

    def draft(self) -> EndpointDraft:
        """Return the draft of the endpoint that was asked for."""
        asked = self.cleaned_data
        return EndpointDraft(asked["owner"].pk, asked["url"], tuple(asked["kinds"]), asked["description"])
