"""What the invented brands sell. Prices are those of the shop's page, before any discount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

COSMETICS, APPAREL, FOOD = "cosmetics", "apparel", "food"
CATEGORIES = {COSMETICS: "美妆护肤", APPAREL: "女装服饰", FOOD: "休闲食品"}


@dataclass(frozen=True, slots=True)
class BrandWords:
    """A brand: its code, its name, what it makes, and for how many days its goods keep (0: for ever)."""

    code: str
    name: str
    category: str
    keeps_days: int


@dataclass(frozen=True, slots=True)
class ProductWords:
    """A product, its variants as (suffix of the code, name), its price and how well it sells."""

    code: str
    name: str
    price: Decimal
    variants: tuple[tuple[str, str], ...] = (("", "标准装"),)
    sells: float = 1.0
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class BundleWords:
    """A bundle and the SKUs that it is made of, as (code, units, weight of the price)."""

    code: str
    name: str
    variant: str
    price: Decimal
    parts: tuple[tuple[str, int, str], ...]
    sells: float = 1.0


MZC = BrandWords("MZC", "沐芷澄", COSMETICS, 1095)
YSX = BrandWords("YSX", "砚山序", APPAREL, 0)
HXM = BrandWords("HXM", "禾小蔓", FOOD, 300)
BRANDS = (MZC, YSX, HXM)

D = Decimal


def sizes(colours: dict[str, str], names: str) -> tuple[tuple[str, str], ...]:
    """Return every colour in every size."""
    return tuple(
        (f"-{letter}-{size}", f"{colour};{size}")
        for letter, colour in colours.items()
        for size in names.split()
    )


LIPSTICKS = (("-01", "#01 豆沙"), ("-02", "#02 枫叶"), ("-03", "#03 莓果"), ("-04", "#04 暖杏"))

PRODUCTS: dict[str, tuple[ProductWords, ...]] = {
    "MZC": (
        ProductWords("MZC-JM120", "积雪草舒缓氨基酸洁面乳", D("79"), (("", "120g"),), 1.6),
        ProductWords("MZC-SFS150", "玻尿酸保湿爽肤水", D("129"), (("", "150ml"),), 1.3),
        ProductWords("MZC-JH", "烟酰胺亮肤精华液", D("199"), (("30", "30ml"), ("50", "50ml 加大装")), 1.5),
        ProductWords("MZC-MS50", "积雪草修护面霜", D("169"), (("", "50g"),), 1.1),
        ProductWords("MZC-XZ150", "温和净透卸妆油", D("99"), (("", "150ml"),), 0.9),
        ProductWords("MZC-MM", "水光补水面膜", D("59"), (("05", "5片/盒"), ("10", "10片/盒 囤货装")), 2.0),
        ProductWords("MZC-FS50", "轻透清爽防晒乳 SPF50+", D("139"), (("", "50ml"),), 1.0),
        ProductWords("MZC-KH", "丝绒雾面口红", D("109"), LIPSTICKS, 0.5),
        ProductWords("MZC-QD", "柔雾轻薄气垫", D("159"), (("-11", "11号 亮肤"), ("-21", "21号 自然")), 0.6),
        ProductWords("MZC-YJ15", "多肽紧致眼部精华", D("229"), (("", "15ml"),), 0.4),
        ProductWords("MZC-HS", "留香护手霜", D("39"), (("-BC", "白茶"), ("-GH", "桂花")), 1.0),
        ProductWords("MZC-ST250", "牛油果滋润身体乳", D("89"), (("", "250ml"),), 0.6),
        ProductWords("MZC-X15", "【赠品】爽肤水小样", D("9"), (("", "15ml"),), is_gift=True),
        ProductWords("MZC-X05", "【赠品】亮肤精华小样", D("19"), (("", "5ml"),), is_gift=True),
        ProductWords("MZC-X01", "【赠品】补水面膜体验装", D("9"), (("", "1片"),), is_gift=True),
    ),
    "YSX": (
        ProductWords(
            "YSX-WY01", "重磅纯棉圆领卫衣", D("159"),
            sizes({"B": "墨黑", "G": "雾灰", "M": "燕麦"}, "M L XL"), 0.9,
        ),
        ProductWords("YSX-NZ02", "高腰直筒牛仔裤", D("199"), sizes({"B": "复古蓝", "H": "烟灰"}, "S M L XL"), 0.9),
        ProductWords("YSX-KS03", "羊毛混纺V领开衫", D("269"), sizes({"M": "米白", "T": "驼色"}, "S M L"), 0.6),
        ProductWords("YSX-CS04", "垂感通勤衬衫", D("139"), sizes({"W": "珍珠白", "L": "浅蓝"}, "S M L"), 0.7),
        ProductWords("YSX-QZ05", "高腰A字半身裙", D("179"), sizes({"B": "黑色", "K": "卡其"}, "S M"), 0.6),
        ProductWords("YSX-WZ06", "精梳棉中筒袜三双装", D("29"), (("", "均码;混色"),), 1.8),
    ),
    "HXM": (
        ProductWords("HXM-JG30", "每日坚果混合果仁", D("109"), (("", "750g(25g×30包)"),), 2.2),
        ProductWords("HXM-CM60", "冻干草莓脆", D("39"), (("", "60g"),), 1.2),
        ProductWords("HXM-MG100", "厚切芒果干", D("29"), (("", "100g×2袋"),), 1.4),
        ProductWords("HXM-HT500", "奶香手剥山核桃", D("59"), (("", "500g罐装"),), 1.0),
        ProductWords("HXM-YM1K", "高纤无添加蔗糖燕麦片", D("49"), (("", "1kg"),), 1.3),
        ProductWords("HXM-ZM27", "九蒸九晒黑芝麻丸", D("69"), (("", "9g×27丸"),), 0.9),
        ProductWords("HXM-OF400", "桂花坚果藕粉羹", D("49"), (("", "400g"),), 0.8),
        ProductWords("HXM-NR", "手撕风干牛肉干", D("69"), (("-Y", "原味 200g"), ("-L", "香辣 200g")), 1.2),
        ProductWords("HXM-HTC", "夹心海苔脆", D("19.9"), (("", "40g×3罐"),), 1.5),
        ProductWords("HXM-YZ600", "蜂蜜柚子茶", D("39"), (("", "600g"),), 0.7),
        ProductWords("HXM-ZJ400", "灰枣夹核桃仁", D("49"), (("", "400g"),), 0.9),
        ProductWords("HXM-SS300", "老式芝麻酥", D("29"), (("", "300g"),), 0.6),
        ProductWords("HXM-MB1K", "乳酪手撕面包", D("39.9"), (("", "1kg整箱"),), 1.1),
        ProductWords("HXM-KF12", "冻干黑咖啡", D("79"), (("", "2g×12颗"),), 0.8),
        ProductWords("HXM-X25", "【试吃】每日坚果", D("5.9"), (("", "25g×1包"),), is_gift=True),
        ProductWords("HXM-XHT", "【试吃】海苔脆", D("2.9"), (("", "10g"),), is_gift=True),
    ),
}  # fmt: skip

BUNDLES: dict[str, tuple[BundleWords, ...]] = {
    "MZC": (
        BundleWords("MZC-TZ-LF", "焕亮水润两件套", "爽肤水150ml+精华30ml", D("289"),
                    (("MZC-SFS150", 1, "129"), ("MZC-JH30", 1, "199")), 1.2),
        BundleWords("MZC-TZ-MM", "补水面膜囤货组", "10片×2盒", D("169"), (("MZC-MM10", 2, "99"),), 1.3),
        BundleWords("MZC-TZ-KH", "丝绒口红礼盒", "#01+#03", D("199"),
                    (("MZC-KH-01", 1, "109"), ("MZC-KH-03", 1, "109")), 0.6),
    ),
    "YSX": (
        BundleWords("YSX-TZ-SW", "秋冬松弛感两件套", "墨黑卫衣L+复古蓝牛仔裤L", D("329"),
                    (("YSX-WY01-B-L", 1, "159"), ("YSX-NZ02-B-L", 1, "199")), 0.7),
    ),
    "HXM": (
        BundleWords("HXM-TZ-DLB", "追剧零食大礼包", "5种口味", D("159"),
                    (("HXM-CM60", 1, "39"), ("HXM-MG100", 1, "29"), ("HXM-HTC", 1, "19.9"),
                     ("HXM-NR-Y", 1, "69"), ("HXM-SS300", 1, "29")), 1.3),
        BundleWords("HXM-TZ-ZC", "元气早餐组合", "燕麦1kg+藕粉400g", D("89"),
                    (("HXM-YM1K", 1, "49"), ("HXM-OF400", 1, "49")), 0.8),
        BundleWords("HXM-TZ-NR", "牛肉干双拼", "原味+香辣", D("129"),
                    (("HXM-NR-Y", 1, "69"), ("HXM-NR-L", 1, "69")), 0.9),
    ),
}  # fmt: skip

# Larger packs cost more than their product's first.
PRICES = {"MZC-JH50": D("289"), "MZC-MM10": D("99")}
DEFECTIVE = "MZC-JH30"  # a batch of it leaks and smells
SOLD_OUT = "YSX-KS03-M-M"  # gone from both warehouses; orders for it wait
SHORT_DATED = ("HXM-MB1K", "HXM-SS300")  # with a batch that expires soon
UNLISTED = "YSX-WY01-R-L"  # sold on the platform before the catalogue knew it
