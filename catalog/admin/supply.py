"""How goods are got, and when more of them is wanted: terms of supply, campaigns."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action

from catalog.models import CampaignPeriod, SupplyTerms
from catalog.operations.supply import NUMBERS
from catalog.queries.campaigns import SALES, Sale, uplifts_brought
from catalog.queries.lead_times import LearnedLead, learned_leads
from ops_portal.lib.doors.admin import PortalAdmin

PLENTY: Final = 500
LEARNED: Final = gettext_lazy("learned from deliveries")
BROUGHT: Final = gettext_lazy("what it brought")
NOTHING_LEARNED: Final = LearnedLead(0, 0, 0, 0, 0)


class TermsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Terms of a brand, or of one of its SKUs."""

    class Meta:
        model = SupplyTerms
        fields = ("brand", "sku", "supplier", *NUMBERS, "is_core")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in NUMBERS.items():
            if name in self.fields:
                self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or self.cleaned_data
        brand, sku = given.get("brand"), given.get("sku")
        if brand and sku and (sku.product.brand_id != brand.pk or sku.is_bundle):
            self.add_error("sku", _("That SKU is not of this brand, or has no stock of its own."))
        return given


@admin.register(SupplyTerms)
class SupplyTermsAdmin(PortalAdmin):
    form = TermsForm
    list_display = (
        "goods", "supplier", "lead_days", "lead_spread", "learned", "review_days", "minimum_units",
        "pack_units", "service_level", "is_core",
    )  # fmt: skip
    list_filter = ("brand", "is_core")
    list_select_related = ("brand", "sku")
    search_fields = ("sku__code", "supplier", "brand__name")
    autocomplete_fields = ("brand", "sku")
    readonly_fields = ("learned",)
    fields = ("brand", "sku", "supplier", *NUMBERS, "is_core", "learned")
    ordering = ("brand__code", F("sku__code").asc(nulls_first=True), "pk")

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Read what deliveries tell once for all rows."""
        shown = super().get_list_display(request)
        leads: dict[int, LearnedLead] = {}

        @admin.display(description=LEARNED)
        def learned(terms: SupplyTerms) -> str:
            if not leads:
                brands = set(SupplyTerms.objects.visible_to(request.user).values_list("brand_id", flat=True))
                leads.update(learned_leads(brands, on=timezone.localdate()))
                leads[0] = NOTHING_LEARNED
            return in_words(leads.get(terms.brand_id))

        return [learned if name == "learned" else name for name in shown]

    @admin.display(description=gettext_lazy("goods"), ordering="brand__code")
    def goods(self, terms: SupplyTerms) -> str:
        return (
            f"{terms.brand} · {terms.sku.code}" if terms.sku else _("%(brand)s, all") % {"brand": terms.brand}
        )

    @admin.display(description=LEARNED)
    def learned(self, terms: SupplyTerms) -> str:
        """Say what the brand's closed deliveries tell, to be held against what was entered."""
        if terms._state.adding:
            return "–"
        return in_words(learned_leads([terms.brand_id], on=timezone.localdate()).get(terms.brand_id))


def in_words(known: LearnedLead | None) -> str:
    """Say what deliveries tell."""
    if known is None:
        return _("too few deliveries")
    text = ngettext(
        "%(count)d delivery: %(lead).1f ± %(spread).1f days; %(share).0f %% in time",
        "%(count)d deliveries: %(lead).1f ± %(spread).1f days; %(share).0f %% in time",
        known.deliveries,
    )
    return text % {
        "count": known.deliveries,
        "lead": known.lead_days,
        "spread": known.lead_spread,
        "share": known.in_time * 100,
    }


class CampaignPeriodAdmin(PortalAdmin):
    list_display = ("name", "brand", "starts_on", "ends_on", "uplift", "brought")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    search_fields = ("name",)
    autocomplete_fields = ("brand",)
    ordering = ("-starts_on", "pk")
    actions_list = (
        {
            "title": gettext_lazy("Sales of the year"),
            "icon": "celebration",
            "items": [f"add_{sale.code}" for sale in SALES],
        },
    )

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Read what campaigns brought once for all rows."""
        shown = super().get_list_display(request)
        known: dict[int, float] = {}

        @admin.display(description=BROUGHT)
        def brought(period: CampaignPeriod) -> str:
            if not known:
                seen = CampaignPeriod.objects.visible_to(request.user).order_by("-starts_on", "pk")
                known.update(
                    uplifts_brought(seen.values_list("pk", flat=True)[:PLENTY], on=timezone.localdate())
                )
                known[0] = 0.0
            return f"{known[period.pk]:.1f} ×" if period.pk in known else "–"

        return [brought if name == "brought" else name for name in shown]

    @admin.display(description=BROUGHT)
    def brought(self, period: CampaignPeriod) -> str:
        return "–"


def add_of(sale: Sale) -> Any:
    """Return the link that opens the form for the next of a sale, filled in."""

    @action(description=sale.name, url_path=f"add-{sale.code}", permissions=["add"])  # type: ignore[untyped-decorator]
    def add(self: CampaignPeriodAdmin, request: HttpRequest) -> HttpResponse:
        starts_on, ends_on = sale.next_from(timezone.localdate())
        given = {"name": sale.name, "starts_on": starts_on, "ends_on": ends_on, "uplift": sale.uplift}
        return HttpResponseRedirect(f"{reverse('admin:catalog_campaignperiod_add')}?{urlencode(given)}")

    return add


for each in SALES:
    setattr(CampaignPeriodAdmin, f"add_{each.code}", add_of(each))
admin.site.register(CampaignPeriod, CampaignPeriodAdmin)
