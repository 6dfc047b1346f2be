"""The rules, sentence by sentence: both scripts, denials, questions, irony."""

from __future__ import annotations

import pytest

from feedback.choices import Channel
from feedback.rulebook import RULE_OF, RULES, SIMPLIFIED
from feedback.rules import classify, reasons, words_found

# (text, what is known beside it, type, topic, priority, whether somebody has to see to it)
SENTENCES = [
    # Somebody may be hurt: at once
    ("用了两天脸上过敏，又红又痒", {"rating": 1}, "aftersales", "quality", "P0", True),
    ("孩子被燙傷了，水壺蓋子突然彈開", {"rating": 1}, "aftersales", "quality", "P0", True),
    ("吃完上吐下泻，全家食物中毒", {}, "aftersales", "quality", "P0", True),
    ("充電的時候冒煙，差點起火", {}, "experience", "quality", "P0", True),
    ("插头漏电，手被电了一下", {}, "experience", "quality", "P0", True),
    ("奶粉喝了拉肚子，已经住院", {"rating": 5}, "experience", "quality", "P0", True),
    # An authority or a court: at once
    ("再不处理我就打12315", {}, "complaint", "other", "P0", True),
    ("已經請律師，準備起訴你們", {}, "complaint", "other", "P0", True),
    ("我要去消协，还要找媒体曝光", {}, "complaint", "other", "P0", True),
    # Counterfeit, expired, spoilt; complaints announced
    ("收到的是假货，条码都扫不出来", {"rating": 1}, "complaint", "quality", "P1", True),
    ("明顯是假貨", {}, "complaint", "quality", "P1", True),
    ("没想到居然是假货", {}, "complaint", "quality", "P1", True),
    ("生产日期是去年的，已经过期了", {"rating": 2}, "aftersales", "quality", "P1", True),
    ("麵包發霉了還賣", {}, "aftersales", "quality", "P1", True),
    ("打开一看有虫子", {}, "experience", "other", "P1", True),
    ("我要投诉你们客服", {}, "complaint", "service", "P1", True),
    ("不給處理就給差評", {}, "experience", "other", "P1", True),
    ("骗子店家", {}, "complaint", "service", "P1", True),
    # After-sales work has to follow
    ("收到就是破损的，要求换货", {"rating": 2}, "aftersales", "policy", "P2", True),
    ("少發了一包，麻煩補發", {}, "aftersales", "logistics", "P2", True),
    ("发错颜色了", {}, "aftersales", "logistics", "P2", True),
    ("洗一次就掉色，起球也嚴重", {"rating": 2}, "aftersales", "quality", "P2", True),
    ("不仅漏液还用不了", {}, "aftersales", "quality", "P2", True),
    ("申请退款三天了没人理", {}, "aftersales", "policy", "P2", True),
    ("买贵了，能不能退差价", {}, "aftersales", "policy", "P2", True),
    # Disappointed, with stars and without
    ("物流太慢了", {"rating": 2}, "experience", "logistics", "P2", True),
    ("客服态度很差，爱理不理", {"rating": 2}, "experience", "attitude", "P2", True),
    ("客服態度惡劣", {}, "complaint", "attitude", "P2", True),
    ("很失望，不推荐", {}, "experience", "other", "P2", True),
    ("不好用", {"is_negative": True}, "experience", "quality", "P2", True),
    ("面料太薄，质量一般般吧真的不行", {"rating": 1}, "experience", "quality", "P1", True),
    ("差", {"rating": 1}, "experience", "other", "P2", True),
    ("一般", {"rating": 3}, "experience", "other", "P3", True),
    # Irony: kind words with bad stars, and words that only mock
    ("真是太好了，等了半个月等来一个空盒子", {"rating": 1}, "experience", "other", "P1", True),
    ("呵呵，服务可真行", {}, "experience", "other", "P2", True),
    ("好一个正品，谢谢你们让我长见识", {"rating": 1}, "experience", "quality", "P1", True),
    ("這質量我也是服了", {}, "experience", "quality", "P2", True),
    ("这也叫真皮吗？", {"rating": 1}, "experience", "other", "P1", True),
    # Denied: it did not happen
    ("没有过敏，很温和", {"rating": 5}, "experience", "quality", "P3", False),
    ("沒有異味，不掉色", {"rating": 5}, "experience", "quality", "P3", False),
    ("包装完好，没有破损", {"rating": 5}, "experience", "logistics", "P3", False),
    ("用了一個月都不會過敏", {"rating": 5}, "experience", "quality", "P3", False),
    ("不是假货，是正品", {"rating": 5}, "experience", "quality", "P3", False),
    ("完全没有出现漏液", {"rating": 4}, "experience", "quality", "P3", False),
    ("从未买到过期的", {"rating": 5}, "experience", "quality", "P3", False),
    ("不用担心过敏", {"rating": 5}, "experience", "quality", "P3", False),
    ("没有发霉也没有变质，新鲜", {"rating": 5}, "experience", "quality", "P3", False),
    ("不失望，值得买", {"rating": 5}, "experience", "other", "P3", False),
    ("一点都不难闻", {"rating": 5}, "experience", "quality", "P3", False),
    # Asked or feared: it has not happened yet
    ("会不会过敏？", {"channel": Channel.QUESTION}, "inquiry", "quality", "P2", True),
    ("孕婦能用嗎?會不會過敏", {}, "inquiry", "quality", "P2", True),
    ("这是假货吗？", {}, "inquiry", "quality", "P2", True),
    ("容易起球嗎？", {}, "inquiry", "quality", "P2", True),
    ("是不是正品", {"channel": Channel.CHAT}, "inquiry", "quality", "P2", True),
    ("请问什么时候发货", {}, "inquiry", "logistics", "P2", True),
    ("身高170选哪個尺碼", {"channel": Channel.QUESTION}, "inquiry", "quality", "P2", True),
    ("發票怎麼開，能不能開公司的", {}, "inquiry", "payment", "P2", True),
    ("M码", {"channel": Channel.QUESTION}, "inquiry", "other", "P2", True),
    # Wishes
    ("建议出个大瓶装", {"rating": 5}, "suggestion", "other", "P3", True),
    ("希望包裝能環保一點", {"rating": 4}, "suggestion", "logistics", "P3", True),
    ("要是能多几个颜色就好了", {}, "suggestion", "quality", "P3", True),
    # Praise and small talk
    ("质量很好，快递也快", {"rating": 5}, "experience", "logistics", "P3", False),
    ("物流很快，包裝仔細", {"rating": 5}, "experience", "logistics", "P3", False),
    ("优惠券很给力", {"is_negative": False}, "experience", "payment", "P3", False),
    ("好吃，會回購", {"rating": 5}, "experience", "quality", "P3", False),
    ("收到了", {}, "experience", "other", "P3", True),  # nobody has judged it: somebody looks
]


@pytest.mark.parametrize(("text", "known", "type_", "topic", "priority", "needs"), SENTENCES)
def test_a_sentence_is_sorted_as_its_reader_would(text, known, type_, topic, priority, needs):
    verdict = classify(text, **known)
    assert (verdict.type, verdict.topic, verdict.priority, verdict.needs_somebody) == (
        type_,
        topic,
        priority,
        needs,
    ), verdict.why


def test_there_are_at_least_60_sentences_and_each_rule_with_words_is_met_by_one():
    assert len(SENTENCES) >= 60
    met = {code for text, *_ in SENTENCES for code in words_found(text)}
    assert {rule.code for rule in RULES if rule.words} - met == set()


@pytest.mark.parametrize("text", ["", "  \n", "此用户没有填写评价。", "此用戶沒有填寫評價", "系统默认好评"])
def test_nothing_said_is_empty_and_waits_for_nobody(text):
    verdict = classify(text, rating=5)
    assert (verdict.mark, verdict.needs_somebody, verdict.why) == ("empty", False, ("empty",))


def test_a_text_in_traditional_characters_is_read_like_its_simplified_twin():
    for text, known, *_ in SENTENCES:
        twin = text.translate(SIMPLIFIED)
        assert classify(text, **known)[:3] == classify(twin, **known)[:3], text


def test_the_answer_to_why_names_3_rules_and_the_words_as_they_were_written():
    verdict = classify("孩子被燙傷了", rating=1)
    assert verdict.why == ("injury:燙傷", "aftersales:燙傷", "quality:燙傷")
    assert [(reason.rule.code, reason.words) for reason in reasons(verdict.why)] == [
        ("injury", ("燙傷",)),
        ("aftersales", ("燙傷",)),
        ("quality", ("燙傷",)),
    ]


def test_no_code_stands_twice_and_every_value_is_one_of_its_field():
    assert len(RULE_OF) == len(RULES)
    assert all(rule.why for rule in RULES)


def test_a_text_without_end_is_read_too():
    assert classify("好" * 100_000 + "过敏").priority == "P0"


@pytest.mark.parametrize(
    "text", ["用了两天下巴红肿，医生说停用", "吃完拉肚子，不知道是不是它的问题", "吃出一根头发丝，恶心"]
)
def test_what_goods_do_to_people_is_a_question_of_their_quality(text):
    assert classify(text, rating=1).topic == "quality"
