"""Lists of words: what buyers search by, and what may not be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.choices import APPROVERS, Gravity, KeywordKind, Platform
from catalog.models import Category, Keyword, ProhibitedWord
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

LONGEST = 60


@dataclass(frozen=True, slots=True)
class KeywordDraft:
    """A word by which buyers search, and how often. Empty ``platform`` and ``category_code``: everywhere."""

    word: str
    platform: str = ""
    category_code: str = ""
    kind: str = KeywordKind.PRODUCT
    searches: int | None = None
    competition: int | None = None


@dataclass(frozen=True, slots=True)
class ProhibitedDraft:
    """A word that may not be said, why, and what to say instead. Empty ``platform``: everywhere."""

    word: str
    platform: str = ""
    gravity: str = Gravity.BLOCKS
    reason: str = ""
    better: str = ""


class BadWord(Refused):
    """A line holds no word, or one that is too long."""

    code = "bad_word"


class UnknownChoice(Refused):
    """There is no such platform, category, kind or gravity."""

    code = "unknown_choice"


class RoleMayNotSaveWords(Refused):
    """None of the actor's roles keeps the lists of words."""

    code = "role_may_not_save"


@operation
def save_keywords(drafts: Sequence[KeywordDraft], *, actor: Principal, at: datetime) -> Outcome[Keyword]:
    """Add keywords, or change what is known of those that are there; of two drafts of one word the last counts.

    Refuses RoleMayNotSaveWords, BadWord, UnknownChoice.
    """
    codes = {draft.category_code for draft in drafts if draft.category_code}
    categories = {category.code: category.pk for category in Category.objects.filter(code__in=codes)}
    outcome: Outcome[Keyword] = Outcome()
    rows: dict[tuple[Any, ...], Keyword] = {}
    for index, draft in enumerate(drafts):
        refusal = unable(draft.word, draft.platform, actor)
        if draft.category_code and draft.category_code not in categories:
            refusal = refusal or unknown(draft.category_code)
        if draft.kind not in KeywordKind.values:
            refusal = refusal or unknown(draft.kind)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        category_id = categories.get(draft.category_code)
        rows[draft.platform, category_id, draft.word] = Keyword(
            platform=draft.platform,
            category_id=category_id,
            word=draft.word,
            kind=draft.kind,
            searches=draft.searches,
            competition=draft.competition,
            updated_at=at,
        )
    outcome.done = Keyword.objects.bulk_create(
        [rows[key] for key in sorted(rows, key=str)],
        update_conflicts=True,
        unique_fields=["platform", "category", "word"],
        update_fields=["kind", "searches", "competition", "updated_at"],
    )
    return outcome


@operation
def save_prohibited_words(
    drafts: Sequence[ProhibitedDraft], *, actor: Principal, at: datetime
) -> Outcome[ProhibitedWord]:
    """Add prohibited words, or change what is known of those that are there, which become active again.

    Refuses RoleMayNotSaveWords, BadWord, UnknownChoice.
    """
    outcome: Outcome[ProhibitedWord] = Outcome()
    rows: dict[tuple[str, str], ProhibitedWord] = {}
    for index, draft in enumerate(drafts):
        refusal = unable(draft.word, draft.platform, actor)
        if draft.gravity not in Gravity.values:
            refusal = refusal or unknown(draft.gravity)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        rows[draft.platform, draft.word] = ProhibitedWord(
            platform=draft.platform,
            word=draft.word,
            gravity=draft.gravity,
            reason=draft.reason[:200],
            better=draft.better[:LONGEST],
        )
    outcome.done = ProhibitedWord.objects.bulk_create(
        [rows[key] for key in sorted(rows)],
        update_conflicts=True,
        unique_fields=["platform", "word"],
        update_fields=["gravity", "reason", "better", "is_active"],
    )
    return outcome


def unable(word: str, platform: str, actor: Principal) -> Refused | None:
    """Return why a word can't be kept, or None."""
    if not actor.may(APPROVERS):
        return RoleMayNotSaveWords(_("Your role doesn't keep the lists of words."))
    if not 0 < len(word.strip()) <= LONGEST or word != word.strip():
        return BadWord(
            _("“%(word)s” is no word of 1 to %(longest)d characters."), word=word[:80], longest=LONGEST
        )
    return None if platform in ("", *Platform.values) else unknown(platform)


def unknown(text: str) -> UnknownChoice:
    """Return the refusal that names a code that nobody knows."""
    return UnknownChoice(_("“%(text)s” is not known."), text=text[:80])
