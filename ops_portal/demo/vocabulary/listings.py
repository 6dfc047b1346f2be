"""Which shop offers what, how far each listing is, and what colleagues say of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

D = Decimal
# Shop: the products that it offers.
RANGES: Final = {
    "TM-MZC": (
        "MZC-JM120 MZC-SFS150 MZC-JH MZC-MS50 MZC-XZ150 MZC-MM MZC-FS50 MZC-KH MZC-QD MZC-YJ15 MZC-HS MZC-ST250"
        " MZC-TZ-LF"
    ),
    "JD-HXM": (
        "HXM-JG30 HXM-CM60 HXM-MG100 HXM-HT500 HXM-YM1K HXM-ZM27 HXM-OF400 HXM-NR HXM-HTC HXM-YZ600 HXM-ZJ400"
        " HXM-SS300 HXM-MB1K HXM-KF12 HXM-TZ-DLB"
    ),
    "PDD-SH": "HXM-CM60 HXM-MG100 HXM-HTC HXM-YM1K HXM-NR YSX-WZ06 YSX-WY01 YSX-CS04",
    "DY-YSX": "YSX-WY01 YSX-NZ02 YSX-KS03 YSX-CS04 YSX-QZ05 YSX-WZ06",
    "OWN-SH": "MZC-HS MZC-MM HXM-JG30 HXM-YZ600 YSX-NZ02",
    "PDD-HXM": "HXM-MG100 HXM-HTC HXM-NR HXM-JG30",
}
# What a price of the list becomes in a shop.
PRICE_LEVELS: Final = {"PDD-SH": D("0.90"), "OWN-SH": D("0.95"), "PDD-HXM": D("0.90")}
SALE_LEVEL: Final = D("0.85")
ON_SALE: Final = (("TM-MZC", "MZC-MM"), ("TM-MZC", "MZC-HS"), ("JD-HXM", "HXM-JG30"), ("JD-HXM", "HXM-CM60"))
SALE_WORD: Final = "双11囤货价"
SUBMITTED: Final = (("JD-HXM", "HXM-KF12"), ("TM-MZC", "MZC-YJ15"), ("DY-YSX", "YSX-QZ05"))
CHECKED: Final = (("JD-HXM", "HXM-ZM27"), ("PDD-SH", "HXM-YM1K"))
RETURNED: Final = (("TM-MZC", "MZC-QD"), ("PDD-SH", "YSX-CS04"))
DRAFTED: Final = ("OWN-SH", "YSX-NZ02")
CHANGED: Final = ("TM-MZC", "MZC-JH")  # live, with a draft of something else
RESUBMITTED: Final = ("DY-YSX", "YSX-WY01")  # live, with a change that waits for its check
DELISTED: Final = ("JD-HXM", "HXM-SS300")
DELISTED_REASON: Final = "当前批次临期，下架清库存，新批次到仓后再上架"
BELOW_FLOOR: Final = ("PDD-SH", "HXM-YM1K")
BELOW_PRICE: Final = D("29.90")

RETURN_REASONS: Final = {
    "MZC-QD": "主图与色号说明还要补一下，改好直接提交，今天能过。",
    "YSX-CS04": "标题和价格按评论改，面料成分以质检报告为准。",
}
# Product: field, comment.
COMMENTS: Final = {
    "MZC-QD": (
        ("pictures.0.alt", "首图替代文字太笼统，写清是11号还是21号。"),
        ("selling_points.1", "“油皮持妆更久”要有测试依据，没有就写使用感受。"),
        ("skus.1.price", "周会定的是11号169、21号159，这里两色同价，改一下。"),
    ),
    "YSX-CS04": (
        ("title", "标题前13个字先放“通勤衬衫女”，手机端只露这些。"),
        ("attributes.fabric", "质检报告写的是聚酯纤维68.2%，四舍五入后一致，请补报告编号到备注。"),
        ("", "第3张主图和抖店那边重复，换一张平铺图。"),
    ),
}
SAYS_TO_CHECKER: Final = "价格按本周会定的到手价调的，底价以上。主图把平铺图挪到第二张了。"

USAGE: Final = {
    "skincare": "洁面后取适量均匀涂抹于面部，轻拍至吸收。早晚各一次，敏感肌请先在耳后试用。",
    "makeup": "取适量点涂，由内向外轻轻晕开。用后请盖紧。",
    "bodycare": "取适量涂抹于肌肤，轻揉至吸收。沐浴后趁皮肤微润使用更舒服。",
    "tops": "参照尺码表按胸围选择，喜欢宽松可拍大一码。",
    "bottoms": "按腰围与臀围中较大的一项选择尺码，腰臀差大请咨询客服。",
    "hosiery": "均码，适合35至40码的脚。首次穿着前请清水漂洗。",
    "nuts": "开袋即食。独立小包建议当日吃完。",
    "snacks": "开袋即食，开封后请密封并尽快食用。",
    "cereals": "取适量加温水或牛奶冲调，搅匀即可。",
}
CAUTIONS: Final = {
    "cosmetics": "仅供外用，避开眼内与破损皮肤。如有不适请停用。置于阴凉处，儿童勿触及。",
    "apparel": "深浅色请分开洗涤。平铺测量，误差1至3cm属正常。不同屏幕略有色差。",
    "food": "过敏原提示见包装。三岁以下儿童请在成人看护下食用坚果类食品。请于阴凉干燥处保存。",
}
STORIES: Final = {
    "MZC": ("品牌故事", "沐芷澄从一间上海弄堂里的配方室开始，只做看得懂成分的护肤。"),
    "YSX": ("品牌故事", "砚山序的版房在杭州，一条裤子改七次版才上线。"),
    "HXM": ("品牌故事", "禾小蔓和十二家产地合作社一起，把当季的好味道装进小包。"),
}
ASKED = "常见问题"
QUESTIONS: Final = {
    "cosmetics": (ASKED, "问：孕期能用吗？答：建议先咨询医生。问：保质期多久？答：三年，批号见瓶底。"),
    "apparel": (
        "常见问题",
        "问：会缩水吗？答：已做预缩处理，缩率在2%以内。问：不合适能换吗？答：七天无理由，吊牌请保留。",
    ),
    "food": (
        "常见问题",
        "问：日期新鲜吗？答：发近三个月内生产的批次。问：破损怎么办？答：签收48小时内拍照联系客服即补发。",
    ),
}
ALTS: Final = (
    "正面图",
    "组合展示图",
    "细节近景图",
    "卖点说明图",
    "品牌形象图",
    "质检说明图",
    "发货与售后说明图",
)
BAD_TITLE: Final = "砚山序高腰直筒牛仔裤全网最低价销量第一小个子显高遮胯显瘦百搭神裤"
BAD_POINTS: Final = ("绝对显瘦，史上顶级版型", "加微信领优惠券")

# Shop, its code, its title, whose SKU it is by barcode (empty: no barcode).
UNKNOWN_CODES: Final = (
    ("PDD-SH", "PDD-7730016254", "禾小蔓冻干草莓脆 整颗草莓干 儿童零食 60g/袋", "HXM-CM60"),
    ("PDD-SH", "PDD-7730016271", "禾小蔓厚切芒果干100g*2袋 大片果脯", "HXM-MG100"),
    ("PDD-SH", "HXM-HTC-3", "夹心海苔脆40g×3罐装 芝麻味", ""),
    ("PDD-SH", "HXMNR-L", "手撕风干牛肉干 香辣 200g", ""),
    ("PDD-SH", "YSXWY01-B-L", "重磅纯棉圆领卫衣 墨黑 L", ""),
    ("PDD-SH", "YSX-CS04-WM", "垂感通勤衬衫 珍珠白 M", ""),
    ("JD-HXM", "100078203344", "禾小蔓每日坚果混合果仁750g 30包礼盒", "HXM-JG30"),
    ("JD-HXM", "100078203351", "禾小蔓乳酪手撕面包1kg整箱", "HXM-MB1K"),
    ("TM-MZC", "MZC-JH-30ML", "烟酰胺亮肤精华液 30ml", ""),
    ("TM-MZC", "MZCKH03", "丝绒雾面口红 #03 莓果", ""),
    ("DY-YSX", "YSX-NZ02-B-XL(新)", "高腰直筒牛仔裤 复古蓝 XL", ""),
    ("DY-YSX", "DY-GIFT-0601", "直播间专享 随机福袋一份", ""),
)  # fmt: skip
