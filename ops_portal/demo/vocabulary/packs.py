"""What suppliers sent lately: whole, half, sent back, entered; and the goods of the sample files."""

from __future__ import annotations

from typing import Final

from catalog.drafts import Block, PackFacts, VariantDraft
from ops_portal.demo.vocabulary.goods import D
from ops_portal.demo.vocabulary.offers import COLOURS
from ops_portal.demo.vocabulary.platforms import BODYCARE, HOSIERY, SNACKS, TOPS

WHOLE, HALF, SENT_BACK, ENTERED = "HXM-YG180", "MZC-CG08", "YSX-MZ09", "YSX-MJ08"
ENTERED_SHOPS: Final = ("DY-YSX", "PDD-SH")
RETURN_REASON: Final = (
    "缺质检报告上的面料成分和6张800×800主图，现有两张是手机实拍带桌面背景。尺寸、克重、条码也请补全后再发。"
)
# Product code: brand, category, name, by what way it came, the sender's number, views of the goods, what is told.
PACKS: Final = {
    WHOLE: ("HXM", SNACKS, "冻干酸奶块 综合水果", "api", "HXM-2026-1187", (0, 1, 2, 3), PackFacts(
        product_code=WHOLE,
        selling_points=("生牛乳发酵，每百克蛋白质12g", "草莓芒果蓝莓三种果粒", "冻干工艺，含在嘴里会化"),
        blocks=(
            Block("description", "酸奶先发酵再冻干，一口酥脆，两秒化开，果粒是酸的，奶是甜的。"),
            Block("material", "生牛乳、草莓、芒果、蓝莓、白砂糖、保加利亚乳杆菌"),
            Block("usage", "开袋即食，开封后请在三天内吃完。"),
            Block("caution", "含乳制品。三岁以下儿童请在成人看护下食用。"),
        ),
        attributes={
            "net": "180g（30g×6袋）", "taste": ["水果味", "奶香"], "licence": "SC10635062118812", "storage": "常温避光",
            "ingredients": "生牛乳、草莓、芒果、蓝莓、白砂糖、保加利亚乳杆菌", "packed": "盒装", "origin": "福建漳州",
        },
        axes=(("规格", ("6袋/盒", "12袋/箱")),),
        variants=(
            VariantDraft(
                {"规格": "6袋/盒"}, sku_code="HXM-YG180-6", barcode="6970001180062", list_price=D("49.90"),
                cost=D("21.50"),
                floor_price=D("31.00"), weight_grams=265, length_mm=220, width_mm=150, height_mm=60,
                packaging="纸盒加气泡袋", shelf_life_days=270, tracks_batches=True,
            ),
            VariantDraft(
                {"规格": "12袋/箱"}, sku_code="HXM-YG180-12", barcode="6970001180123", list_price=D("89.90"),
                cost=D("41.00"), floor_price=D("58.00"), weight_grams=520, length_mm=300, width_mm=220, height_mm=110,
                packaging="五层纸箱", shelf_life_days=270, tracks_batches=True,
            ),
        ),
    )),
    HALF: ("MZC", BODYCARE, "花蜜润色唇膏", "form", "", (0,), PackFacts(
        product_code=HALF,
        selling_points=("淡淡一抹颜色，素颜也有精神",),
        blocks=(Block("description", "含洋甘菊与蜂蜡的润色唇膏，三个日常色。"),),
        attributes={"skin": ["任何肤质"]},
        axes=(("色号", ("#01 蜜桃", "#02 山茶", "#03 无花果")),),
        variants=tuple(
            VariantDraft({"色号": name}, list_price=D("49.00")) for name in ("#01 蜜桃", "#02 山茶", "#03 无花果")
        ),
    )),
    SENT_BACK: ("YSX", HOSIERY, "羊毛混纺针织帽", "file", "YSX-W26-044", (), PackFacts(
        product_code=SENT_BACK,
        selling_points=("羊毛混纺，戴着不扎", "宽罗纹翻边，不挑头型"),
        blocks=(Block("description", "一顶压得住风的帽子，翻边可高可低，配大衣配羽绒都行。"),),
        axes=(("颜色", ("燕麦", "炭灰")),),
        variants=(
            VariantDraft({"颜色": "燕麦"}, list_price=D("89.00")),
            VariantDraft({"颜色": "炭灰"}, list_price=D("89.00")),
        ),
    )),
    ENTERED: ("YSX", TOPS, "轻暖立领棉马甲", "archive", "YSX-W26-051", (0, 1, 3), PackFacts(
        product_code=ENTERED,
        selling_points=("新雪丽填充，轻而不臃肿", "立领挡风，叠穿衬衫卫衣都合适", "隐形拉链口袋，手机不掉"),
        blocks=(
            Block("description", "早晚温差大的那两个月，最顺手的一件。轻到忘记自己穿着它。"),
            Block("material", "面料：聚酰胺纤维100%；填充：聚酯纤维100%（新雪丽）"),
            Block("usage", "按平时上衣尺码选择即可，喜欢叠穿厚卫衣请拍大一码。"),
        ),
        attributes={
            "fabric": "聚酰胺纤维100%", "season": ["秋", "冬"], "fit": "合身", "thickness": "常规", "style": "简约",
            "care": "冷水手洗，不可漂白",
        },
        axes=(("颜色", ("雾蓝", "燕麦")), ("尺码", ("M", "L"))),
        variants=tuple(
            VariantDraft(
                {"颜色": colour, "尺码": size}, sku_code=f"YSX-MJ08-{letter}-{size}", list_price=D("199.00"),
                cost=D("68.00"), floor_price=D("125.00"), weight_grams=360, length_mm=330, width_mm=250, height_mm=60,
            )
            for colour, letter in (("雾蓝", "B"), ("燕麦", "M"))
            for size in ("M", "L")
        ),
    )),
}  # fmt: skip

# The archive for trying: a jacket in four colours and three sizes.
JACKET: Final = "YSX-DR07"
JACKET_NAME: Final = "雾感抓绒立领开衫"
JACKET_COLOURS: Final = {"B": "墨黑", "G": "雾灰", "M": "燕麦", "L": "松绿"}
JACKET_SIZES: Final = ("S", "M", "L")
JACKET_AXES: Final = COLOURS
JACKET_POINTS: Final = "260g双面抓绒，暖而不厚；立领到下巴，挡住早晚的风；双向拉链，坐下不顶肚子"
JACKET_TEXTS: Final = (
    "从地铁口走到公司的十分钟，一件就够。面料外层抗起球，里层是软的，贴着脖子也不扎。",
    "聚酯纤维100%（260g/㎡双面抓绒）",
    "按平时卫衣尺码选择，介于两码之间请选大一码。",
    "深色首次洗涤请单独清洗，勿烘干，勿熨烫绒面。",
)
JACKET_ATTRIBUTES: Final = "面料成分=聚酯纤维100%；版型=合身；厚度=常规；风格=休闲；洗涤方式=冷水机洗，勿烘干"
