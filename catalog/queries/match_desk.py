"""The desk on which codes of shops are matched: one page of them, each with what it could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from catalog.choices import MatchStatus
from catalog.models import ChannelSku, Sku
from catalog.queries.suggestions import Suggestion, all_suggestions

PAGE: Final = 25
COUNTED: Final = 1000
SURE: Final = 1.0  # the same barcode
LIKELY: Final = 0.5  # from here on the best is chosen until somebody chooses another


@dataclass(frozen=True, slots=True)
class AskedMatches:
    """What a reader asks for."""

    status: str = MatchStatus.OPEN
    shop: str = ""
    text: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A code of a shop, and what it could be, the likeliest first."""

    channel_sku: ChannelSku
    suggestions: Sequence[Suggestion] = ()

    @property
    def best(self) -> Suggestion | None:
        """Return the likeliest."""
        return self.suggestions[0] if self.suggestions else None

    @property
    def is_likely(self) -> bool:
        """Tell whether the likeliest is likely enough to be chosen beforehand, and none is as likely."""
        scores = [each.score for each in self.suggestions]
        return bool(scores) and scores[0] >= LIKELY and scores[0] not in scores[1:]

    @property
    def is_sure(self) -> bool:
        """Tell whether there is one with the same barcode, and no other."""
        return sum(each.score >= SURE for each in self.suggestions) == 1


def page_of_codes(asked: AskedMatches, *, user: Any) -> tuple[list[MatchRow], str]:
    """Return one page of codes, the oldest first, and the place after which there are more: five statements."""
    codes: QuerySet[ChannelSku] = ChannelSku.objects.visible_to(user).filter(status=asked.status)
    if asked.shop:
        codes = codes.filter(channel__code=asked.shop)
    if asked.text:
        codes = codes.filter(
            Q(code__icontains=asked.text) | Q(title__icontains=asked.text) | Q(barcode=asked.text)
        )
    if asked.after.isascii() and asked.after.isdecimal() and len(asked.after) < 19:
        codes = codes.filter(pk__gt=int(asked.after))
    found = list(codes.select_related("channel", "sku__product").order_by("pk")[: PAGE + 1])
    following = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return rows_of(found[:PAGE], user=user), following


def rows_of(codes: Sequence[ChannelSku], *, user: Any) -> list[MatchRow]:
    """Return codes with what they could be, of the SKUs that the reader may see."""
    wanted = [each for each in codes if each.status == MatchStatus.OPEN]
    found = all_suggestions(wanted)
    ids = {each.sku.pk for some in found.values() for each in some}
    seen = set(Sku.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return [MatchRow(each, [one for one in found.get(each.pk, ()) if one.sku.pk in seen]) for each in codes]


def open_codes(user: Any) -> int:
    """Return how many codes wait to be matched, counted no further than is shown."""
    waiting = ChannelSku.objects.visible_to(user).filter(status=MatchStatus.OPEN)
    return waiting.order_by().values("pk")[:COUNTED].count()


def skus_like(text: str, *, user: Any, most: int = 10) -> list[Sku]:
    """Return the SKUs that somebody looks for by code, barcode or the product's name."""
    if not text:
        return []
    found = Sku.objects.visible_to(user).filter(is_active=True)
    found = found.filter(Q(code__icontains=text) | Q(barcode=text) | Q(product__name__icontains=text))
    return list(found.select_related("product").order_by("code")[:most])
