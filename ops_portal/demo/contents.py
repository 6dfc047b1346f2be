"""What shops say of goods, made of the agency's copy: as it should be, and as it still is on the way there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

from catalog.drafts import Block, ListingContent, Picture
from catalog.models import Sku
from ops_portal.demo.pictures import VIEWS, draw_goods, draw_promise
from ops_portal.demo.vocabulary import listings as words
from ops_portal.demo.vocabulary.offers import OFFERS, OfferWords
from ops_portal.demo.vocabulary.platforms import PLATFORM_CATEGORIES, SHELVES

MAIN_VIEWS = (0, 2)
PROMISES = 4
DETAIL = len(VIEWS) - 1


def offered_by(brand: str) -> list[str]:
    """Return the codes of a brand's products that are offered."""
    return [code for code in OFFERS if code.startswith(brand)]


def draw_brand(folder: Path, brand: str) -> Iterator[Path]:
    """Draw all pictures of a brand: what its goods share, then each product's own."""
    for kind in range(PROMISES):
        path = folder / f"{brand}-promise-{kind}.png"
        draw_promise(path, brand=brand, kind=kind)
        yield path
    for code in offered_by(brand):
        for view in (*MAIN_VIEWS, DETAIL):
            path = folder / f"{code}-{view}.png"
            draw_goods(path, brand=brand, shelf=OFFERS[code].shelf, name=code, view=view)
            yield path


def pictures_of(code: str, shown: dict[str, str]) -> tuple[Picture, ...]:
    """Return a product's pictures in their places; ``shown`` are contents by the names of the files."""
    names = [f"{code}-{view}" for view in MAIN_VIEWS]
    names += [f"{code[:3]}-promise-{kind}" for kind in range(PROMISES)]
    said = [*(words.ALTS[view] for view in MAIN_VIEWS), *words.ALTS[-PROMISES:]]
    subtitle = OFFERS[code].subtitle
    main = [Picture(shown[name], "main", f"{subtitle}，{alt}") for name, alt in zip(names, said, strict=True)]
    detail = Picture(shown[f"{code}-{DETAIL}"], "detail", f"{subtitle}，{words.ALTS[DETAIL]}")
    return (*main, detail)


def platform_category(platform: str, shelf: str) -> str:
    """Return the code of a platform's category for a shelf; our own store has our shelves."""
    return shelf if platform == "own" else PLATFORM_CATEGORIES[shelf, platform][0]


def blocks_of(brand: str, offer: OfferWords) -> tuple[Block, ...]:
    """Return the blocks of a listing's page."""
    top = SHELVES[offer.shelf][1]
    story, questions = words.STORIES[brand], words.QUESTIONS[top]
    return (
        Block("description", offer.story, offer.subtitle),
        Block("material", offer.made_of, "成分与用料"),
        Block("usage", words.USAGE[offer.shelf], "使用建议"),
        Block("caution", words.CAUTIONS[top], "注意事项"),
        Block("story", story[1], story[0]),
        Block("faq", questions[1], questions[0]),
    )


def price_in(shop: str, sku: Sku) -> Decimal:
    """Return what a shop asks for a SKU: a level of the list price, that ends in 9."""
    assert sku.list_price is not None  # noqa: S101 - the catalogue gives every SKU one
    level = words.PRICE_LEVELS.get(shop)
    return sku.list_price if level is None else ends_in_9(sku.list_price * level)


def ends_in_9(amount: Decimal) -> Decimal:
    """Return the nearest price below that ends in 9 tenths."""
    return max(Decimal("0.90"), amount.quantize(Decimal(1), rounding=ROUND_FLOOR) - Decimal("0.10"))


def channel_code(platform: str, sku: Sku) -> str:
    """Return what a shop calls a SKU; only JD has numbers of its own for them."""
    return f"1000{50_000_000 + 7919 * int(sku.barcode[4:12]):08d}" if platform == "jd" else ""


def on_sale(content: ListingContent) -> ListingContent:
    """Return a content as it is around the great day: with the sale's word in front and for less."""
    skus = tuple(
        replace(sku, price=ends_in_9(sku.price * words.SALE_LEVEL)) for sku in content.skus if sku.price
    )
    return replace(content, subtitle=f"【{words.SALE_WORD}】{content.subtitle}", skus=skus)


def changed_sweatshirt(content: ListingContent) -> ListingContent:
    """Return a change that waits for its check: another title, dearer large sizes, pictures the other way round."""
    first, second, third, *rest = content.pictures
    return replace(
        content,
        title="砚山序420g重磅纯棉卫衣女2026秋冬宽松显瘦廓形圆领上衣情侣",
        selling_points=(
            *content.selling_points[:2],
            "新增三标检测报告，色牢度4级",
            content.selling_points[2],
        ),
        pictures=(first, third, second, *rest),
        keywords=(*content.keywords, "情侣卫衣"),
        skus=tuple(
            replace(sku, price=sku.price + 10) if sku.sku_code.endswith("-XL") and sku.price else sku
            for sku in content.skus
        ),
    )


def changed_serum(content: ListingContent) -> ListingContent:
    """Return a draft of something else: a sharper title, the small bottle for less, a claim with a report behind it."""
    small, *others = content.skus
    blocks = [
        replace(
            block, text="连续使用28天，九成受试者认为肤色更均匀（第三方人体功效评价，32人）。" + block.text
        )
        if block.kind == "description"
        else block
        for block in content.blocks
        if block.kind != "story"
    ]
    return replace(
        content,
        title="沐芷澄5%烟酰胺亮肤精华液提亮肤色改善暗沉保湿面部精华女",
        subtitle="28天看得见的均匀感",
        blocks=tuple(blocks),
        attributes={**content.attributes, "skin": [*content.attributes["skin"], "干性"]},
        pictures=(content.pictures[1], content.pictures[0], *content.pictures[2:]),
        skus=(replace(small, price=Decimal("179.00")), *others),
    )


def half_written(content: ListingContent) -> ListingContent:
    """Return a draft that a beginner left: with words that may not be said, without prices and most pictures."""
    return replace(
        content,
        title=words.BAD_TITLE,
        selling_points=words.BAD_POINTS,
        blocks=content.blocks[:1],
        pictures=content.pictures[:2],
        keywords=(),
        skus=tuple(replace(sku, price=None) if place % 2 else sku for place, sku in enumerate(content.skus)),
    )
