"""What a reader of the figures asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from analytics.choices import UNKNOWN
from analytics.metrics import METRICS, PAYING_BUYERS, Metric
from analytics.queries.periods import Period, Preset, preset_period
from catalog.choices import Platform
from orders.models import Shop

LONGEST = timedelta(days=366)
AT_FIRST = Preset.LAST_30
SHOWN_AT_FIRST = "gmv_paid"
# What charts can be drawn of: whatever adds up from the days' measures.
DRAWN = tuple(code for code, metric in METRICS.items() if PAYING_BUYERS not in metric.needs)


class FiguresForm(forms.Form):
    """A range of days, by name or both ends included, of shops among those that the reader may see."""

    range = forms.ChoiceField(label=_("Date range"), required=False, choices=Preset.choices)
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    shop = forms.ChoiceField(label=_("Shop"), required=False)
    platform = forms.ChoiceField(label=_("Platform"), required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    show = forms.ChoiceField(
        label=_("Charts of"), required=False, choices=[(code, METRICS[code].name) for code in DRAWN]
    )

    def __init__(
        self, *args: Any, shops: dict[str, Shop], brands: Mapping[str, str], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.shops = shops
        self.today = today
        sold_on = {shop.platform for shop in shops.values()}
        self._offer("shop", _("All shops"), ((code, str(each)) for code, each in shops.items()))
        self._offer("platform", _("All platforms"), (each for each in Platform.choices if each[0] in sold_on))
        self._offer("brand", _("All brands"), brands.items())

    def _offer(self, name: str, all_of_them: Any, choices: Any) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = [("", all_of_them), *choices]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if said.get("range"):
            return said
        if bool(since) != bool(until) and not self.errors:
            self.add_error("until" if since else "since", _("Say both days."))
        if since and until and until < since:
            self.add_error("until", _("This day comes before the first."))
        if since and until and until - since > LONGEST:
            self.add_error("until", _("Ask for a year at most."))
        return said

    @property
    def preset(self) -> Preset | None:
        """Return the range that was asked for by name, if one was."""
        said = self.cleaned_data
        if said["range"]:
            return Preset(said["range"])
        return None if said["since"] else AT_FIRST

    @property
    def period(self) -> Period:
        """Return the days."""
        if self.preset:
            return preset_period(self.preset, self.today)
        return Period(self.cleaned_data["since"], self.cleaned_data["until"])

    @property
    def chosen(self) -> Collection[Shop] | None:
        """Return the shops that were asked for, or None for all."""
        code, platform = self.cleaned_data["shop"], self.cleaned_data["platform"]
        if not code and not platform:
            return None
        return [
            shop
            for shop in self.shops.values()
            if code in ("", shop.code) and platform in ("", shop.platform)
        ]

    @property
    def brand_code(self) -> str:
        """Return the brand, or '' for all."""
        return str(self.cleaned_data["brand"])

    @property
    def shown(self) -> Metric:
        """Return the metric that the charts are of."""
        return METRICS[self.cleaned_data["show"]]

    @property
    def filters(self) -> dict[str, str]:
        """Return what the figures are narrowed to, for addresses."""
        names = ("shop", "platform", "brand")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}


class RowsForm(FiguresForm):
    """A figure whose rows are asked for: also of one region, of all ``without`` some, or of no shop."""

    metric = forms.ChoiceField(choices=[(code, metric.name) for code, metric in METRICS.items()])
    region = forms.CharField(required=False, max_length=40)
    without = forms.MultipleChoiceField(required=False)
    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["shop"]).choices = [
            *cast(Any, self.fields["shop"]).choices,
            (UNKNOWN, _("no shop")),
        ]
        regions = self.data.getlist("without") if hasattr(self.data, "getlist") else []
        cast(forms.MultipleChoiceField, self.fields["without"]).choices = [(each, each) for each in regions]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("brand") and (said.get("region") or said.get("without")):
            self.add_error("region", _("Ask for a brand or for a region."))
        return said

    @property
    def without_shop(self) -> bool:
        """Tell whether what belongs to no shop was asked for."""
        return bool(self.cleaned_data["shop"] == UNKNOWN)

    @property
    def chosen(self) -> Collection[Shop] | None:
        return None if self.without_shop else super().chosen

    @property
    def province(self) -> str | None:
        """Return the region, '' for that of orders that tell none, None for all."""
        said = self.cleaned_data["region"]
        return None if not said else "" if said == UNKNOWN else str(said)

    @property
    def outside(self) -> frozenset[str]:
        """Return the regions that are left out."""
        return frozenset("" if each == UNKNOWN else each for each in self.cleaned_data["without"])
