"""Files of keywords and of prohibited words: in, in again, and taken back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.models import Category, Keyword, ProhibitedWord
from ops_portal.intake.kinds import Options, kind_of
from ops_portal.intake.operations.undoing import undo_runs
from ops_portal.intake.running import import_file, prepare
from tests.factories import ACTOR, NOON

pytestmark = pytest.mark.django_db
KEYWORDS = """关键词,平台,类目编码,词类,月搜索量,竞品数
绿茶,天猫,tea,产品词,12000,3400
明前龙井绿茶,,tea,长尾词,800,
,天猫,tea,产品词,1,1
红茶,亚马逊,tea,产品词,1,1
白茶,天猫,nothing,产品词,1,1
黑茶,天猫,tea,产品词,many,1
"""
WORDS = """极限词,平台,级别,原因,建议用词
最佳,,禁用,广告法第九条,优选
赠品,京东,提醒,,
"""


def sent(tmp_path, kind, text, encoding="utf-8"):
    path = tmp_path / f"{kind}.csv"
    path.write_text(text, encoding)
    return import_file(prepare(kind_of(kind), path, Options()), actor=ACTOR)


def test_a_file_of_keywords_brings_two_words_and_names_the_four_rows_that_bring_none(tmp_path):
    Category.objects.create(code="tea", name="Tea")
    Keyword.objects.create(word="绿茶", platform="tmall", category=Category.objects.get(), updated_at=NOON)
    run = sent(tmp_path, "catalog.keywords", KEYWORDS)
    rows = Keyword.objects.order_by("word").values_list("word", "platform", "kind", "searches", "competition")
    assert set(rows) == {
        ("绿茶", "tmall", "product", 12000, 3400),
        ("明前龙井绿茶", "", "long_tail", 800, None),
    }
    assert sorted(run.rejected_rows.values_list("row_number", "code")) == [
        (4, "value_missing"),
        (5, "unknown_choice"),
        (6, "unknown_choice"),
        (7, "unreadable"),
    ]
    assert (run.created, run.updated) == (1, 1)
    undo_runs([run.pk], actor=ACTOR, at=timezone.now()).one()
    assert list(Keyword.objects.values_list("word", "searches")) == [("绿茶", None)]


def test_a_file_of_prohibited_words_comes_in_gbk_and_again_changes_nothing(tmp_path):
    run = sent(tmp_path, "catalog.prohibited_words", WORDS, "gb18030")
    rows = ProhibitedWord.objects.order_by("pk").values_list(
        "word", "platform", "gravity", "reason", "better"
    )
    assert set(rows) == {("最佳", "", "blocks", "广告法第九条", "优选"), ("赠品", "jd", "warns", "", "")}
    again = sent(tmp_path, "catalog.prohibited_words", WORDS + "\n")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    ProhibitedWord.objects.filter(word="最佳").update(better="上选")
    outcome = undo_runs([run.pk], actor=ACTOR, at=timezone.now())
    assert ProhibitedWord.objects.filter(word="最佳").exists()
    assert outcome is not None
