"""Make and revoke API keys. Each key acts as a service user of its own, with its roles and grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import SCOPES, SCOPES_OF_ROLE, GrantKind, Role
from ops_portal.accounts.key_text import KeyText
from ops_portal.accounts.models import ApiKey, Grant, User
from ops_portal.accounts.operations.people import UnknownRole, unknown_role
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused


class UnknownScope(Refused):
    """A scope was named that no endpoint asks for."""

    code = "unknown_scope"


class KeyExpiresInThePast(Refused):
    """The key would have expired before anyone used it."""

    code = "key_expires_in_the_past"


class AlreadyRevoked(Refused):
    """The key was revoked before."""

    code = "already_revoked"


@dataclass(frozen=True, slots=True)
class ApiKeyDraft:
    """A key to be made. ``scopes`` None gives it those of its roles; ``expires_at`` None lets it last."""

    roles: Sequence[str]
    name: str = ""
    shops: Sequence[str] = ()
    brands: Sequence[str] = ()
    scopes: Sequence[str] | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and, this once, its text."""

    key: ApiKey
    text: str


@operation
def create_api_keys(drafts: Sequence[ApiKeyDraft], *, actor: Principal, at: datetime) -> Outcome[NewKey]:
    """Make a service user and a key for each draft; the text of a key is returned here and never again.

    Refuses UnknownRole, UnknownScope, KeyExpiresInThePast. Three statements for the batch.
    """
    outcome: Outcome[NewKey] = Outcome()
    users: list[User] = []
    kept: list[tuple[ApiKeyDraft, KeyText]] = []
    for index, draft in enumerate(drafts):
        refusal = _refusal(draft, at=at)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        text = KeyText.make()
        kept.append((draft, text))
        users.append(_service_user(draft, text, at=at))
    User.objects.bulk_create(users)
    Grant.objects.bulk_create(
        Grant(user=user, kind=kind, code=code)
        for user, (draft, _text) in zip(users, kept, strict=True)
        for kind, codes in ((GrantKind.SHOP, draft.shops), (GrantKind.BRAND, draft.brands))
        for code in sorted(set(codes))
    )
    keys = ApiKey.objects.bulk_create(
        ApiKey(
            user=user,
            prefix=text.prefix,
            digest=text.digest,
            scopes=sorted(_scopes(draft)),
            created_at=at,
            expires_at=draft.expires_at,
        )
        for user, (draft, text) in zip(users, kept, strict=True)
    )
    outcome.done = [NewKey(key, str(text)) for key, (_draft, text) in zip(keys, kept, strict=True)]
    return outcome


@operation
def revoke_api_keys(keys: Sequence[ApiKey], *, actor: Principal, at: datetime) -> Outcome[ApiKey]:
    """Make ``keys`` useless from the next request on, for good. Refuses AlreadyRevoked."""
    outcome: Outcome[ApiKey] = Outcome()
    locked = (
        ApiKey.objects.filter(pk__in=[key.pk for key in keys]).order_by("pk").select_for_update(of=("self",))
    )
    open_keys = {key.pk: key for key in locked if key.revoked_at is None}
    for index, asked in enumerate(keys):
        key = open_keys.pop(asked.pk, None)
        if key is None:
            detail = _("The key %(prefix)s was revoked before.")
            outcome.refused.append((index, AlreadyRevoked(detail, prefix=asked.prefix)))
        else:
            key.revoked_at = at
            outcome.done.append(key)
    ApiKey.objects.filter(pk__in=[key.pk for key in outcome.done]).update(revoked_at=at)
    return outcome


def _refusal(draft: ApiKeyDraft, *, at: datetime) -> UnknownRole | UnknownScope | KeyExpiresInThePast | None:
    refusal = unknown_role(draft.roles)
    if refusal is not None:
        return refusal
    unknown = sorted(set(draft.scopes or ()) - SCOPES)
    if unknown:
        detail = _("Unknown scope: %(unknown)s. Known scopes: %(known)s.")
        return UnknownScope(detail, unknown=", ".join(unknown), known=", ".join(sorted(SCOPES)))
    if draft.expires_at is not None and draft.expires_at <= at:
        return KeyExpiresInThePast(_("The key would have expired already. Name a later time."))
    return None


def _service_user(draft: ApiKeyDraft, text: KeyText, *, at: datetime) -> User:
    return User(
        username=f"key-{text.prefix}",
        name=draft.name,
        roles=list(dict.fromkeys(draft.roles)),
        is_service=True,
        date_joined=at,
        password=make_password(None),
    )


def _scopes(draft: ApiKeyDraft) -> frozenset[str]:
    if draft.scopes is not None:
        return frozenset(draft.scopes)
    return frozenset().union(*(SCOPES_OF_ROLE[Role(role)] for role in draft.roles))
