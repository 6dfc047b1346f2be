"""Contracts: draw up, sign, amend, end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, NumericRange
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from consignment.choices import (
    COLLECTS,
    CONTRACT_MOVES,
    SIGNERS,
    CommissionBase,
    ContractMode,
    ContractStatus,
    LineKind,
    StatementStatus,
)
from consignment.drafts import AmendmentDraft, ContractDraft, EndDraft
from consignment.models import (
    Contract,
    ContractBrand,
    ContractCover,
    ContractShop,
    ContractVersion,
    Partner,
    PartnerBrand,
    StatementLine,
)
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import illegal_move, move_all, move_record, record_moves
from orders.models import Shop


class NoSuchPartner(Refused):
    """No partner has this code."""

    code = "no_such_partner"


class NoSuchContract(Refused):
    """No contract has this id."""

    code = "no_such_contract"


class NotTheirBrand(Refused):
    """A brand is not one of the partner's, or none was named."""

    code = "not_their_brand"


class UnknownTerms(Refused):
    """The mode, the base, the rate, the fee or the days of a contract can't be what they are said to be."""

    code = "unknown_terms"


class PayeeDiffers(Refused):
    """The money of a shop reaches the party that does not collect in the contract's mode."""

    code = "payee_differs"


class ContractsOverlap(Refused):
    """Another contract covers one of the brands in one of the shops on the same days."""

    code = "contracts_overlap"


class RoleMayNotAmend(Refused):
    """None of the actor's roles may give a contract other terms."""

    code = "role_may_not_amend"


class SettledSince(Refused):
    """Sales of these days are on an issued statement, which stays as it is."""

    code = "settled_since"


@operation
def draft_contracts(drafts: Sequence[ContractDraft], *, actor: Principal, at: datetime) -> Outcome[Contract]:
    """Draw contracts up with their first terms, in force from no day yet.

    Without brands, all brands of the partner. Refuses NoSuchPartner, NotTheirBrand, UnknownTerms, PayeeDiffers.
    """
    outcome: Outcome[Contract] = Outcome()
    codes = [draft.partner_code for draft in drafts]
    partners = {partner.code: partner for partner in Partner.objects.filter(code__in=codes)}
    theirs: dict[int, dict[str, int]] = {}
    owned = PartnerBrand.objects.filter(partner__code__in=codes).order_by("brand__code")
    for partner_id, code, brand_id in owned.values_list("partner_id", "brand__code", "brand_id"):
        theirs.setdefault(partner_id, {})[code] = brand_id
    shops = {
        shop.code: shop
        for shop in Shop.objects.filter(code__in={code for draft in drafts for code in draft.shop_codes})
    }
    kept: list[tuple[ContractDraft, Partner]] = []
    for index, draft in enumerate(drafts):
        partner = partners.get(draft.partner_code)
        refusal = draft_refusal(draft, partner, theirs.get(partner.pk, {}) if partner else {}, shops)
        if refusal is not None or partner is None:
            outcome.refused.append((index, refusal or NoSuchPartner()))
        else:
            kept.append((draft, partner))
    if not kept:
        return outcome
    outcome.done = Contract.objects.bulk_create(
        Contract(
            number=number,
            partner=partner,
            mode=draft.mode,
            currency=draft.currency,
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            all_shops=not draft.shop_codes,
            created_at=at,
            updated_at=at,
        )
        for number, (draft, partner) in zip(next_numbers("C", len(kept)), kept, strict=True)
    )
    made = [
        (contract, draft, theirs[partner.pk])
        for contract, (draft, partner) in zip(outcome.done, kept, strict=True)
    ]
    ContractBrand.objects.bulk_create(
        ContractBrand(contract=contract, brand_id=brands[code])
        for contract, draft, brands in made
        for code in sorted(set(draft.brand_codes or brands))
    )
    ContractShop.objects.bulk_create(
        ContractShop(contract=contract, shop=shops[code])
        for contract, draft, _brands in made
        for code in sorted(set(draft.shop_codes))
    )
    ContractVersion.objects.bulk_create(
        version_of(contract, draft, number=1, since=draft.starts_on, actor=actor, at=at)
        for contract, draft, _brands in made
    )
    record_moves(
        [
            move_record(CONTRACT_MOVES.kind, contract.number, "", contract.status, actor=actor, at=at)
            for contract in outcome.done
        ]
    )
    return outcome


@operation
def sign_contracts(contract_ids: Sequence[int], *, actor: Principal, at: datetime) -> Outcome[Contract]:
    """Put contracts in force for their periods.

    Refuses NoSuchContract, IllegalMove, RoleMayNotMove, ContractsOverlap.
    """
    outcome: Outcome[Contract] = Outcome()
    contracts = lock_contracts(contract_ids)
    for index, pk in enumerate(contract_ids):
        contract = contracts.get(pk)
        if contract is None:
            outcome.refused.append((index, no_such_contract()))
            continue
        try:
            with transaction.atomic():
                moved = move_all(
                    [contract], ContractStatus.IN_FORCE, table=CONTRACT_MOVES, actor=actor, at=at
                )
                if moved.done:
                    ContractCover.objects.bulk_create(covers_of(contract))
        except IntegrityError as error:
            if "contract_covers_never_overlap" not in str(error):
                raise
            contract.status = ContractStatus.DRAFT
            moved = Outcome(refused=[(0, overlap(contract))])
        outcome.done += moved.done
        outcome.refused += [(index, refusal) for _first, refusal in moved.refused]
    return outcome


@operation
def amend_contracts(
    drafts: Sequence[AmendmentDraft], *, actor: Principal, at: datetime
) -> Outcome[ContractVersion]:
    """Give contracts in force other terms from a day on; sales of earlier days keep theirs.

    Refuses NoSuchContract, IllegalMove (not in force), RoleMayNotAmend, UnknownTerms, SettledSince.
    """
    outcome: Outcome[ContractVersion] = Outcome()
    contracts = lock_contracts(draft.contract_id for draft in drafts)
    newest = {pk: list(contract.versions.all())[-1] for pk, contract in contracts.items()}
    for index, draft in enumerate(drafts):
        contract = contracts.get(draft.contract_id)
        if contract is None:
            outcome.refused.append((index, no_such_contract()))
            continue
        last = newest[contract.pk]
        refusal = amendment_refusal(contract, last, draft, actor)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        newest[contract.pk] = version_of(
            contract, draft, number=last.version + 1, since=draft.since, actor=actor, at=at
        )
        outcome.done.append(newest[contract.pk])
    ContractVersion.objects.bulk_create(outcome.done)
    amended = {version.contract_id for version in outcome.done}
    Contract.objects.filter(pk__in=amended).update(updated_at=at)  # what was drafted before is stale
    return outcome


@operation
def end_contracts(drafts: Sequence[EndDraft], *, actor: Principal, at: datetime) -> Outcome[Contract]:
    """Let contracts end with a day; refunds of what was sold before are settled as they come.

    Refuses NoSuchContract, IllegalMove, RoleMayNotMove, UnknownTerms (a day before the first, or after the last),
    SettledSince.
    """
    outcome: Outcome[Contract] = Outcome()
    contracts = lock_contracts(draft.contract_id for draft in drafts)
    for index, draft in enumerate(drafts):
        contract = contracts.get(draft.contract_id)
        refusal: Refused | None = None
        if contract is None:
            refusal = no_such_contract()
        elif draft.ends_on < contract.starts_on or (contract.ends_on and draft.ends_on > contract.ends_on):
            detail = _("%(day)s does not lie within the contract.")
            refusal = UnknownTerms(detail, day=draft.ends_on.isoformat())
        else:
            refusal = settled_since(contract, draft.ends_on + timedelta(days=1))
        if contract is None or refusal is not None:
            outcome.refused.append((index, refusal or no_such_contract()))
            continue
        moved = move_all([contract], ContractStatus.ENDED, table=CONTRACT_MOVES, actor=actor, at=at)
        outcome.refused += [(index, refused) for _first, refused in moved.refused]
        if moved.done:
            contract.ends_on = draft.ends_on
            Contract.objects.filter(pk=contract.pk).update(ends_on=draft.ends_on)
            ContractCover.objects.filter(contract=contract).update(period=period_of(contract))
            outcome.done.append(contract)
    return outcome


def lock_contracts(ids: Iterable[int]) -> dict[int, Contract]:
    """Lock contracts in primary-key order, with their versions; return them by id."""
    found = (
        Contract.objects.filter(pk__in=set(ids))
        .select_related("partner")
        .prefetch_related(
            Prefetch("versions", ContractVersion.objects.order_by("since")),
            Prefetch("brands", ContractBrand.objects.order_by("brand_id")),
            Prefetch("shops", ContractShop.objects.order_by("shop_id")),
        )
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {contract.pk: contract for contract in found}


def no_such_contract() -> NoSuchContract:
    """Return the refusal of a contract that isn't there."""
    return NoSuchContract(_("There is no such contract."))


def draft_refusal(
    draft: ContractDraft, partner: Partner | None, brands: dict[str, int], shops: dict[str, Shop]
) -> Refused | None:
    """Return why the contract can't be drawn up, or None."""
    if partner is None:
        return NoSuchPartner(_("There is no partner %(code)s."), code=draft.partner_code)
    foreign = sorted(set(draft.brand_codes) - set(brands))
    if foreign or not brands:
        detail = _("%(brand)s is no brand of %(partner)s.")
        return NotTheirBrand(detail, brand=", ".join(foreign) or "–", partner=partner.code)
    if draft.mode not in ContractMode.values:
        return UnknownTerms(_("“%(mode)s” is no mode of a contract."), mode=draft.mode)
    if draft.ends_on is not None and draft.ends_on < draft.starts_on:
        detail = _("%(day)s does not lie within the contract.")
        return UnknownTerms(detail, day=draft.ends_on.isoformat())
    for code in draft.shop_codes:
        if code not in shops:
            return UnknownTerms(_("There is no shop %(code)s."), code=code)
        if shops[code].payee != COLLECTS[ContractMode(draft.mode)]:
            detail = _("The money of shop %(shop)s does not reach the party that collects in this mode.")
            return PayeeDiffers(detail, shop=code)
    return terms_refusal(draft)


def terms_refusal(draft: ContractDraft | AmendmentDraft) -> UnknownTerms | None:
    """Return why these can't be terms, or None."""
    if draft.base not in CommissionBase.values:
        return UnknownTerms(_("“%(base)s” is no base of a commission."), base=draft.base)
    if not (0 <= draft.rate <= 1) or draft.rate != round(draft.rate, 6):
        detail = _("A rate lies between 0 and 1 and has 6 decimal places at most; %(rate)s does not.")
        return UnknownTerms(detail, rate=str(draft.rate))
    if draft.monthly_fee < 0 or draft.monthly_fee != round(draft.monthly_fee, 2):
        detail = _("A monthly fee is not negative and has 2 decimal places at most; %(fee)s does not fit.")
        return UnknownTerms(detail, fee=str(draft.monthly_fee))
    return None


def amendment_refusal(
    contract: Contract, newest: ContractVersion, draft: AmendmentDraft, actor: Principal
) -> Refused | None:
    """Return why the contract can't be amended, or None."""
    if contract.status != ContractStatus.IN_FORCE:
        return illegal_move(contract, ContractStatus.IN_FORCE)
    if not actor.may(SIGNERS):
        return RoleMayNotAmend(_("Your role may not amend %(number)s."), number=contract.number)
    if draft.since <= newest.since or (contract.ends_on and draft.since > contract.ends_on):
        detail = _("New terms begin after the newest (%(newest)s) and within the contract; %(day)s does not.")
        return UnknownTerms(detail, newest=newest.since.isoformat(), day=draft.since.isoformat())
    return terms_refusal(draft) or settled_since(contract, draft.since)


def settled_since(contract: Contract, day: date) -> SettledSince | None:
    """Return the refusal of a change from ``day`` on where sales since then, or a fee, are on an issued statement."""
    settled = (
        StatementLine.objects.filter(
            statement__contract=contract,
            kind__in=(LineKind.SALE, LineKind.FEE),
            occurred_on__gte=day,
        )
        .exclude(statement__status=StatementStatus.DRAFT)
        .order_by("pk")
        .values_list("statement__number", flat=True)
        .first()
    )
    if settled is None:
        return None
    detail = _("Statement %(statement)s holds lines of %(day)s or later and is issued.")
    return SettledSince(detail, statement=settled, day=day.isoformat())


def version_of(
    contract: Contract,
    draft: ContractDraft | AmendmentDraft,
    *,
    number: int,
    since: date,
    actor: Principal,
    at: datetime,
) -> ContractVersion:
    """Return the terms of a draft as a version, unsaved."""
    return ContractVersion(
        contract=contract,
        version=number,
        since=since,
        base=draft.base,
        rate=draft.rate,
        monthly_fee=draft.monthly_fee,
        reason=getattr(draft, "reason", ""),
        actor=str(actor),
        created_at=at,
    )


def covers_of(contract: Contract) -> list[ContractCover]:
    """Return what a contract lays claim to, unsaved."""
    shops: list[Any] = [NumericRange(None, None)]
    if not contract.all_shops:
        shops = [NumericRange(each.shop_id, each.shop_id, "[]") for each in contract.shops.all()]
    period = period_of(contract)
    return [
        ContractCover(contract=contract, brand_id=each.brand_id, shops=shop, period=period)
        for each in contract.brands.all()
        for shop in shops
    ]


def period_of(contract: Contract) -> Any:
    """Return the days of a contract as a range."""
    return DateRange(contract.starts_on, contract.ends_on, "[]" if contract.ends_on else "[)")


def overlap(contract: Contract) -> ContractsOverlap:
    """Return the refusal that names the contracts in the way."""
    others = sorted(
        set(
            ContractCover.objects.filter(
                brand__in=[each.brand_id for each in contract.brands.all()],
                period__overlap=period_of(contract),
            ).values_list("contract__number", flat=True)
        )
    )
    brands = Brand.objects.filter(pk__in=[each.brand_id for each in contract.brands.all()])
    detail = _("%(contract)s treats of %(brands)s in the same shops on the same days as %(others)s.")
    return ContractsOverlap(
        detail,
        contract=contract.number,
        brands=", ".join(brands.order_by("code").values_list("code", flat=True)),
        others=", ".join(others),
    )
