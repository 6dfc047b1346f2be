"""What the page of price changes sends: which SKUs, by which rule, from when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, TypeVar

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.choices import PriceBase, PriceEnding, PriceRole
from catalog.forms.goods import NotReadable
from catalog.queries.repricing import MOST, Rule, Selection

Otherwise = TypeVar("Otherwise", Decimal, None)
BETWEEN: Final = re.compile(r"[\t,，;；]+")
MOST_PASTED: Final = 200_000  # characters


@dataclass(frozen=True, slots=True)
class Wish:
    """What the page asks for: ``given`` prices by SKU code where they were pasted, else the rule's."""

    selection: Selection
    rule: Rule
    given: dict[str, Decimal] | None
    since: datetime | None
    reason: str
    until: datetime | None = None


def wish_sent(sent: QueryDict) -> Wish:
    """Return what the form holds. Raises NotReadable."""
    pasted = pairs_pasted(sent.get("skus", "")[:MOST_PASTED])
    prices = {code: amount for code, amount in pasted.items() if amount is not None}
    if prices and len(prices) < len(pasted):
        missing = next(code for code, amount in pasted.items() if amount is None)
        raise NotReadable(
            gettext_lazy("%(sku)s stands without a price; give all of them one, or none."), sku=missing
        )
    return Wish(
        Selection(
            brand=sent.get("brand", "")[:40],
            category=sent.get("category", "")[:40],
            role=sent.get("role", "") if sent.get("role") in PriceRole.values else "",
            codes=tuple(pasted),
        ),
        Rule(
            base=sent.get("base", "") if sent.get("base") in PriceBase.values else PriceBase.PRICE,
            percent=number_sent(sent.get("percent", ""), Decimal(100)),
            plus=number_sent(sent.get("plus", ""), Decimal(0)),
            ending=sent.get("ending", "") if sent.get("ending") in PriceEnding.values else PriceEnding.NONE,
            keeps_floor=bool(sent.get("keeps_floor")),
        ),
        prices or None,
        moment_sent(sent.get("since", "")),
        " ".join(sent.get("reason", "").split())[:200],
        moment_sent(sent.get("until", "")),
    )


def pairs_pasted(text: str) -> dict[str, Decimal | None]:
    """Return what stands on each line: a SKU code, and its price where there is one. Raises NotReadable."""
    pairs: dict[str, Decimal | None] = {}
    for line in text.replace("\x00", "").splitlines():
        cells = [cell.strip() for cell in BETWEEN.split(line.strip()) if cell.strip()]
        if len(cells) == 1:
            cells = cells[0].rsplit(None, 1)
        if not cells:
            continue
        code, price = cells[0][:60], cells[1] if len(cells) > 1 else ""
        if code in pairs:
            raise NotReadable(gettext_lazy("%(sku)s stands there twice."), sku=code)
        pairs[code] = number_sent(price, None, of=code)
        if len(pairs) > MOST:
            raise NotReadable(gettext_lazy("At most %(most)s SKUs are changed together."), most=MOST)
    return pairs


def number_sent(text: str, otherwise: Otherwise, of: str = "") -> Decimal | Otherwise:
    """Return a number, or ``otherwise`` for blank. Raises NotReadable."""
    plain = text.strip().lstrip("¥￥").rstrip("%").strip()
    if not plain:
        return otherwise
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > 10_000_000:
        raise NotReadable(gettext_lazy("%(sku)s “%(value)s” is no number."), sku=of, value=text[:40])
    return number


def moment_sent(text: str) -> datetime | None:
    """Return a moment of the house's zone; None for blank. Raises NotReadable."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise NotReadable(gettext_lazy("The date can't be read."))
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def text_of(rule: Rule) -> str:
    """Return a rule as it is kept; ``words_of`` says it to people."""
    return "|".join(
        (
            rule.base,
            f"{rule.percent.normalize():f}",
            f"{rule.plus:.2f}",
            rule.ending,
            "floor" if rule.keeps_floor else "",
        )
    )


def words_of(kept: str) -> str:
    """Say a kept rule in the reader's language; empty for prices that were given one by one."""
    if not kept:
        return ""
    base, percent, plus, ending, floor = kept.split("|")
    text = f"{PriceBase(base).label} × {percent} %"
    if Decimal(plus):
        text += f" {'+' if Decimal(plus) > 0 else '−'} {abs(Decimal(plus)):.2f}"
    if ending:
        text += f", {PriceEnding(ending).label}"
    if floor:
        text += ", " + _("not below the floor")
    return text
