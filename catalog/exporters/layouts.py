"""The words of the platforms for what is put up in their shops.

Headings follow the sellers' back offices as the trade writes them: 宝贝标题 and 一口价 of Taobao and Tmall; 商品名称,
广告语 and 京东价 of JD; 拼单价, 轮播图 and 商家编码-规格维度 of Pinduoduo; 推荐语 and 商品69码 of Douyin. Their own
templates differ by category and change without notice, so that none of them is promised: an operator finds each value
under the word by which the platform asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from catalog.choices import BlockKind, MediaRole, Platform


@dataclass(frozen=True, slots=True)
class Layout:
    """How a platform calls what it is told of a listing and of its variants."""

    item: str
    category: str
    title: str
    subtitle: str
    points: str
    price: str
    code: str
    goods_code: str
    barcode: str
    stock: str
    spec: str
    main: str = "主图"
    detail: str = "详情图"
    scene: str = "场景图"
    variant: str = "SKU图"
    film: str = "主图视频"

    def role(self, role: str) -> str:
        """Return the platform's word for a role of pictures."""
        words: dict[str, str] = {
            MediaRole.MAIN: self.main,
            MediaRole.DETAIL: self.detail,
            MediaRole.SCENE: self.scene,
            MediaRole.SKU: self.variant,
            MediaRole.VIDEO: self.film,
        }
        return words[role]


PLAIN: Final = Layout(
    item="商品ID", category="商品类目", title="商品标题", subtitle="副标题", points="商品卖点", price="售价",
    code="商家编码", goods_code="货号", barcode="商品条形码", stock="库存", spec="商品规格",
)  # fmt: skip
TMALL: Final = replace(
    PLAIN, item="宝贝ID", category="宝贝类目", title="宝贝标题", points="宝贝卖点", price="一口价", spec="销售属性",
    detail="宝贝详情图",
)  # fmt: skip
LAYOUTS: Final[Mapping[str, Layout]] = {
    Platform.TMALL: TMALL,
    Platform.TAOBAO: TMALL,
    Platform.JD: replace(
        PLAIN, item="商品编号", category="三级类目", title="商品名称", subtitle="广告语", price="京东价",
        code="商家SKUID", barcode="UPC编码", spec="销售属性",
    ),
    Platform.PINDUODUO: replace(
        PLAIN, item="商品id", subtitle="商品短标题", price="拼单价", code="商家编码-规格维度",
        goods_code="商家编码-商品维度", main="轮播图", detail="商品详情图", variant="规格预览图", film="轮播视频",
    ),
    Platform.DOUYIN: replace(
        PLAIN, subtitle="推荐语", price="价格", barcode="商品69码", detail="商品详情", variant="规格图",
    ),
}  # fmt: skip
BLOCKS: Final[Mapping[str, str]] = {
    BlockKind.DESCRIPTION: "商品描述",
    BlockKind.MATERIAL: "材质",
    BlockKind.USAGE: "使用方法",
    BlockKind.CAUTION: "注意事项",
    BlockKind.STORY: "品牌故事",
    BlockKind.FAQ: "常见问答",
}
# Sheets of the table of listings, and the words that are the same on every platform.
LISTINGS, VARIANTS, ATTRIBUTES, TEXTS, PICTURES = "商品", "SKU", "商品属性", "详情文案", "图片清单"
NUMBER, VERSION, APPROVED, BRAND, KEYWORDS = "上架单号", "审定版本", "终审时间", "品牌", "关键词"
OUR_CODE, PRICE_NOW, ATTRIBUTE, VALUE = "系统SKU", "现行价", "属性名", "属性值"
KIND, HEADING, TEXT = "内容块", "小标题", "正文"
ROLE, PLACE, FILE, ALT, NOTE = "图片位", "序号", "文件名", "替代文字(ALT)", "备注"
NOT_HANDED_OUT, LOST = "无查看权限", "文件缺失"


def layout_of(platform: str) -> Layout:
    """Return the words of a platform; plain ones where it has none of its own."""
    return LAYOUTS.get(platform, PLAIN)
