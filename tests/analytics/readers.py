"""Who opens the pages of the figures in the tests, and what is read from them."""

from __future__ import annotations

import re
from html import unescape

from django.test import Client

from ops_portal.accounts.choices import GrantKind
from ops_portal.accounts.models import Grant, User
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR

PAGE = "/admin/figures/"
NOVEMBER = {"since": "2026-11-01", "until": "2026-11-30"}


def reader(*roles, shops=(), brands=()):
    """Return the browser of somebody who has signed in."""
    with acting_as(ACTOR):
        user = User.objects.create_user("lin", roles=list(roles), is_staff=True)
        for kind, codes in ((GrantKind.SHOP, shops), (GrantKind.BRAND, brands)):
            Grant.objects.bulk_create(Grant(user=user, kind=kind, code=code) for code in codes)
    client = Client()
    client.force_login(user, backend="ops_portal.accounts.backends.RoleBackend")
    return client


def text_of(html):
    return " ".join(unescape(re.sub("<[^>]*>", " ", html)).split())


def rows_of(answer):
    """Return the text of the cells of each row of the tables."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", answer.content.decode(), re.DOTALL)
    return [[text_of(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def card_of(answer, code):
    """Return (value, [change, …]) of a card, as texts."""
    html = re.search(rf'<article[^>]*data-metric="{code}".*?</article>', answer.content.decode(), re.DOTALL)[
        0
    ]
    value = text_of(re.search(r'class="figures-value">(.*?)</p>', html, re.DOTALL)[1])
    return value, [text_of(part) for part in re.findall(r'class="figures-change">(.*?)</p>', html, re.DOTALL)]


def row_links(answer):
    """Return (address, text) of each link to rows."""
    links = re.findall(
        r'<a href="(/admin/figures/rows/[^"]*)"[^>]*>(.*?)</a>', answer.content.decode(), re.DOTALL
    )
    return [(unescape(address), html) for address, html in links]
