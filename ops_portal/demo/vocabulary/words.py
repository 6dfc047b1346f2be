"""What buyers write on their orders and what the agency writes into its papers."""

from __future__ import annotations

REMARKS = (
    "发顺丰", "不要放丰巢", "发顺丰，邮费补差价", "不要放丰巢，送货上门", "送货前请电话联系", "工作日送，周末没人收",
    "放门卫就行", "送人的，不要放价格单", "尽快发货，急用", "包装严实一点，上次压坏了", "请放代写贺卡：生日快乐",
    "尺码拿不准，178/70穿L可以吗", "多给两个小样，谢谢", "别发韵达", "晚两天发，出差",
    "地址改成公司前台", "麻烦拍个发货视频",
)  # fmt: skip

UNPAID_REASON = "超时未付款，系统关闭"
BACK_BEFORE_REASON = "买家未发货仅退款"
CANCEL_REASONS = {"before": BACK_BEFORE_REASON, "intercept": "买家申请退款，快递拦截退回"}

# Why goods come back: (reason, who answers for it, weight, what the buyer says), by category.
CASE_WORDS: dict[str, tuple[tuple[str, str, int, tuple[str, ...]], ...]] = {
    "apparel": (
        ("changed_mind", "buyer", 58,
         ("尺码不合适，偏大", "上身效果不喜欢", "买了两个尺码，退一个", "腰围小了，换不了就退")),
        ("not_as_described", "brand", 20, ("有色差，跟图片不一样", "面料比想象的薄", "版型和模特图差太多")),
        ("quality", "brand", 13, ("袖口脱线", "洗了一次就起球", "拉链是坏的")),
        ("wrong_item", "warehouse", 5, ("发错颜色了，我要的是雾灰", "尺码发错，拍的M来的L")),
        ("late", "agency", 4, ("等太久了，不想要了",)),
    ),
    "cosmetics": (
        ("changed_mind", "buyer", 30, ("还没拆封，不想要了", "色号不适合我")),
        ("quality", "brand", 34, ("用了两天脸上泛红", "质地跟之前买的不一样", "泵头按不出来")),
        ("damaged", "carrier", 26, ("盒子压扁了，瓶身有裂", "快递摔的，漏了半瓶")),
        ("missing", "warehouse", 10, ("赠品没发", "两件只收到一件")),
    ),
    "food": (
        ("damaged", "carrier", 48, ("碎成渣了没法吃", "罐子瘪了，密封开了")),
        ("quality", "brand", 32, ("坚果有哈喇味", "吃出一根头发", "面包到手就发霉")),
        ("missing", "warehouse", 20, ("少发一袋", "试吃装没放")),
    ),
}  # fmt: skip
DEFECT_WORDS = ("泵头漏液，盒子里全是精华", "这批有股刺鼻味，不敢上脸", "漏了三分之一，味道也不对")
REJECT_WORDS = ("超过七天且已拆封使用，不支持无理由退货", "照片未见质量问题，已与买家沟通")
WITHDRAW_WORDS = ("买家撤销：穿着还行，不退了", "买家撤销：补差价后保留商品")
REWORK_WORDS = ("吊牌缺失，需补吊牌重新熨烫", "外盒破损，换盒后可售")
