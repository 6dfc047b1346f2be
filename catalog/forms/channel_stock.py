"""What people write about the stock that shops show, and about holds."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, Warehouse
from catalog.operations.channel_stock import MOST_UNITS

MOST_LINES: Final = 500
BETWEEN: Final = re.compile(r"[\t,;，；]+|\s+")


class TermsForm(forms.Form):
    """What a shop may show: a share in percent, a buffer, a pre-sale quota."""

    share = forms.DecimalField(min_value=0, max_value=100, decimal_places=2)
    buffer = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    presale = forms.IntegerField(min_value=0, max_value=MOST_UNITS)
    is_on = forms.BooleanField(required=False)

    def clean_share(self) -> Decimal:
        """Return the share as a part of one."""
        share: Decimal = self.cleaned_data["share"]
        return share / 100


class HoldForm(forms.Form):
    """Units to set aside, a line for each SKU."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), to_field_name="code", label=_("Warehouse"))
    channel = forms.ModelChoiceField(
        Channel.objects.none(), to_field_name="code", required=False, label=_("Shop")
    )
    reason = forms.CharField(max_length=200, label=_("Reason"))
    until = forms.DateTimeField(label=_("Held until"), input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    lines = forms.CharField(max_length=60_000, label=_("SKUs and units"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["warehouse"].queryset = Warehouse.objects.visible_to(user).order_by("code")
        fields["channel"].queryset = Channel.objects.visible_to(user).order_by("name", "code")

    def clean_until(self) -> datetime:
        """Return the moment; what was written is the time here."""
        until: datetime = self.cleaned_data["until"]
        return until if timezone.is_aware(until) else timezone.make_aware(until)

    def clean_lines(self) -> tuple[tuple[str, int], ...]:
        """Return SKU codes with units; refuses a line that says anything else."""
        found: list[tuple[str, int]] = []
        for row in self.cleaned_data["lines"].splitlines():
            if not row.strip():
                continue
            *code, units = BETWEEN.split(row.strip())
            if not (len(code) == 1 and units.isascii() and units.isdecimal() and 0 < len(units) < 10):
                raise forms.ValidationError(
                    _("“%(row)s” is no SKU with a number of units."), params={"row": row.strip()[:60]}
                )
            found.append((code[0], int(units)))
        if len(found) > MOST_LINES:
            raise forms.ValidationError(_("At most %(most)s lines at once."), params={"most": MOST_LINES})
        return tuple(found)
