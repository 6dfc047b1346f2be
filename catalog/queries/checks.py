"""What is wrong with the content of a listing, or could be better."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.choices import AttributeKind, BlockKind, Gravity, Platform
from catalog.drafts import ListingContent, OfferedSku
from catalog.models import Attribute, Channel, Product, Sku
from catalog.queries.coverage import cover
from catalog.queries.demands import Demands, Subject
from catalog.queries.findings import Finding, blocking, blocks, warns
from catalog.queries.picture_checks import check_pictures
from catalog.queries.words import end_of_bytes, find_words, fold, texts_of, title_bytes
from ops_portal.lib.wording import listed

__all__ = ["Finding", "Subject", "blocking", "check_content", "check_contents"]

TITLE_BYTES: Final = 60  # where no category of the platform is chosen yet
FEWEST_POINTS: Final = 3
ENOUGH: Final = 0.5  # of the searches
TOLD: Final = (BlockKind.MATERIAL, BlockKind.USAGE, BlockKind.CAUTION)
Args = dict[str, Any]


def check_content(
    content: ListingContent, *, channel: Channel, product: Product, at: datetime
) -> list[Finding]:
    """Return what is to be said of a content, in the reader's language, field by field as they stand on the page."""
    return check_contents([Subject(content, channel, product)], at=at)[0]


def check_contents(subjects: Sequence[Subject], *, at: datetime) -> list[list[Finding]]:
    """Do what ``check_content`` does for each, in the same few statements for all."""
    if not subjects:
        return []
    demands = Demands.load(subjects, at=at)
    return [list(findings_of(subject, demands)) for subject in subjects]


def findings_of(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Yield what is to be said of one content."""
    yield from check_category(subject, demands)
    yield from check_title(subject, demands)
    yield from check_words_to_buyers(subject.content)
    yield from check_attributes(subject, demands)
    yield from check_pictures(subject, demands)
    yield from check_skus(subject, demands)
    yield from check_prohibited(subject, demands)
    yield from check_coverage(subject, demands)


WITHOUT_CATEGORIES: Final = frozenset({Platform.OWN, Platform.OTHER})


def check_category(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether the platform's category is chosen, and fits ours. A store of one's own needs none."""
    code = subject.content.platform_category
    category = demands.category_of(subject)
    yield from check_core(subject, demands)
    if not code and subject.channel.platform in WITHOUT_CATEGORIES:
        return
    if not code:
        yield blocks("platform_category", "category_missing", _("Choose the platform's category."))
    elif category is None:
        args: Args = {"code": code, "platform": subject.channel.get_platform_display()}
        yield blocks(
            "platform_category", "category_unknown", _("%(platform)s has no category %(code)s.") % args
        )
    elif category.category_id is not None:
        line = demands.lines.get(subject.product.category_id or 0, ())
        if category.category_id not in line:
            text = _("%(name)s isn't the category to which the product's own leads.") % {
                "name": category.name
            }
            yield warns("platform_category", "category_differs", text)


def check_core(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether the goods are of what the shop stands for, where it says that."""
    core = subject.channel.core_category_id
    if core is not None and core not in demands.lines.get(subject.product.category_id or 0, ()):
        text = _("%(shop)s stands for other goods: its core category is another.")
        yield warns("platform_category", "outside_core_category", text % {"shop": subject.channel.name})


def check_title(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether there is a title, not longer than the platform shows."""
    title = subject.content.title
    category = demands.category_of(subject)
    most = category.title_bytes if category else TITLE_BYTES
    if not title.strip():
        yield blocks("title", "title_missing", _("Give it a title."))
    elif (size := title_bytes(title)) > most:
        text = _("The title has %(size)d bytes; %(most)d are shown (a Chinese character is two).")
        end = end_of_bytes(title, most)
        yield blocks("title", "title_too_long", text % {"size": size, "most": most}, (end, len(title)))


def check_words_to_buyers(content: ListingContent) -> Iterator[Finding]:
    """Say whether the selling points and the blocks that buyers look for are there."""
    points = [point for point in content.selling_points if point.strip()]
    if not points:
        yield blocks("selling_points", "selling_points_missing", _("Give at least one selling point."))
    elif len(points) < FEWEST_POINTS:
        text = ngettext(
            "One selling point; give %(few)d.", "%(count)d selling points; give %(few)d.", len(points)
        )
        yield warns(
            "selling_points", "selling_points_few", text % {"count": len(points), "few": FEWEST_POINTS}
        )
    told = {block.kind for block in content.blocks if block.text.strip()}
    if BlockKind.DESCRIPTION not in told:
        yield blocks("blocks", "description_missing", _("Describe the goods."))
    labels = dict(BlockKind.choices)
    for kind in TOLD:
        if kind not in told:
            text = _("Nothing is said of: %(what)s.") % {"what": labels[kind]}
            yield warns("blocks", f"{kind.value}_missing", text)
    for place, block in enumerate(content.blocks):
        if block.kind not in BlockKind.values:
            yield blocks(f"blocks.{place}", "block_unknown", _("There are no blocks of this kind."))
        elif not block.text.strip():
            yield blocks(
                f"blocks.{place}.text", "block_empty", _("The block says nothing; write or remove it.")
            )


def check_attributes(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say which attributes are missing that the platform requires, and which values can't be."""
    values = subject.content.attributes
    known = demands.attributes_of(subject)
    category = demands.category_of(subject)
    for asked in demands.asked.get(category.pk, ()) if category else ():
        if asked.is_required and is_empty(values.get(asked.attribute.code)):
            name = asked.name or asked.attribute.name
            text = _("%(platform)s requires: %(name)s.")
            args = {"platform": subject.channel.get_platform_display(), "name": name}
            yield blocks(f"attributes.{asked.attribute.code}", "attribute_missing", text % args)
    for code, value in values.items():
        attribute = known.get(code)
        if attribute is None:
            text = _("Neither our category nor the platform's asks for %(name)s.") % {"name": code}
            yield warns(f"attributes.{code}", "attribute_unknown", text)
        elif not is_empty(value) and not can_be(attribute, value):
            text = _("“%(value)s” is no value of %(name)s.")
            args = {"value": str(value)[:60], "name": attribute.name}
            yield blocks(f"attributes.{code}", "attribute_value", text % args)


def is_empty(value: Any) -> bool:
    """Tell whether an attribute has no value."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def can_be(attribute: Attribute, value: Any) -> bool:
    """Tell whether ``value`` is one of the attribute's kind and options."""
    if attribute.kind == AttributeKind.NUMBER:
        try:
            return not isinstance(value, bool | list) and Decimal(str(value)).is_finite()
        except InvalidOperation:
            return False
    if attribute.kind == AttributeKind.CHOICE:
        return value in attribute.options
    if attribute.kind == AttributeKind.CHOICES:
        return isinstance(value, list) and all(each in attribute.options for each in value)
    return isinstance(value, str | int | float)


def check_skus(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether the variants on offer are the product's, each once, with a price and a code of its own."""
    offered = subject.content.skus
    if not offered:
        yield blocks("skus", "skus_missing", _("Offer at least one variant."))
    seen: set[str] = set()
    codes: set[str] = set()
    for place, each in enumerate(offered):
        sku = demands.skus.get(each.sku_code)
        path = f"skus.{place}"
        if sku is None or sku.product_id != subject.product.pk:
            text = _("%(sku)s is no variant of this product.") % {"sku": each.sku_code}
            yield blocks(path, "sku_unknown", text)
            continue
        if each.sku_code in seen:
            yield blocks(path, "sku_twice", _("%(sku)s is offered twice.") % {"sku": each.sku_code})
        elif not sku.is_active:
            yield blocks(path, "sku_inactive", _("%(sku)s isn't sold any more.") % {"sku": each.sku_code})
        seen.add(each.sku_code)
        yield from check_price(f"{path}.price", each, sku)
        yield from check_band(f"{path}.price", each, subject.channel)
        yield from check_code(f"{path}.channel_code", each, sku, codes, subject, demands)
    left = sorted(
        sku.code
        for sku in demands.skus.values()
        if sku.product_id == subject.product.pk and sku.is_active and sku.code not in seen
    )
    if offered and left:
        text = ngettext(
            "%(names)s isn't offered.", "%(count)d variants aren't offered: %(names)s.", len(left)
        )
        yield warns("skus", "sku_not_offered", text % {"count": len(left), "names": listed(left[:5])})


def check_price(path: str, offered: OfferedSku, sku: Sku) -> Iterator[Finding]:
    """Say whether a variant has a price that can be one, and is worth the goods."""
    price = offered.price
    if price is None:
        yield blocks(path, "price_missing", _("%(sku)s has no price.") % {"sku": sku.code})
    elif not price.is_finite() or price <= 0 or price != round(price, 2) or price >= Decimal(10) ** 10:
        args = {"sku": sku.code, "price": str(price)[:30]}
        yield blocks(path, "price_value", _("%(price)s can't be the price of %(sku)s.") % args)
    elif is_below_floor(offered, sku):
        text = _("%(price)s of %(sku)s is below its floor of %(floor)s; the approval needs a reason.")
        args = {"price": f"{price:.2f}", "sku": sku.code, "floor": f"{sku.floor_price:.2f}"}
        yield warns(path, "below_floor", text % args)


def is_below_floor(offered: OfferedSku, sku: Sku) -> bool:
    """Tell whether a variant is offered below its floor price."""
    return offered.price is not None and sku.floor_price is not None and offered.price < sku.floor_price


def check_band(path: str, offered: OfferedSku, channel: Channel) -> Iterator[Finding]:
    """Say whether a price lies within the band of the shop, where it has one."""
    low, high = channel.lowest_price, channel.highest_price
    price = offered.price
    if price is None or not price.is_finite():
        return
    if (low is not None and price < low) or (high is not None and price > high):
        text = _("%(sku)s: the shop's prices lie between %(low)s and %(high)s.")
        args = {
            "sku": offered.sku_code,
            "low": "–" if low is None else low,
            "high": "–" if high is None else high,
        }
        yield warns(path, "outside_price_band", text % args)


def check_code(
    path: str, offered: OfferedSku, sku: Sku, codes: set[str], subject: Subject, demands: Demands
) -> Iterator[Finding]:
    """Say whether the shop's code of a variant means that variant alone."""
    code = offered.channel_code
    if not code:
        return
    args = {"code": code}
    if code in codes:
        yield blocks(path, "code_twice", _("Two variants have the shop's code %(code)s.") % args)
    codes.add(code)
    other = demands.skus.get(code)
    means = demands.codes.get((subject.channel.pk, code), sku.pk)
    if means != sku.pk or (other is not None and other.pk != sku.pk):
        yield blocks(path, "code_taken", _("The shop's code %(code)s means another SKU.") % args)


def check_prohibited(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Mark every word that advertising law or the platform forbids."""
    words = demands.words_of(subject)
    forbidden = tuple(words)
    for path, text in texts_of(subject.content):
        for word, span in find_words(text, forbidden):
            rule = words[word]
            said = (
                _("“%(word)s” may not be said.")
                if rule.gravity == Gravity.BLOCKS
                else _("Think twice of “%(word)s”.")
            )
            parts = [said % {"word": text[slice(*span)]}, rule.reason]
            if rule.better:
                parts.append(_("Say “%(better)s”.") % {"better": rule.better})
            yield Finding(path, "prohibited_word", rule.gravity, " ".join(filter(None, parts)), span)


def check_coverage(subject: Subject, demands: Demands) -> Iterator[Finding]:
    """Say whether the listing names what buyers search by."""
    if len({fold(word) for word in subject.content.keywords}) < len(subject.content.keywords):
        yield warns("keywords", "keyword_twice", _("A keyword is given twice."))
    coverage = cover(subject.content, subject.channel, subject.product, demands.keywords, demands.lines)
    if coverage.rate is None:
        return
    missing = listed(each.word for each in coverage.missing[:5])
    if not any("title" in each.parts for each in coverage.words):
        yield warns(
            "title",
            "title_without_keyword",
            _("The title names no keyword: %(words)s …") % {"words": missing},
        )
    if coverage.rate < ENOUGH:
        text = _("The listing covers %(rate)d %% of the searches; not yet said: %(words)s.")
        yield warns("keywords", "coverage_low", text % {"rate": round(100 * coverage.rate), "words": missing})
