"""What platforms ask of goods: their categories, attributes, fees; words that sell and words that may not be said."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ops_portal.demo.vocabulary.goods import APPAREL, COSMETICS, FOOD

D = Decimal
SKINCARE, MAKEUP, BODYCARE = "skincare", "makeup", "bodycare"
TOPS, BOTTOMS, HOSIERY = "tops", "bottoms", "hosiery"
NUTS, SNACKS, CEREALS = "nuts", "snacks", "cereals"
# Code: name, the category above it.
SHELVES: Final = {
    SKINCARE: ("面部护肤", COSMETICS), MAKEUP: ("彩妆", COSMETICS), BODYCARE: ("身体护理", COSMETICS),
    TOPS: ("上装", APPAREL), BOTTOMS: ("裤装裙装", APPAREL), HOSIERY: ("袜品配饰", APPAREL),
    NUTS: ("坚果炒货", FOOD), SNACKS: ("休闲零食", FOOD), CEREALS: ("冲调谷物", FOOD),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttributeWords:
    """A fact that goods of a category tell of themselves."""

    code: str
    name: str
    kind: str
    options: tuple[str, ...] = ()
    unit: str = ""


A = AttributeWords
EFFECTS = ("清洁", "保湿", "舒缓", "修护", "滋养", "提亮肤色", "紧致", "防晒", "美化修饰")
ATTRIBUTES: Final = {
    COSMETICS: (
        A("net", "净含量", "text"),
        A("skin", "适用肤质", "choices", ("干性", "油性", "混合性", "中性", "敏感性", "任何肤质")),
        A("effect", "功效", "choices", EFFECTS),
        A("texture", "质地", "choice", ("乳液", "霜状", "水状", "油状", "膜状", "膏状", "粉状")),
        A("filing", "备案编号", "text"),
        A("opened", "开封后可用", "number", unit="个月"),
        A("origin", "产地", "text"),
    ),
    APPAREL: (
        A("fabric", "面料成分", "text"),
        A("season", "适用季节", "choices", ("春", "夏", "秋", "冬")),
        A("fit", "版型", "choice", ("修身", "合身", "宽松", "直筒", "A字")),
        A("thickness", "厚度", "choice", ("薄款", "常规", "加厚")),
        A("style", "风格", "choice", ("通勤", "休闲", "简约", "复古")),
        A("care", "洗涤方式", "text"),
        A("origin", "产地", "text"),
    ),
    FOOD: (
        A("net", "净含量", "text"),
        A("taste", "口味", "choices", ("原味", "香辣", "奶香", "蜂蜜", "桂花", "海苔", "水果味", "无糖")),
        A("ingredients", "配料表", "text"),
        A("licence", "生产许可证编号", "text"),
        A("storage", "贮存方式", "choice", ("常温避光", "阴凉干燥处密封", "冷藏")),
        A("packed", "包装方式", "choice", ("袋装", "罐装", "盒装", "箱装")),
        A("origin", "产地", "text"),
    ),
}  # fmt: skip
# What each platform requires of the goods of our categories; the rest it merely asks for.
REQUIRED: Final = {
    "tmall": {
        COSMETICS: "net skin effect filing", APPAREL: "fabric season fit", FOOD: "net ingredients licence storage",
    },
    "jd": {
        COSMETICS: "net effect filing", APPAREL: "fabric season thickness", FOOD: "net ingredients licence packed",
    },
    "pinduoduo": {COSMETICS: "net filing", APPAREL: "fabric thickness", FOOD: "net licence storage"},
    "douyin": {COSMETICS: "net skin filing", APPAREL: "fabric fit style", FOOD: "net ingredients licence"},
}  # fmt: skip
# What platforms call our attributes where they have a name of their own.
CALLED: Final = {
    ("tmall", "fabric"): "材质成分", ("jd", "fabric"): "面料材质", ("tmall", "filing"): "化妆品备案编号/注册证号",
    ("pinduoduo", "storage"): "储藏方法", ("douyin", "licence"): "SC证号", ("jd", "packed"): "包装形式",
    ("tmall", "season"): "适用季节", ("douyin", "style"): "服装风格", ("pinduoduo", "net"): "净含量(规格)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleWords:
    """What a platform asks of every listing: bytes of the title, main pictures, pixels, bytes of a picture."""

    title_bytes: int
    images: int
    pixels: int
    most_bytes: int


MIB: Final = 1_048_576
RULES: Final = {
    "tmall": RuleWords(60, 5, 800, 3 * MIB),
    "jd": RuleWords(90, 6, 800, MIB),
    "pinduoduo": RuleWords(60, 6, 480, 3 * MIB),
    "douyin": RuleWords(60, 5, 600, 5 * MIB),
}
# Our category, platform: the platform's code, its path, its fee as a share of the price.
PLATFORM_CATEGORIES: Final = {
    (SKINCARE, "tmall"): ("50011977", "美容护肤/美体/精油 > 面部护理套装与单品", D("0.0400")),
    (MAKEUP, "tmall"): ("50010788", "彩妆/香水/美妆工具 > 唇部与底妆", D("0.0400")),
    (BODYCARE, "tmall"): ("50011990", "美容护肤/美体/精油 > 身体与手部护理", D("0.0400")),
    (TOPS, "tmall"): ("50008897", "女装/女士精品 > 卫衣衬衫针织", D("0.0500")),
    (BOTTOMS, "tmall"): ("162205", "女装/女士精品 > 牛仔裤半身裙", D("0.0500")),
    (HOSIERY, "tmall"): ("50006846", "女士内衣/家居服 > 短袜中筒袜", D("0.0500")),
    (NUTS, "tmall"): ("50012981", "零食/坚果/特产 > 混合坚果炒货", D("0.0200")),
    (SNACKS, "tmall"): ("50008613", "零食/坚果/特产 > 果干肉脯糕点", D("0.0200")),
    (CEREALS, "tmall"): ("50009837", "咖啡/麦片/冲饮 > 谷物冲调", D("0.0200")),
    (SKINCARE, "jd"): ("1316-1381-1391", "美妆护肤 > 面部护肤 > 精华面霜", D("0.0500")),
    (MAKEUP, "jd"): ("1316-1387-1425", "美妆护肤 > 香水彩妆 > 口红气垫", D("0.0500")),
    (BODYCARE, "jd"): ("16750-16751-16756", "个人护理 > 身体护理 > 身体乳护手霜", D("0.0500")),
    (TOPS, "jd"): ("1315-1343-9710", "服饰内衣 > 女装 > 卫衣衬衫", D("0.0800")),
    (BOTTOMS, "jd"): ("1315-1343-9715", "服饰内衣 > 女装 > 牛仔裤半身裙", D("0.0800")),
    (HOSIERY, "jd"): ("1315-1345-9744", "服饰内衣 > 内衣 > 休闲棉袜", D("0.0800")),
    (NUTS, "jd"): ("1320-1583-1591", "食品饮料 > 休闲食品 > 坚果炒货", D("0.0300")),
    (SNACKS, "jd"): ("1320-1583-1592", "食品饮料 > 休闲食品 > 蜜饯果干肉干", D("0.0300")),
    (CEREALS, "jd"): ("1320-1585-9434", "食品饮料 > 饮料冲调 > 冲饮谷物", D("0.0300")),
    (SKINCARE, "pinduoduo"): ("18637", "美容护肤 > 面部护理", D("0.0060")),
    (MAKEUP, "pinduoduo"): ("18814", "彩妆 > 唇妆底妆", D("0.0060")),
    (BODYCARE, "pinduoduo"): ("18702", "美容护肤 > 身体护理", D("0.0060")),
    (TOPS, "pinduoduo"): ("8439", "女装 > 卫衣/针织/衬衫", D("0.0060")),
    (BOTTOMS, "pinduoduo"): ("8441", "女装 > 牛仔裤/半身裙", D("0.0060")),
    (HOSIERY, "pinduoduo"): ("9024", "内衣裤袜 > 中筒袜", D("0.0060")),
    (NUTS, "pinduoduo"): ("6400", "零食/坚果/特产 > 坚果炒货", D("0.0060")),
    (SNACKS, "pinduoduo"): ("6402", "零食/坚果/特产 > 果干/肉干/糕点", D("0.0060")),
    (CEREALS, "pinduoduo"): ("6587", "咖啡/麦片/冲饮 > 麦片谷物", D("0.0060")),
    (SKINCARE, "douyin"): ("20117-27044", "美妆 > 面部护肤", D("0.0500")),
    (MAKEUP, "douyin"): ("20117-27112", "美妆 > 彩妆香水", D("0.0500")),
    (BODYCARE, "douyin"): ("20135-27203", "个护家清 > 身体护理", D("0.0500")),
    (TOPS, "douyin"): ("20000-20100", "女装 > 卫衣毛衫衬衫", D("0.0500")),
    (BOTTOMS, "douyin"): ("20000-20104", "女装 > 裤装半裙", D("0.0500")),
    (HOSIERY, "douyin"): ("20005-20288", "内衣袜品 > 棉袜", D("0.0500")),
    (NUTS, "douyin"): ("20056-25611", "零食坚果 > 坚果炒货", D("0.0200")),
    (SNACKS, "douyin"): ("20056-25630", "零食坚果 > 果干肉干糕点", D("0.0200")),
    (CEREALS, "douyin"): ("20060-25702", "冲调饮品 > 麦片藕粉茶饮", D("0.0200")),
}  # fmt: skip
# Of shops, where no category has a fee of its own.
SHOP_FEES: Final = {
    "tmall": D("0.05"),
    "jd": D("0.06"),
    "pinduoduo": D("0.006"),
    "douyin": D("0.05"),
    "own": D("0.006"),
}

LAW = "《广告法》第九条：不得使用绝对化用语"
CARE = "化妆品不得明示或者暗示医疗作用"
EATS = "普通食品不得宣传保健、治疗功能"
AWAY = "平台规则：不得引导到站外交易"
OTHER = "平台规则：不得提及其他平台"
# Word, platform (empty: everywhere), gravity, reason, what to say instead.
PROHIBITED: Final = (
    ("最佳", "", "blocks", LAW, "优选"), ("最好", "", "blocks", LAW, "好用"), ("最低价", "", "blocks", LAW, "到手价"),
    ("全网最低", "", "blocks", LAW, "限时优惠"), ("第一品牌", "", "blocks", LAW, ""),
    ("销量第一", "", "blocks", LAW, "热销"), ("排名第一", "", "blocks", LAW, ""), ("唯一", "", "blocks", LAW, "特有"),
    ("独一无二", "", "blocks", LAW, "别致"), ("国家级", "", "blocks", LAW, ""), ("世界级", "", "blocks", LAW, ""),
    ("顶级", "", "blocks", LAW, "高品质"), ("极品", "", "blocks", LAW, "精选"), ("极致", "", "blocks", LAW, "用心"),
    ("绝对", "", "blocks", LAW, ""), ("永久", "", "blocks", LAW, "持久"), ("万能", "", "blocks", LAW, "百搭"),
    ("100%有效", "", "blocks", LAW, ""), ("史无前例", "", "blocks", LAW, ""), ("国家免检", "", "blocks", LAW, ""),
    ("首选", "", "warns", LAW, "之选"), ("王牌", "", "warns", "易被判为绝对化用语", "人气"),
    ("爆款", "", "warns", "无销量依据时易被判虚假宣传", "人气款"), ("纯天然", "", "warns", "需提供依据", "植物来源"),
    ("药妆", "", "blocks", CARE, ""), ("医学护肤", "", "blocks", CARE, "敏感肌护肤"),
    ("祛斑", "", "blocks", "祛斑美白属特殊化妆品，需注册证", "提亮肤色"), ("祛痘", "", "blocks", CARE, "清爽控油"),
    ("抗过敏", "", "blocks", CARE, "温和"), ("减肥", "", "blocks", EATS, "轻食"), ("降血糖", "", "blocks", EATS, ""),
    ("加微信", "", "blocks", AWAY, "联系客服"), ("扫码领", "", "warns", AWAY, "下单即享"),
    ("天猫同款", "jd", "blocks", OTHER, ""), ("京东自营", "pinduoduo", "blocks", OTHER, ""),
    ("直播间同价", "tmall", "warns", OTHER, ""), ("秒杀价", "douyin", "warns", "需与活动报名价一致", "活动价"),
)  # fmt: skip
WHAT, LONG, NAME = "product", "long_tail", "brand"
# Our category: word, kind, searches a month, competing listings.
KEYWORDS: Final = {
    SKINCARE: (
        ("保湿", WHAT, 412000, 96000), ("敏感肌护肤", LONG, 98400, 21500), ("氨基酸洁面乳", WHAT, 132600, 34800),
        ("爽肤水", WHAT, 121000, 41200), ("烟酰胺精华", WHAT, 87500, 18600), ("修护面霜", WHAT, 65300, 15400),
        ("补水面膜", WHAT, 156800, 52300), ("卸妆油", WHAT, 143200, 28900), ("防晒乳", WHAT, 118700, 36100),
        ("眼部精华", WHAT, 54200, 12700), ("学生党平价护肤", LONG, 32100, 8800), ("沐芷澄", NAME, 18600, 42),
    ),
    MAKEUP: (
        ("口红", WHAT, 386000, 87000), ("丝绒口红", WHAT, 61200, 9400), ("显白口红", LONG, 74300, 13100),
        ("气垫", WHAT, 197000, 26800), ("油皮气垫", LONG, 42800, 5200), ("持妆", WHAT, 58800, 17600),
    ),
    BODYCARE: (
        ("护手霜", WHAT, 167000, 33500), ("身体乳", WHAT, 203000, 38700), ("留香", WHAT, 46100, 9800),
        ("秋冬滋润", LONG, 38900, 7300), ("小样便携", LONG, 12400, 3100),
    ),
    TOPS: (
        ("卫衣女", WHAT, 356000, 142000), ("重磅卫衣", WHAT, 72300, 11900), ("羊毛开衫", WHAT, 83100, 21700),
        ("V领针织", LONG, 31500, 9900), ("衬衫女", WHAT, 228000, 97000), ("通勤衬衫", LONG, 45600, 12300),
        ("宽松显瘦", LONG, 121000, 76500), ("砚山序", NAME, 9800, 35),
    ),
    BOTTOMS: (
        ("牛仔裤女", WHAT, 298000, 123000), ("高腰直筒", WHAT, 134000, 48200), ("半身裙", WHAT, 187000, 71400),
        ("A字裙", WHAT, 66700, 18300), ("小个子显高", LONG, 57900, 20800), ("遮胯", LONG, 41200, 11700),
    ),
    HOSIERY: (
        ("中筒袜", WHAT, 92600, 24100), ("纯棉袜", WHAT, 108000, 31600), ("吸汗防臭", LONG, 63400, 19200),
        ("三双装", LONG, 8600, 4200),
    ),
    NUTS: (
        ("每日坚果", WHAT, 214000, 27300), ("混合果仁", WHAT, 48700, 9100), ("山核桃", WHAT, 76900, 13800),
        ("孕妇零食", LONG, 39500, 10600), ("独立小包", LONG, 28800, 8700), ("禾小蔓", NAME, 12300, 58),
    ),
    SNACKS: (
        ("冻干草莓", WHAT, 57600, 8900), ("芒果干", WHAT, 88400, 17200), ("牛肉干", WHAT, 176000, 36900),
        ("海苔", WHAT, 94100, 15800), ("手撕面包", WHAT, 82700, 14300), ("芝麻酥", WHAT, 21800, 5600),
        ("办公室零食", LONG, 133000, 54000), ("追剧零食", LONG, 46800, 22700),
    ),
    CEREALS: (
        ("燕麦片", WHAT, 189000, 29700), ("黑芝麻丸", WHAT, 102000, 11200), ("藕粉羹", WHAT, 61900, 7800),
        ("柚子茶", WHAT, 53200, 9600), ("黑咖啡", WHAT, 167000, 25400), ("代餐早餐", LONG, 71500, 28600),
        ("无添加蔗糖", LONG, 36700, 9300),
    ),
}  # fmt: skip
