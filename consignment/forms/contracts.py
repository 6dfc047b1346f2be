"""What is written to draw up, amend and end a contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consignment.choices import CommissionBase, ContractMode
from consignment.drafts import AmendmentDraft, ContractDraft
from consignment.models import ContractVersion, Partner, PartnerBrand
from orders.choices import Party
from orders.models import Shop

HUNDRED = Decimal(100)
HOUSE_CURRENCY = "CNY"


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, with the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class TermsForm(forms.Form):
    """Terms as people write them: the rate in per cent."""

    base = forms.ChoiceField(label=_("Commission on"), choices=CommissionBase.choices)
    percent = forms.DecimalField(
        label=_("Rate in %"), min_value=Decimal(0), max_value=HUNDRED, max_digits=7, decimal_places=4
    )
    monthly_fee = forms.DecimalField(
        label=_("Monthly fee"), min_value=Decimal(0), max_digits=14, decimal_places=2, initial=Decimal("0.00")
    )

    @property
    def rate(self) -> Decimal:
        """Return the rate as a share."""
        return Decimal(self.cleaned_data["percent"]) / HUNDRED


class ContractForm(TermsForm):
    """A new contract."""

    partner = forms.ChoiceField(label=_("Partner"))
    mode = forms.ChoiceField(label=_("Mode"), choices=ContractMode.choices)
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"), required=False, help_text=_("None: until it is ended."))
    brands = forms.MultipleChoiceField(
        label=_("Brands"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all brands of the partner."),
    )
    shops = forms.MultipleChoiceField(
        label=_("Shops"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every shop whose money reaches the party that collects in this mode."),
    )
    currency = forms.ChoiceField(label=_("Currency"))
    field_order = ("partner", "mode", "starts_on", "ends_on", "currency", "base", "percent", "monthly_fee")

    def __init__(
        self,
        *args: Any,
        partners: Sequence[Partner],
        brands: Sequence[PartnerBrand],
        shops: Sequence[Shop],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        reaches = {
            Party.AGENCY: gettext("money reaches the agency"),
            Party.BRAND: gettext("money reaches the brand"),
        }
        currencies = sorted({shop.currency for shop in shops} | {HOUSE_CURRENCY})
        self._offer("partner", [("", "–"), *((each.code, str(each)) for each in partners)])
        self._offer("brands", [(each.brand.code, f"{each.brand} · {each.partner}") for each in brands])
        self._offer("shops", [(each.code, f"{each} · {reaches[Party(each.payee)]}") for each in shops])
        self._offer("currency", [(each, each) for each in currencies])
        self.fields["currency"].initial = HOUSE_CURRENCY

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    @property
    def draft(self) -> ContractDraft:
        """Return what a valid form asks for."""
        said = self.cleaned_data
        return ContractDraft(
            partner_code=said["partner"],
            mode=said["mode"],
            base=said["base"],
            rate=self.rate,
            starts_on=said["starts_on"],
            ends_on=said["ends_on"],
            monthly_fee=said["monthly_fee"],
            brand_codes=tuple(said["brands"]),
            shop_codes=tuple(said["shops"]),
            currency=said["currency"],
        )


class AmendForm(TermsForm):
    """Other terms from a day on."""

    since = day_field(_("From"))
    reason = forms.CharField(label=_("Reason"), max_length=500)
    field_order = ("since", "base", "percent", "monthly_fee", "reason")

    @classmethod
    def after(cls, newest: ContractVersion) -> AmendForm:
        """Return a form that stands at the terms that are to be changed."""
        terms = {"base": newest.base, "percent": newest.percent, "monthly_fee": newest.monthly_fee}
        return cls(initial=terms)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "amend-%s", "label_suffix": "", **kwargs})

    def draft_for(self, contract_id: int) -> AmendmentDraft:
        """Return what a valid form asks for."""
        said: dict[str, Any] = self.cleaned_data
        since: date = said["since"]
        return AmendmentDraft(
            contract_id, since, said["base"], self.rate, said["monthly_fee"], said["reason"]
        )


class EndForm(forms.Form):
    """The last day of a contract."""

    ends_on = day_field(_("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "end-%s", "label_suffix": "", **kwargs})
