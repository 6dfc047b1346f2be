"""Partners, their brands, and who acts for them with which grants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from catalog.models import Brand
from consignment.drafts import PartnerDraft, PartnerKeyDraft
from consignment.models import Partner, PartnerBrand, PartnerUser
from consignment.operations.contracts import NoSuchPartner
from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.operations.keys import ApiKeyDraft, NewKey, create_api_keys
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused


class UnknownBrand(Refused):
    """No brand has this code."""

    code = "unknown_brand"


class BrandTaken(Refused):
    """The brand is another partner's."""

    code = "brand_taken"


class NotAPartnersUser(Refused):
    """Only users with the role of a brand partner, who act for no other partner, can act for one."""

    code = "not_a_partners_user"


@operation
def save_partners(drafts: Sequence[PartnerDraft], *, actor: Principal, at: datetime) -> Outcome[Partner]:
    """Create partners or bring them to what the drafts say; grants of all who act for them follow their brands.

    Refuses UnknownBrand, BrandTaken (also within the batch: give a brand up first), NotAPartnersUser.
    """
    outcome: Outcome[Partner] = Outcome()
    codes = {draft.code for draft in drafts}
    found = Partner.objects.filter(code__in=codes).order_by("pk").select_for_update(no_key=True)
    partners = {partner.code: partner for partner in found}
    named = {code for draft in drafts for code in draft.brand_codes or ()}
    brands = {brand.code: brand for brand in Brand.objects.filter(code__in=named)}
    owner = dict(
        PartnerBrand.objects.filter(brand__code__in=named).values_list("brand__code", "partner__code")
    )
    people = {pk for draft in drafts for pk in draft.user_ids or ()}
    users = {user.pk: user for user in User.objects.filter(pk__in=people)}
    acts_for = dict(PartnerUser.objects.filter(user__in=people).values_list("user_id", "partner__code"))
    kept: list[PartnerDraft] = []
    for index, draft in enumerate(drafts):
        refusal = brand_refusal(draft, brands, owner) or user_refusal(draft, users, acts_for)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        owner |= dict.fromkeys(draft.brand_codes or (), draft.code)
        kept.append(draft)
        partner = partners.setdefault(draft.code, Partner(code=draft.code))
        partner.name = draft.name or partner.name or draft.code
        partner.invoice_title = draft.invoice_title or partner.invoice_title
        partner.contact_email = draft.contact_email or partner.contact_email
        partner.is_active = draft.is_active
        outcome.done.append(partner)
    saved = list({partner.code: partner for partner in outcome.done}.values())
    new = [partner for partner in saved if partner.pk is None]
    Partner.objects.bulk_create(new)
    Partner.objects.bulk_update(
        [partner for partner in saved if partner not in new],
        ["name", "invoice_title", "contact_email", "is_active"],
    )
    for draft in kept:
        partner = partners[draft.code]
        if draft.brand_codes is not None:
            set_brands(partner, {brands[code].pk for code in draft.brand_codes})
        if draft.user_ids is not None:
            set_users(partner, set(draft.user_ids))
    align_grants(saved)
    return outcome


@operation
def create_partner_keys(
    drafts: Sequence[PartnerKeyDraft], *, actor: Principal, at: datetime
) -> Outcome[NewKey]:
    """Make keys whose service users act for partners: role brand partner, grants of the partner's brands.

    The text of a key is returned here and never again. Refuses NoSuchPartner (also one that is not active),
    UnknownScope, KeyExpiresInThePast.
    """
    outcome: Outcome[NewKey] = Outcome()
    codes = {draft.partner_code for draft in drafts}
    found = (
        Partner.objects.filter(code__in=codes, is_active=True).order_by("pk").select_for_update(no_key=True)
    )
    partners = {partner.code: partner for partner in found}
    links = []
    for index, draft in enumerate(drafts):
        partner = partners.get(draft.partner_code)
        if partner is None:
            detail = _("There is no partner %(code)s.")
            outcome.refused.append((index, NoSuchPartner(detail, code=draft.partner_code)))
            continue
        days = draft.expires_days
        key = ApiKeyDraft(
            roles=(Role.BRAND_PARTNER,),
            name=draft.name or str(partner),
            scopes=draft.scopes,
            expires_at=None if days is None else at + timedelta(days=days),
        )
        made = create_api_keys([key], actor=actor, at=at)
        outcome.refused += [(index, refusal) for _first, refusal in made.refused]
        outcome.done += made.done
        links += [PartnerUser(partner=partner, user_id=new.key.user_id) for new in made.done]
    PartnerUser.objects.bulk_create(links)
    align_grants(partners.values())
    return outcome


def set_brands(partner: Partner, brand_ids: set[int]) -> None:
    """Make these the partner's brands, and no others."""
    has = set(PartnerBrand.objects.filter(partner=partner).values_list("brand_id", flat=True))
    PartnerBrand.objects.filter(partner=partner, brand__in=has - brand_ids).delete()
    PartnerBrand.objects.bulk_create(
        PartnerBrand(partner=partner, brand_id=pk) for pk in sorted(brand_ids - has)
    )


def set_users(partner: Partner, user_ids: set[int]) -> None:
    """Make these the users who act for the partner; those who no longer do lose every grant."""
    has = set(PartnerUser.objects.filter(partner=partner).values_list("user_id", flat=True))
    PartnerUser.objects.filter(partner=partner, user__in=has - user_ids).delete()
    Grant.objects.filter(user__in=has - user_ids).delete()
    PartnerUser.objects.bulk_create(PartnerUser(partner=partner, user_id=pk) for pk in sorted(user_ids - has))


def align_grants(partners: Iterable[Partner]) -> None:
    """Give all who act for ``partners`` the grants of their brands, and no others; none for those not active."""
    ids = [partner.pk for partner in partners]
    wanted: set[tuple[int, str]] = set(
        PartnerUser.objects.filter(
            partner__in=ids, partner__is_active=True, partner__brands__isnull=False
        ).values_list("user_id", "partner__brands__brand__code")
    )
    acting = PartnerUser.objects.filter(partner__in=ids).values("user")
    held = Grant.objects.filter(user__in=acting)
    surplus = [
        pk
        for pk, user_id, kind, code in held.values_list("pk", "user_id", "kind", "code")
        if kind != GrantKind.BRAND or (user_id, code) not in wanted
    ]
    Grant.objects.filter(pk__in=surplus).delete()
    Grant.objects.bulk_create(
        [Grant(user_id=user_id, kind=GrantKind.BRAND, code=code) for user_id, code in sorted(wanted)],
        ignore_conflicts=True,
    )


def brand_refusal(draft: PartnerDraft, brands: dict[str, Brand], owner: dict[str, str]) -> Refused | None:
    """Return why these brands can't be the partner's, or None."""
    for code in draft.brand_codes or ():
        if code not in brands:
            return UnknownBrand(_("There is no brand %(brand)s."), brand=code)
        if owner.get(code, draft.code) != draft.code:
            detail = _("%(brand)s is a brand of %(owner)s.")
            return BrandTaken(detail, brand=code, owner=owner[code])
    return None


def user_refusal(draft: PartnerDraft, users: dict[int, User], acts_for: dict[int, str]) -> Refused | None:
    """Return why these users can't act for the partner, or None."""
    for pk in draft.user_ids or ():
        user = users.get(pk)
        if user is None or Role.BRAND_PARTNER not in user.roles or acts_for.get(pk, draft.code) != draft.code:
            detail = _("User %(user)s can't act for %(partner)s: give it the role of a brand partner alone.")
            return NotAPartnersUser(detail, user=str(user or pk), partner=draft.code)
    return None
