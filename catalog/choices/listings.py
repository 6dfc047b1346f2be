"""Words of listings: platforms, keywords, versions, matching, and what rules do with them."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices.roles import APPROVE, APPROVERS, CHECK, CHECKERS, WRITERS
from ops_portal.lib.states import Move, MoveTable


class DelistCause(models.TextChoices):
    """Why a rule takes a listing off the shelf."""

    SOLD_OUT = "sold_out", _("sold out")
    STOP_SALE = "stop_sale", _("past its last day of sale")
    LICENCE = "licence", _("no longer covered by a contract")


class RulingStatus(models.TextChoices):
    """How far it is known that a rule took a listing off the shelf, or put it back."""

    OFF = "off", pgettext_lazy("ruling", "taken off")
    KNOWN = "known", pgettext_lazy("ruling", "taken off, seen")
    BACK = "back", pgettext_lazy("ruling", "put back")
    SEEN = "seen", pgettext_lazy("ruling", "put back, seen")
    OVER = "over", pgettext_lazy("ruling", "put back by hand")


class Platform(models.TextChoices):
    TAOBAO = "taobao", _("Taobao")
    TMALL = "tmall", _("Tmall")
    JD = "jd", _("JD")
    PINDUODUO = "pinduoduo", _("Pinduoduo")
    DOUYIN = "douyin", _("Douyin")
    OWN = "own", _("own store")
    OTHER = "other", _("other")


class KeywordKind(models.TextChoices):
    BRAND = "brand", _("brand word")
    PRODUCT = "product", _("product word")
    LONG_TAIL = "long_tail", _("long-tail word")


class Gravity(models.TextChoices):
    """What becomes of a listing that says a prohibited word."""

    BLOCKS = "blocks", _("may not be submitted")
    WARNS = "warns", _("is pointed out")


class BlockKind(models.TextChoices):
    """What a block of a listing's content tells."""

    DESCRIPTION = "description", _("description")
    MATERIAL = "material", _("material")
    USAGE = "usage", _("how to use it")
    CAUTION = "caution", _("cautions")
    STORY = "story", _("story")
    FAQ = "faq", _("questions and answers")


class ListingStatus(models.TextChoices):
    NEW = "new", pgettext_lazy("listing", "not yet live")
    LIVE = "live", pgettext_lazy("listing", "live")
    OFF = "off", pgettext_lazy("listing", "delisted")


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("to check")
    CHECKED = "checked", _("to approve")
    RETURNED = "returned", _("returned for changes")
    APPROVED = "approved", _("approved")
    DISCARDED = "discarded", _("discarded")


class MatchStatus(models.TextChoices):
    """Whether it is known which SKU a shop means."""

    OPEN = "open", _("to match")
    MATCHED = "matched", _("matched")
    IGNORED = "ignored", _("not ours")


V, L = VersionStatus, ListingStatus
EDITABLE: Final = frozenset({V.DRAFT, V.RETURNED})
OPEN_VERSIONS: Final = frozenset({V.DRAFT, V.SUBMITTED, V.CHECKED, V.RETURNED})
VERSION_MOVES: Final = MoveTable(
    kind="listing_version",
    moves={
        V.DRAFT: {V.SUBMITTED: Move(WRITERS), V.DISCARDED: Move(WRITERS)},
        V.SUBMITTED: {
            V.CHECKED: Move(CHECKERS, within=CHECK),
            V.RETURNED: Move(APPROVERS),
            V.DRAFT: Move(WRITERS),
        },
        V.CHECKED: {V.APPROVED: Move(APPROVERS, within=APPROVE), V.RETURNED: Move(APPROVERS)},
        V.RETURNED: {V.SUBMITTED: Move(WRITERS), V.DISCARDED: Move(WRITERS)},
        V.APPROVED: {},
        V.DISCARDED: {},
    },
)
LISTING_MOVES: Final = MoveTable(
    kind="listing",
    moves={
        L.NEW: {L.LIVE: Move(APPROVERS)},
        L.LIVE: {L.OFF: Move(WRITERS)},
        L.OFF: {L.LIVE: Move(WRITERS)},
    },
)
# Rules move what they did themselves; people say that they have seen it.
R = RulingStatus
OPEN_RULINGS: Final = frozenset({R.OFF, R.KNOWN, R.BACK})
RULING_MOVES: Final = MoveTable(
    kind="listing_ruling",
    moves={
        R.OFF: {R.KNOWN: Move(WRITERS), R.BACK: Move(frozenset()), R.OVER: Move(frozenset())},
        R.KNOWN: {R.BACK: Move(frozenset()), R.OVER: Move(frozenset())},
        R.BACK: {R.SEEN: Move(WRITERS), R.OFF: Move(frozenset())},
        R.SEEN: {},
        R.OVER: {},
    },
)
