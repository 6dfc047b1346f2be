"""What the readers of settlement ask for, and what they write."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from consignment.choices import StatementStatus
from consignment.models import Partner
from consignment.queries.pages import GROUPS


class MonthField(forms.CharField):
    """A month, written 2026-10; its first day."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(
            attrs={"type": "month", "pattern": "[0-9]{4}-[0-9]{2}", "placeholder": "2026-10"}
        )
        super().__init__(widget=widget, max_length=7, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError as error:
            raise forms.ValidationError(_("Write a month as 2026-10.")) from error


class StatementsForm(forms.Form):
    """Which statements are listed."""

    month = MonthField(label=_("Month"), required=False)
    partner = forms.ChoiceField(label=_("Partner"), required=False)
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *StatementStatus.choices]
    )
    disputed = forms.BooleanField(label=_("Waiting for an answer only"), required=False)

    def __init__(self, *args: Any, partners: list[Partner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partner = cast(forms.ChoiceField, self.fields["partner"])
        partner.choices = [("", _("All partners")), *((each.code, str(each)) for each in partners)]


class DraftMonthForm(forms.Form):
    """The month that is to be drafted."""

    month = MonthField(label=_("Month"))


class LinesForm(forms.Form):
    """Which lines of a statement are listed."""

    group = forms.ChoiceField(label=_("Group"), required=False, choices=[("", _("All")), *GROUPS.items()])
    search = forms.CharField(label=_("Order or SKU"), required=False, max_length=120)
    disputed = forms.BooleanField(label=_("Disputed only"), required=False)


class DisputeForm(forms.Form):
    """What is wrong with a line."""

    line = forms.IntegerField(min_value=1)
    reason = forms.CharField(max_length=500)


class AnswerForm(forms.Form):
    """What is said to a dispute."""

    number = forms.CharField(max_length=30)
    verdict = forms.ChoiceField(choices=[("accepted", ""), ("rejected", "")])
    answer = forms.CharField(max_length=500)
    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=2)

    @property
    def given_amount(self) -> Decimal:
        """Return the amount granted; nothing with a rejection."""
        accepted = self.cleaned_data["verdict"] == "accepted"
        return (self.cleaned_data["amount"] or Decimal(0)) if accepted else Decimal(0)
