"""What a reader of the figures asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Shop

LONGEST = timedelta(days=366)


class FiguresForm(forms.Form):
    """A range of days, both included, and a shop among those that the reader may see."""

    since = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    shop = forms.ChoiceField(label=_("Shop"), required=False)

    def __init__(self, *args: Any, shops: dict[str, Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shop = cast(forms.ChoiceField, self.fields["shop"])
        shop.choices = [("", _("All shops")), *((code, str(each)) for code, each in shops.items())]
        self.shops = shops

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day comes before the first."))
        if since and until and until - since > LONGEST:
            self.add_error("until", _("Ask for a year at most."))
        return said

    @property
    def first_day(self) -> date:
        """Return the first day."""
        return cast(date, self.cleaned_data["since"])

    @property
    def last_day(self) -> date:
        """Return the last day."""
        return cast(date, self.cleaned_data["until"])

    @property
    def chosen(self) -> Shop | None:
        """Return the shop, or None for all."""
        return self.shops.get(self.cleaned_data["shop"])
