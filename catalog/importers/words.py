"""``catalog.keywords`` and ``catalog.prohibited_words``: one row a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import Gravity, KeywordKind, Platform
from catalog.models import Keyword, ProhibitedWord
from catalog.operations.words import KeywordDraft, ProhibitedDraft, save_keywords, save_prohibited_words
from catalog.operations.words_undoing import facts_of, take_back_words
from ops_portal.intake.kinds import Change, Column, ImportKind, Options, Record, RowRefused, Undone, Written
from ops_portal.intake.reading import as_units, bare_id
from ops_portal.intake.tables import TableSource, is_total, missing, too_long, total_row
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome, Refused

PLATFORMS: Final = {
    "淘宝": "taobao", "淘寶": "taobao", "天猫": "tmall", "天貓": "tmall", "京东": "jd", "京東": "jd",
    "拼多多": "pinduoduo", "抖音": "douyin", "全部": "", "all": "",
} | {value: value for value in Platform.values}  # fmt: skip
KINDS: Final = {
    "品牌词": "brand", "品牌詞": "brand", "产品词": "product", "產品詞": "product", "商品词": "product",
    "长尾词": "long_tail", "長尾詞": "long_tail", "": KeywordKind.PRODUCT.value,
} | {value: value for value in KeywordKind.values}  # fmt: skip
GRAVITIES: Final = {
    "禁用": "blocks", "禁止": "blocks", "提醒": "warns", "慎用": "warns", "": Gravity.BLOCKS.value,
} | {value: value for value in Gravity.values}  # fmt: skip
KEYWORD_COLUMNS: Final = (
    Column("word", ("关键词", "搜索词", "關鍵詞", "搜索詞", "Keyword"), required=True),
    Column("platform", ("平台", "平臺")),
    Column("category", ("类目编码", "类目", "類目編碼", "類目")),
    Column("kind", ("词类", "类型", "詞類", "類型")),
    Column("searches", ("月搜索量", "搜索量", "搜索人气", "搜索人氣")),
    Column("competition", ("竞品数", "在线商品数", "競品數", "在線商品數")),
)
PROHIBITED_COLUMNS: Final = (
    Column("word", ("禁用词", "极限词", "违禁词", "禁用詞", "極限詞", "違禁詞"), required=True),
    Column("platform", ("平台", "平臺")),
    Column("gravity", ("级别", "处理", "級別", "處理")),
    Column("reason", ("原因", "依据", "依據")),
    Column("better", ("建议用词", "替换词", "建議用詞", "替換詞")),
)
LONGEST: Final = 60
MOST: Final = 2_000_000_000
Key = tuple[Any, ...]


def one_of(text: str, choices: Mapping[str, str]) -> str:
    """Return the code that a cell means. Refuses RowRefused."""
    plain = text.strip()
    found = choices.get(plain, choices.get(plain.lower()))
    if found is None:
        detail = _("“%(value)s” is none of: %(choices)s.")
        raise RowRefused("unknown_choice", detail, value=plain[:40], choices=", ".join(filter(None, choices)))
    return found


def word_in(text: str) -> str:
    """Return the word of a row. Refuses RowRefused."""
    word = text.strip()
    if not word:
        raise missing("word")
    if is_total(word):
        raise total_row()
    if len(word) > LONGEST:
        raise too_long("word", LONGEST)
    return word


def number_in(text: str) -> int | None:
    """Return a number of searches; None where the cell is empty. Raises ValueError."""
    number = as_units(text) if text.strip() else None
    if number is not None and not 0 <= number <= MOST:
        raise RowRefused("unreadable", "%(value)s", value=text[:40])
    return number


class WordTable(TableSource):
    """A table of words; of two rows of one word the later counts."""

    model: type[Keyword] | type[ProhibitedWord]
    kind: str

    def save(self, drafts: Sequence[Any], *, actor: Principal, at: datetime) -> Outcome[Any]:
        """Write the drafts."""
        raise NotImplementedError

    def key_of(self, item: Any) -> Key:
        """Return by what a record is known."""
        raise NotImplementedError

    def write(self, records: Sequence[Record], *, actor: Principal, at: datetime) -> Written:
        drafts = [record.draft for record in records]
        found = self.model._default_manager.filter(word__in={draft.word for draft in drafts})
        before = {self.key_of(item): facts_of(item) for item in found.select_for_update().order_by("pk")}
        outcome = self.save(drafts, actor=actor, at=at)
        written = Written(refused=outcome.refused)
        after = {item.pk: item for item in found.all()}
        rows = {record.draft.word: record.first_row for record in records}
        for item in sorted(after.values(), key=lambda item: int(item.pk)):
            was, became = before.get(self.key_of(item)), facts_of(item)
            if was != became:
                what = "created" if was is None else "updated"
                change = Change(self.kind, item.pk, what, rows[item.word], {"was": was, "became": became})
                written.changes.append(change)
        written.created = sum(change.what == "created" for change in written.changes)
        written.updated = len(written.changes) - written.created
        written.unchanged = len(records) - len(outcome.refused) - len(written.changes)
        return written


class KeywordTable(WordTable):
    model, kind = Keyword, "keyword"

    def read(self, cells: tuple[str, ...], number: int) -> KeywordDraft:
        word, platform, category, kind, searches, competition = cells[:6]
        return KeywordDraft(
            word_in(word),
            one_of(platform, PLATFORMS | {"": ""}),
            bare_id(category),
            one_of(kind, KINDS),
            number_in(searches),
            number_in(competition),
        )

    def save(self, drafts: Sequence[Any], *, actor: Principal, at: datetime) -> Outcome[Any]:
        return save_keywords(drafts, actor=actor, at=at)

    def key_of(self, item: Any) -> Key:
        return item.platform, item.category_id, item.word


class ProhibitedTable(WordTable):
    model, kind = ProhibitedWord, "prohibited_word"

    def read(self, cells: tuple[str, ...], number: int) -> ProhibitedDraft:
        word, platform, gravity, reason, better = cells[:5]
        if len(better.strip()) > LONGEST:
            raise too_long("better", LONGEST)
        if len(reason.strip()) > 200:
            raise too_long("reason", 200)
        return ProhibitedDraft(
            word_in(word),
            one_of(platform, PLATFORMS | {"": ""}),
            one_of(gravity, GRAVITIES),
            reason.strip(),
            better.strip(),
        )

    def save(self, drafts: Sequence[Any], *, actor: Principal, at: datetime) -> Outcome[Any]:
        return save_prohibited_words(drafts, actor=actor, at=at)

    def key_of(self, item: Any) -> Key:
        return item.platform, item.word


class WordKind(ImportKind):
    """Words of one list."""

    table: Callable[[Path, Sequence[Column], Options], WordTable]

    def open(self, path: Path, options: Options) -> WordTable:
        return self.table(path, self.columns, options)

    def take_back(self, changes: Sequence[Undone], *, actor: Principal, at: datetime) -> list[Refused]:
        return take_back_words(changes, actor=actor, at=at)


class Keywords(WordKind):
    """Words by which buyers search, from the platforms' own research tools."""

    code = "catalog.keywords"
    label = _("Keywords, one row a word")
    columns = KEYWORD_COLUMNS
    permission = "catalog.change_keyword"
    table = KeywordTable


class ProhibitedWords(WordKind):
    """Words that advertising law or a platform forbids."""

    code = "catalog.prohibited_words"
    label = _("Prohibited words, one row a word")
    columns = PROHIBITED_COLUMNS
    permission = "catalog.change_prohibitedword"
    table = ProhibitedTable
