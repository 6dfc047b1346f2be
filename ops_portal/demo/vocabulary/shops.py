"""The agency's shops and warehouses, and who works in it. All of it is invented."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ShopWords:
    """A shop: what it sells by brand (weight), its part of all orders, who holds it, where it is served from."""

    code: str
    name: str
    platform: str
    part: float
    brands: dict[str, float]
    holder: str
    warehouses: tuple[str, ...]
    ship_hours: int = 48
    mixes: float = 0.0  # the part of orders with goods of several brands

    @property
    def shipped_by(self) -> str:
        """Return the brand that ships the shop's orders from its own warehouse, else nothing."""
        return SHIPPED_BY.get(self.warehouses[0], "")


SHOPS = (
    ShopWords("TM-MZC", "沐芷澄官方旗舰店", "tmall", 0.33, {"MZC": 1.0}, "brand", ("SH01", "FS02")),
    ShopWords("JD-HXM", "禾小蔓京东旗舰店", "jd", 0.14, {"HXM": 1.0}, "brand", ("SH01", "FS02"), 24),
    ShopWords("PDD-SH", "山禾优选专营店", "pinduoduo", 0.17, {"HXM": 0.72, "YSX": 0.28}, "agency", ("FS02", "SH01")),
    ShopWords("DY-YSX", "砚山序服饰旗舰店", "douyin", 0.22, {"YSX": 1.0}, "brand", ("FS02", "SH01")),
    ShopWords(
        "OWN-SH", "山禾生活小程序商城", "own", 0.09, {"MZC": 0.45, "HXM": 0.35, "YSX": 0.2}, "agency",
        ("SH01", "FS02"), 48, 0.3,
    ),
    ShopWords("PDD-HXM", "禾小蔓工厂直发店", "pinduoduo", 0.05, {"HXM": 1.0}, "brand", ("HXM01",)),
)  # fmt: skip
# Code, name, kind, the brand that ships from it.
WAREHOUSES = (
    ("SH01", "上海嘉定中心仓", "own", ""), ("FS02", "佛山南海云仓", "third_party", ""),
    ("HXM01", "禾小蔓合肥工厂仓", "brand", "HXM"),
)  # fmt: skip
SHIPPED_BY = {code: brand for code, _name, _kind, brand in WAREHOUSES if brand}

# Code of the carrier, name, first letters of the waybill, digits, part of all parcels.
CARRIERS = (
    ("ZTO", "中通快递", "7837", 10, 30),
    ("YTO", "圆通速递", "YT88", 11, 24),
    ("YUNDA", "韵达快递", "4632", 11, 18),
    ("JTSD", "极兔速递", "JT53", 11, 16),
    ("SF", "顺丰速运", "SF14", 11, 12),
)


@dataclass(frozen=True, slots=True)
class PersonWords:
    """Somebody who works in the agency, or looks at it from outside."""

    username: str
    name: str
    roles: tuple[str, ...]
    shops: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    department: str = ""
    what: str = field(default="", compare=False)


ALL_SHOPS = tuple(shop.code for shop in SHOPS)
ALL_BRANDS = ("MZC", "YSX", "HXM")
DEPARTMENTS = (("YY", "运营部"), ("KF", "客服部"), ("CC", "仓储部"), ("CW", "财务部"), ("SP", "商品部"))
PEOPLE = (
    PersonWords("operator", "林小满", ("onsite_operator",), ALL_SHOPS, ALL_BRANDS, "YY", "on-site operator"),
    PersonWords("service", "周南絮", ("customer_service",), ALL_SHOPS, ALL_BRANDS, "KF", "customer service"),
    PersonWords("service2", "何以晴", ("customer_service",), ALL_SHOPS, ALL_BRANDS, "KF", "customer service"),
    PersonWords("aftersales", "苏木禾", ("aftersales",), ALL_SHOPS, ALL_BRANDS, "KF", "after-sales"),
    PersonWords("warehouse", "陈大川", ("warehouse",), ALL_SHOPS, ALL_BRANDS, "CC", "warehouse"),
    PersonWords("finance", "许知数", ("finance",), (), (), "CW", "finance"),
    PersonWords("supervisor", "顾言商", ("product_supervisor",), ALL_SHOPS, ALL_BRANDS, "SP", "product supervisor"),
    PersonWords("manager", "沈望舟", ("operations_manager",), (), (), "YY", "operations manager"),
)  # fmt: skip
