"""Mails about listings that rules moved: one for each person responsible, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext, override

from catalog.desk_of_rulings import QUEUE
from catalog.mailing import LISTED, send
from catalog.models import ListingRuling
from catalog.operations.rulings import claim_untold_rulings, give_back_untold_rulings
from catalog.ruling_words import advice_of
from ops_portal.accounts.models import User
from ops_portal.desk.models import Team
from ops_portal.lib.principals import Principal

VIEW: Final = "catalog.view_listingruling"


def tell_of_rulings(*, actor: Principal, at: datetime) -> int:
    """Tell of what rules did since it was last told; return how many mails went out.

    Nothing is sent before the claim is committed. Where no mail at all gets out, all is tried again next time.
    """
    pks = claim_untold_rulings(actor=actor, at=at)
    messages = messages_about(pks) if pks else []
    sent = send(messages)
    if messages and not sent:
        give_back_untold_rulings(pks, actor=actor, at=at)
    return sent


def messages_about(pks: Sequence[int]) -> list[EmailMessage]:
    """Return the mail of each owner and of each member of a team that works the queue, about what he may see.

    What has an owner is told to him alone.
    """
    teams = Team.objects.filter(queues__contains=[QUEUE]).prefetch_related("members").order_by("pk")
    members = {user.pk: user for team in teams for user in team.members.all()}
    owners = ListingRuling.objects.filter(pk__in=pks, owner__isnull=False).values("owner")
    people = members | {user.pk: user for user in User.objects.filter(pk__in=owners).order_by("pk")}
    messages = []
    for pk in sorted(people):
        user = people[pk]
        if not (user.is_active and user.email and user.has_perm(VIEW)):
            continue
        mine = Q(owner=pk) | Q(owner=None) if pk in members else Q(owner=pk)
        seen = ListingRuling.objects.visible_to(user).filter(mine, pk__in=pks)
        rows = list(seen.select_related("listing__channel", "listing__product").order_by("pk")[: LISTED + 1])
        if rows:
            more = seen.count() - LISTED if len(rows) > LISTED else 0
            messages.append(message_to(user, rows[:LISTED], more))
    return messages


def message_to(user: User, rulings: Sequence[ListingRuling], more: int) -> EmailMessage:
    """Return the one mail that lists what rules did."""
    with override(settings.PORTAL_MAIL_LANGUAGE):
        count = len(rulings) + more
        subject = ngettext("%(count)d listing moved by rule", "%(count)d listings moved by rule", count)
        address = settings.PORTAL_ADDRESS.rstrip("/")
        context: dict[str, Any] = {
            "rows": [(each, advice_of(each)) for each in rulings],
            "more": more,
            "address": address + reverse("catalog:rulings") if address else "",
        }
        body = render_to_string("catalog/rulings_mail.txt", context)
        return EmailMessage(subject % {"count": count}, body, to=[user.email])
