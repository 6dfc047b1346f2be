"""The table of rules by which feedback is screened and sorted, in words that people can read and change.

Words stand in simplified characters; a text in traditional ones is read as if it were simplified.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.utils.translation import gettext_lazy as _

from feedback.choices import ItemType, Mark, Priority, Topic

Decides = Literal["type", "topic", "priority", "screening"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: where ``words`` stand in a text (or ``why`` holds), it is ``value``."""

    code: str
    decides: Decides
    value: str
    why: Any
    words: tuple[str, ...] = field(default=())


def _rule(code: str, decides: Decides, value: str, why: Any, words: str = "") -> Rule:
    return Rule(code, decides, value, why, tuple(words.split()))


T, P = ItemType, Priority
# Of each decision the first rule that applies; of topics the one with the most words, and then the first.
RULES: Final[tuple[Rule, ...]] = (
    # What needs nobody
    _rule(
        "empty",
        "screening",
        Mark.EMPTY,
        _("There is no text, or only what the platform puts in for none."),
    ),
    _rule(
        "duplicate",
        "screening",
        Mark.DUPLICATE,
        _("The same words stand in an earlier item of the same shop and brand."),
    ),
    _rule(
        "history",
        "screening",
        "recorded",
        _(
            "It was more than 30 days old when it came in, or came as history, or its file does not say"
            " when it was written."
        ),
    ),
    _rule(
        "praise",
        "screening",
        "recorded",
        _("Four stars or more, or judged good, without a question, a wish or a fault."),
    ),
    # Priority
    _rule(
        "injury",
        "priority",
        P.P0,
        _("Somebody may be hurt or ill."),
        "过敏 烫伤 灼伤 食物中毒 中毒 上吐下泻 拉肚子 腹泻 呕吐 进医院 住院 急诊 去医院 受伤 划伤 "
        "割伤 触电 漏电 起火 着火 自燃 冒烟 爆炸 窒息 烂脸 毁容 红肿 起疹 起红疹 溃烂 吃坏",
    ),
    _rule(
        "authority",
        "priority",
        P.P0,
        _("An authority, a court or the press is named."),
        "12315 12345 起诉 律师 法院 消协 消费者协会 工商局 工商部门 市场监管 市监局 药监局 报警 曝光 "
        "媒体 记者 立案 仲裁",
    ),
    _rule(
        "counterfeit",
        "priority",
        P.P1,
        _("The goods are called counterfeit, expired or spoilt."),
        "假货 假的 假冒 冒牌 山寨货 高仿 仿品 过期 变质 发霉 长毛 发臭 生虫 有虫 虫子 异物 头发丝 "
        "二手货 翻新机",
    ),
    _rule(
        "threat",
        "priority",
        P.P1,
        _("A complaint or a bad review is announced."),
        "投诉 举报 维权 差评 骗子 欺诈 诈骗 骗钱 黑店 虚假宣传 平台介入 申请介入",
    ),
    _rule(
        "one_star",
        "priority",
        P.P1,
        _("One star, and more than a few words."),
    ),
    _rule(
        "fault",
        "priority",
        P.P2,
        _("After-sales work has to follow."),
    ),
    _rule(
        "negative",
        "priority",
        P.P2,
        _("Two stars or fewer, judged bad, or plainly disappointed."),
        "太差 很差 极差 好差 真差 差劲 垃圾 失望 难用 难吃 难闻 难看 难喝 后悔 不满意 不好用 不好吃 "
        "不推荐 不值 坑人 被坑 上当 烂货 太烂 劣质 鸡肋 无语 呵呵 真行 服了 敷衍 忽悠 智商税 受不了 "
        "气死 恶心 踩雷 别买 不会再买 再也不买 不会回购",
    ),
    _rule(
        "asks",
        "priority",
        P.P2,
        _("Whoever asks before buying won't wait long."),
    ),
    _rule(
        "later",
        "priority",
        P.P3,
        _("Nothing presses."),
    ),
    # Type
    _rule(
        "complains",
        "type",
        T.COMPLAINT,
        _("Says that he complains, sues, or was cheated."),
        "投诉 举报 12315 12345 起诉 律师 法院 消协 消费者协会 工商局 工商部门 市场监管 市监局 维权 "
        "曝光 报警 骗子 欺诈 诈骗 骗钱 黑店 假货 假冒 冒牌 虚假宣传 态度恶劣 态度极差 骂人 平台介入 "
        "申请介入 给个说法 给我说法 讨说法",
    ),
    _rule(
        "aftersales",
        "type",
        T.AFTERSALES,
        _("Names a fault, a wrong delivery, or what after-sales does."),
        "退货 退款 换货 退换 退钱 退回 补发 漏发 少发 发错 错发 少件 缺件 少了一 破损 破了 碎了 摔坏 "
        "压坏 变形 漏液 漏水 漏油 漏了 坏了 坏的 用不了 不能用 开不了机 充不进 充不上 维修 保修 返修 "
        "返厂 质量问题 开裂 裂开 裂了 脱线 开线 掉色 褪色 起球 缩水 脱胶 开胶 掉漆 生锈 断了 过敏 "
        "烫伤 中毒 过期 变质 发霉 差价",
    ),
    _rule(
        "wishes",
        "type",
        T.SUGGESTION,
        _("Says how it could be better."),
        "建议 希望 要是能 如果能 要是有 如果有 最好能 最好有 可以改进 改进 改善 能不能出 期待 不妨 "
        "应该加 应该改",
    ),
    _rule(
        "question_channel",
        "type",
        T.INQUIRY,
        _("It was asked on the product page."),
    ),
    _rule(
        "asks_something",
        "type",
        T.INQUIRY,
        _("Asks something."),
        "请问 怎么用 怎么吃 怎么退 怎么选 怎么安装 怎么洗 如何 什么时候 啥时候 多久 多长时间 几天能 "
        "哪个好 选哪 有没有 会不会 是不是 能不能 可不可以 可以吗 有吗 能用吗 好吗 对吗 是吗 多少钱 "
        "在哪里 吗？ 吗? 呢？ 呢?",
    ),
    _rule(
        "experience",
        "type",
        T.EXPERIENCE,
        _("Tells how it is; nothing else was found."),
    ),
    # Topic
    _rule(
        "attitude",
        "topic",
        Topic.ATTITUDE,
        _("About how customer service behaves."),
        "态度 不耐烦 爱理不理 爱搭不理 骂人 敷衍 怼人 服务差 服务很差 服务太差 没礼貌 阴阳怪气 "
        "已读不回 傲慢 推诿 踢皮球",
    ),
    _rule(
        "policy",
        "topic",
        Topic.POLICY,
        _("About the rules of returns, refunds and warranty."),
        "退货 退款 换货 退换 七天无理由 7天无理由 无理由 运费险 保修 质保 三包 售后 不给退 不让退 "
        "拒绝退 保价 价保 差价 仅退款 维修",
    ),
    _rule(
        "payment",
        "topic",
        Topic.PAYMENT,
        _("About paying, discounts and invoices."),
        "付款 支付 付不了 扣款 扣钱 多扣 重复扣 支付宝 微信支付 花呗 白条 优惠券 红包 满减 发票 开票 "
        "定金 尾款 到账 降价 涨价",
    ),
    _rule(
        "logistics",
        "topic",
        Topic.LOGISTICS,
        _("About parcels and couriers."),
        "快递 物流 发货 送货 配送 包裹 派送 驿站 丰巢 快递员 顺丰 中通 圆通 申通 韵达 邮政 京东物流 "
        "签收 运输 包装 压坏 摔坏 破损 丢件 漏发 少发 发错 催发货 没收到 还没到 未收到 迟迟",
    ),
    _rule(
        "service",
        "topic",
        Topic.SERVICE,
        _("About customer service."),
        "客服 没人理 不理人 不回复 没回复 不回消息 联系不上 回复慢 机器人 人工 咨询 店家 卖家",
    ),
    _rule(
        "quality",
        "topic",
        Topic.QUALITY,
        _("About the goods themselves."),
        "质量 做工 材质 面料 手感 味道 气味 异味 口感 颜色 色差 尺码 尺寸 大小 效果 保质期 生产日期 "
        "过敏 烫伤 中毒 过期 变质 发霉 假货 正品 掉色 起球 缩水 开裂 脱线 坏了 漏液 漏水 漏油 不好用 "
        "不好吃 好用 好吃 难吃 难闻 难用 卡顿 续航 噪音 声音大 甲醛 新鲜 用不了 冒烟 漏电 起火 爆炸"
        " 红肿 起疹 起红疹 刺痛 烂脸 拉肚子 腹泻 上吐下泻 虫子 异物 头发丝",
    ),
    _rule(
        "other",
        "topic",
        Topic.OTHER,
        _("None of the words of a topic was found."),
    ),
)
RULE_OF: Final = {rule.code: rule for rule in RULES}

# Traditional characters of the words and guards above, and what they are read as.
_TRADITIONAL: Final = (
    "過过燙烫傷伤灼灼進进醫医診诊劃划觸触電电煙烟毀毁腫肿潰溃爛烂壞坏訴诉師师協协費费會会門门場场監监藥药報报體体記记"
    "貨货輿舆裝装偽伪變变黴霉蟲虫異异頭头髮发絲丝機机舉举權权評评騙骗詐诈虛虚請请難难聞闻後后悔悔滿满買买購购氣气噁恶惡恶"
    "喪丧說说討讨給给個个發发錢钱換换補补錯错損损壓压碎碎摔摔漏漏開开脫脱線线縮缩膠胶鏽锈銹锈斷断維维質质褪褪產产議议"
    "應应該该請请麼么樣样啥啥幾几選选裡里裏里嗎吗態态務务愛爱搭搭罵骂敷敷煩烦禮礼陰阴陽阳讀读諉诿遞递館馆豐丰員员順顺"
    "圓圆韻韵遲迟遲迟簽签運运輸输達达迟迟驛驿優优惠惠紅红減减發发額额訂订銀银賬账帳账漲涨價价險险無无從从沒没別别擔担"
    "萬万紙纸舊旧賣卖譽誉業业們们這这為为廣广檢检測测實实溫温熱热涼凉淚泪顏颜鮮鲜聲声響响續续鬆松緊紧臟脏髒脏點点與与"
    "還还對对長长間间時时讓让於于將将帶带轉转傳传單单應应廠厂總总歡欢淨净掃扫濕湿"
    "絕绝銷销處处罰罚寫写標标誤误殘残碼码設设計计樂乐嚴严閃闪鐘钟兩两雙双團团葉叶濃浓燒烧癢痒疹疹疊叠噪噪聯联繫系係系"
    "戶户蟎螨霧雾黃黄齒齿鹼碱鹽盐飯饭餅饼飲饮訂订貴贵贈赠賠赔資资質质貼贴軟软輕轻較较"
)
SIMPLIFIED: Final = str.maketrans(
    {_TRADITIONAL[place]: _TRADITIONAL[place + 1] for place in range(0, len(_TRADITIONAL), 2)}
)

# The other way round, for those who read the table: of several characters the one that the words mean.
_SHOWN: Final[dict[int, Any]] = {
    **{ord(_TRADITIONAL[place + 1]): _TRADITIONAL[place] for place in range(0, len(_TRADITIONAL), 2)},
    **str.maketrans("锈账迟发恶系里怼荐复", "鏽賬遲發惡繫裡懟薦覆"),
}
_SHOWN_WHOLE: Final = {"头发丝": "頭髮絲", "恶心": "噁心"}


def traditional(word: str) -> str:
    """Return a word of the table in traditional characters."""
    return _SHOWN_WHOLE.get(word) or word.translate(_SHOWN)


# What platforms put in where the customer wrote nothing.
NO_TEXT: Final = frozenset(
    {
        "nan",
        "none",
        "null",
        "买家没有填写评价内容",
        "无",
        "暂无评价",
        "此用户未填写评价",
        "此用户未填写评价内容",
        "此用户没有填写评价",
        "此用户没有填写评价!",
        "此用户没有填写评价。",
        "此用户没有填写评价！",
        "用户未填写评价内容",
        "系统默认好评",
        "系统默认好评!",
        "系统默认好评！",
        "评价方未及时做出评价,系统默认好评!",
        "评价方未及时做出评价，系统默认好评！",
        "该用户未填写评价",
        "该用户没有填写评价",
        "默认好评",
    }
)
