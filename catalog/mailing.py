"""Mails about alerts of stock: one for each person who works their queue, however many opened."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from smtplib import SMTPException
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext, override

from catalog.desk_of_alerts import DATES, OF_DATES, STOCK
from catalog.models import StockAlert
from catalog.operations.alerting import claim_untold, give_back_untold
from ops_portal.accounts.models import User
from ops_portal.desk.models import Team
from ops_portal.lib.principals import Principal

LISTED: Final = 100
logger = logging.getLogger(__name__)


def tell_teams(*, actor: Principal, at: datetime) -> int:
    """Tell the teams of the alerts of which they were not told yet; return how many mails went out.

    Nothing is sent before the claim is committed. Where no mail at all gets out, all is tried again next time.
    """
    pks = claim_untold(actor=actor, at=at)
    messages = messages_about(pks) if pks else []
    sent = send(messages)
    if messages and not sent:
        give_back_untold(pks, actor=actor, at=at)
    return sent


def send(messages: Sequence[EmailMessage]) -> int:
    """Send mails one by one, so that one bad address keeps nobody else from hearing; return how many went out."""
    sent = 0
    if not messages:
        return sent
    connection = get_connection()
    for message in messages:
        try:
            message.connection = connection
            sent += message.send()
        except (OSError, SMTPException):
            logger.exception("a mail about alerts of stock was not sent")
    return sent


def messages_about(pks: Sequence[int]) -> list[EmailMessage]:
    """Return the mail of each member of a team with an address, about the alerts that he works on and may see."""
    messages = []
    for user, queues in members():
        wanted = Q(pk__in=[])
        if DATES in queues:
            wanted |= Q(kind__in=OF_DATES)
        if STOCK in queues:
            wanted |= ~Q(kind__in=OF_DATES)
        seen = StockAlert.objects.visible_to(user).filter(wanted, pk__in=pks)
        rows = seen.select_related("sku__product", "warehouse", "batch").order_by("pk")
        alerts = list(rows[:LISTED])
        if alerts:
            more = seen.count() - len(alerts) if len(alerts) == LISTED else 0
            messages.append(message_to(user, alerts, more))
    return messages


def members() -> list[tuple[User, set[str]]]:
    """Return the people who are told, each with the queues of alerts that his teams work."""
    queues: dict[int, set[str]] = {}
    people: dict[int, User] = {}
    for team in (
        Team.objects.filter(queues__overlap=[STOCK, DATES]).prefetch_related("members").order_by("pk")
    ):
        for user in team.members.all():
            if user.is_active and user.email and user.has_perm("catalog.view_stockalert"):
                people[user.pk] = user
                queues.setdefault(user.pk, set()).update(team.queues)
    return [(people[pk], queues[pk]) for pk in sorted(people)]


def message_to(user: User, alerts: Sequence[StockAlert], more: int) -> EmailMessage:
    """Return the one mail that lists what opened."""
    with override(settings.PORTAL_MAIL_LANGUAGE):
        count = len(alerts) + more
        subject = ngettext("%(count)d new stock alert", "%(count)d new stock alerts", count) % {
            "count": count
        }
        address = settings.PORTAL_ADDRESS.rstrip("/")
        context: dict[str, Any] = {
            "alerts": alerts,
            "more": more,
            "address": address + reverse("catalog:alerts") if address else "",
        }
        body = render_to_string("catalog/alerts_mail.txt", context)
    return EmailMessage(subject, body, to=[user.email])
