"""The pages of contracts: draw one up, and one contract with its terms, to be signed, amended and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from consignment.choices import ContractStatus
from consignment.drafts import EndDraft
from consignment.forms.contracts import AmendForm, ContractForm, EndForm
from consignment.models import (
    Contract,
    ContractBrand,
    ContractShop,
    ContractVersion,
    Partner,
    PartnerBrand,
)
from consignment.operations.contracts import (
    amend_contracts,
    draft_contracts,
    end_contracts,
    sign_contracts,
)
from consignment.views.pages import page_of
from ops_portal.accounts.doors import let_in_staff
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused
from orders.models import Shop

VIEW, ADD, SIGN = "consignment.view_contract", "consignment.add_contract", "consignment.sign_contract"


def new_contract_page(request: HttpRequest) -> HttpResponse:
    """Draw a contract up with its first terms; it is in force once it is signed."""
    let_in_staff(request, ADD)
    partners = Partner.objects.visible_to(request.user).filter(is_active=True).order_by("code")
    form = ContractForm(
        request.POST if request.method == "POST" else None,
        partners=list(partners),
        brands=list(
            PartnerBrand.objects.filter(partner__in=partners)
            .select_related("partner", "brand")
            .order_by("partner__code", "brand__code")
        ),
        shops=list(Shop.objects.visible_to(request.user).order_by("code")),
        initial={"partner": request.GET.get("partner", "")},
    )
    if request.method == "POST" and form.is_valid():
        contract = tried(request, form, draft_contracts, form.draft)
        if contract is not None:
            messages.success(request, _("%(number)s is drawn up.") % {"number": contract.number})
            return redirect("consignment:contract", contract.number)
    return page_of(request, "consignment/new_contract.html", gettext_lazy("New contract"), form=form)


def contract_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show a contract: what it treats of, its terms, and what may be done with it."""
    let_in_staff(request, VIEW)
    return shown(request, contract_of(request, number))


@require_POST
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Put the contract in force."""
    let_in_staff(request, SIGN)
    contract = contract_of(request, number)
    try:
        retried(sign_contracts)([contract.pk], actor=principal_of(request), at=timezone.now()).one()
        messages.success(request, _("%(number)s is in force.") % {"number": number})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("consignment:contract", number)


@require_POST
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Give the contract other terms from a day on."""
    let_in_staff(request, SIGN)
    contract = contract_of(request, number)
    form = AmendForm(request.POST)
    if form.is_valid() and tried(request, form, amend_contracts, form.draft_for(contract.pk)):
        since = form.cleaned_data["since"].isoformat()
        messages.success(
            request, _("New terms of %(number)s from %(day)s on.") % {"number": number, "day": since}
        )
        return redirect("consignment:contract", number)
    return shown(request, contract, amend_form=form)


@require_POST
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Let the contract end with a day."""
    let_in_staff(request, SIGN)
    contract = contract_of(request, number)
    form = EndForm(request.POST)
    if form.is_valid() and tried(
        request, form, end_contracts, EndDraft(contract.pk, form.cleaned_data["ends_on"])
    ):
        messages.success(request, _("%(number)s is ended.") % {"number": number})
        return redirect("consignment:contract", number)
    return shown(request, contract, end_form=form)


def tried(request: HttpRequest, form: Any, operation: Callable[..., Outcome[Any]], draft: Any) -> Any | None:
    """Call ``operation`` for one draft and return what it did; what it refuses stands on the form."""
    try:
        return retried(operation)([draft], actor=principal_of(request), at=timezone.now()).one()
    except Refused as refused:
        form.add_error(None, str(refused))
        return None


def shown(
    request: HttpRequest,
    contract: Contract,
    *,
    amend_form: AmendForm | None = None,
    end_form: EndForm | None = None,
) -> HttpResponse:
    """Render the page of a contract, with a form as it was filled in where it was refused."""
    newest = next(iter(contract.versions.all()))
    may_sign = request.user.has_perm(SIGN)
    in_force = contract.status == ContractStatus.IN_FORCE
    return page_of(
        request,
        "consignment/contract.html",
        _("Contract %(number)s") % {"number": contract.number},
        contract=contract,
        may_sign=may_sign and contract.status == ContractStatus.DRAFT,
        waits_for_signature=contract.status == ContractStatus.DRAFT and not may_sign,
        amend_form=(amend_form or AmendForm.after(newest)) if may_sign and in_force else None,
        end_form=(end_form or EndForm()) if may_sign and in_force else None,
    )


def contract_of(request: HttpRequest, number: str) -> Contract:
    """Return a contract that the reader may see, its newest terms first."""
    found: Contract | None = (
        Contract.objects.visible_to(request.user)
        .select_related("partner")
        .prefetch_related(
            Prefetch("versions", ContractVersion.objects.order_by("-since")),
            Prefetch("brands", ContractBrand.objects.select_related("brand").order_by("brand__code")),
            Prefetch("shops", ContractShop.objects.select_related("shop").order_by("shop__code")),
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    return found
