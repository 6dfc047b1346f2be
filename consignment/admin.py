"""Pages of partners and contracts. What they say changes through operations alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from catalog.models import Brand
from consignment.choices import CONTRACT_MOVES, ContractStatus
from consignment.drafts import PartnerDraft
from consignment.models import Contract, ContractBrand, ContractShop, ContractVersion, Partner, PartnerBrand
from consignment.operations.contracts import sign_contracts
from consignment.operations.partners import save_partners
from ops_portal.lib.doors.admin import PortalAdmin, ReadOnlyAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.moves import MoveButton
from ops_portal.lib.wording import called


class PartnerForm(forms.ModelForm):  # type: ignore[type-arg] # not subscriptable at run time
    """A partner with all of its brands."""

    brands = forms.ModelMultipleChoiceField(
        queryset=Brand.objects.order_by("code"),
        required=False,
        label=_("Brands"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Partner
        fields = ("code", "name", "invoice_title", "contact_email", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            owned = PartnerBrand.objects.filter(partner=self.instance).values_list("brand", flat=True)
            self.fields["brands"].initial = list(owned)


@admin.register(Partner)
class PartnerAdmin(PortalAdmin):
    form = PartnerForm
    list_display = ("code", "name", "contact_email", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name")
    ordering = ("code",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        """Hand the form to the operation, which lets the grants follow."""
        said = form.cleaned_data
        draft = PartnerDraft(
            code=obj.code,
            name=obj.name,
            brand_codes=[brand.code for brand in said["brands"]],
            invoice_title=obj.invoice_title,
            contact_email=obj.contact_email,
            is_active=obj.is_active,
        )
        saved = save_partners([draft], actor=principal_of(request), at=timezone.now()).one()
        obj.pk = saved.pk


class PartInline(TabularInline):  # type: ignore[misc]
    extra = 0
    hide_title = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("consignment.view_contract"))


class VersionInline(PartInline):
    model = ContractVersion
    fields = readonly_fields = (
        "version",
        "since",
        "base",
        "commission",
        "monthly_fee",
        "reason",
        "signed_by",
    )
    ordering = ("-since",)

    @admin.display(description=_("commission rate"))
    def commission(self, version: ContractVersion) -> str:
        return f"{version.percent} %"

    @admin.display(description=_("actor"))
    def signed_by(self, version: ContractVersion) -> str:
        return called(version.actor)


class BrandInline(PartInline):
    model = ContractBrand
    fields = readonly_fields = ("brand",)


class ShopInline(PartInline):
    model = ContractShop
    fields = readonly_fields = ("shop",)


@admin.register(Contract)
class ContractAdmin(ReadOnlyAdmin):
    list_display = ("number", "partner", "mode", "status", "starts_on", "ends_on", "all_shops")
    list_filter = ("status", "mode", "partner")
    list_select_related = ("partner",)
    search_fields = ("=number",)
    ordering = ("-pk",)
    inlines = (VersionInline, BrandInline, ShopInline)
    list_before_template = "consignment/contracts_before.html"
    change_form_before_template = "consignment/contract_before.html"
    moves = (
        MoveButton(
            "sign",
            _("Sign"),
            sign_contracts,
            "consignment.sign_contract",
            lambda contract: contract.pk,
            arrow=(CONTRACT_MOVES, ContractStatus.IN_FORCE),
        ),
    )
