"""What type, topic and priority a text has, by rules that people can read; and what waits for nobody.

Pure: no database. The rules stand in ``rulebook``.
A word that is negated ("没有过敏") or only asked or feared ("会不会过敏") counts for the topic alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from feedback.choices import NEGATIVE_RATING, POOR_RATING, Channel, ItemType, Mark, Priority, Topic
from feedback.rulebook import NO_TEXT, RULE_OF, RULES, SIMPLIFIED, Rule

# Just before the word: a denial, with nothing between but what strengthens it; or that it is asked, feared, supposed.
_TAKEN_BACK: Final = re.compile(
    r"(?:"
    r"(?:(?<!是)不是|(?<!会)不会|(?<!有)没有|(?<!能)不能|毫无|从未|从没|并未|未曾|未见|绝无|无需|不用|不必|没(?!想)|未|无"
    r"|不(?![仅但只愧料得止])|别)"
    r"(?:有|会|是|再|出现|发生|发现|任何|什么|一点|一丝|半点|怎么|太|很|那么|容易|造成|引起|导致|产生|存在|像|说|用|需要"
    r"|想|打算|要|给|担心|买到|收到|吃到|看到|的|地){0,4}"
    r"|(?:会不会|是不是|有没有|是否|会否|怕|担心|如果|假如|万一|要是|预防|防止|避免|以防|以免|防)[^，。！？,.!?；;、~\s]{0,4}"
    r")$"
)
_ASKED: Final = re.compile(r"[^，。！,.!；;]{0,4}(?:吗|么|嘛)[？?]?(?:$|[，。！,.!])")
_ENDS_ASKING: Final = re.compile(r"(?:[?？]|吗|么)[。.!！~～]*\s*\Z")
_TRADITIONAL: Final = re.compile(f"[{''.join(map(chr, SIMPLIFIED))}]")
# Words that hold their own denial, or that a denial before them doesn't take back.
_STANDING: Final = frozenset(
    word
    for rule in RULES
    for word in rule.words
    if word[0] in "不没未难"
    or word in ("别买", "再也不买", "已读不回")
    or rule.code in ("asks_something", "wishes")
)
_FAULTS: Final = frozenset({ItemType.COMPLAINT, ItemType.AFTERSALES})
_TOPICS: Final = tuple(rule for rule in RULES if rule.decides == "topic")
_TOPIC_CODES: Final = frozenset(rule.code for rule in _TOPICS)
FEW_WORDS: Final = 5
GUARD: Final = 12

_rules_of_word: dict[str, list[str]] = defaultdict(list)
for _each in RULES:
    for _word in _each.words:
        _rules_of_word[_word].append(_each.code)


def _within(word: str) -> list[tuple[str, str, int, int]]:
    """Return (rule, word, start, end) of every word that stands in ``word``, itself included."""
    return [
        (code, word[start:end], start, end)
        for start in range(len(word))
        for end in range(start + 1, len(word) + 1)
        for code in _rules_of_word.get(word[start:end], ())
    ]


_FINDINGS: Final = {word: _within(word) for word in tuple(_rules_of_word)}


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return one pattern of all words, parted by their first character, the longest first: a text is walked once."""
    by_first: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda each: (-len(each), each)):
        by_first[word[0]].append(re.escape(word[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in by_first.items()))


_WORDS: Final = _pattern(_FINDINGS)


class Verdict(NamedTuple):
    """What the rules say. ``mark`` and ``needs_somebody`` are their screening; ``why`` as ``FeedbackItem.why``."""

    type: str
    topic: str
    priority: str
    why: tuple[str, ...]
    needs_somebody: bool
    mark: str = Mark.NONE


EMPTY_VERDICT: Final = Verdict(ItemType.EXPERIENCE, Topic.OTHER, Priority.P3, ("empty",), False, Mark.EMPTY)


def is_empty(text: str) -> bool:
    """Tell whether nobody said anything."""
    return _is_empty(simplified(text))


def simplified(text: str) -> str:
    """Return the text in simplified characters, as many as it has."""
    return text.translate(SIMPLIFIED) if _TRADITIONAL.search(text) else text


def _is_empty(plain: str) -> bool:
    bare = plain.strip()
    return not bare or (len(bare) < 24 and bare.lower() in NO_TEXT)


def words_found(text: str) -> dict[str, list[str]]:
    """Return, by the code of a rule, the words of it that the text says (as it writes them), each once."""
    return _words_found(text, simplified(text))


def _words_found(text: str, plain: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    asking = "吗" in plain or "么" in plain or "嘛" in plain
    as_written = plain is text
    for match in _WORDS.finditer(plain):
        word, place = match[0], match.start()
        taken_back = word not in _STANDING and (
            _TAKEN_BACK.search(plain, max(0, place - GUARD), place)
            or (asking and _ASKED.match(plain, match.end(), match.end() + GUARD))
        )
        for code, part, start, end in _FINDINGS[word]:
            if taken_back and code not in _TOPIC_CODES:  # what is denied is still what the text is about
                continue
            said = part if as_written else text[place + start : place + end]
            words = found.setdefault(code, [])
            if said not in words:
                words.append(said)
    return found


def classify(
    text: str, *, rating: int | None = None, is_negative: bool | None = None, channel: str = Channel.REVIEW
) -> Verdict:
    """Return type, topic and priority of what was said, which rules decided, and whether somebody has to see to it."""
    poor = rating is not None and rating <= POOR_RATING
    bad = bool(is_negative) or (rating is not None and rating <= NEGATIVE_RATING)
    plain = simplified(text)
    if _is_empty(plain):
        # Bad stars without a word still ask what was wrong; nothing at all asks nothing.
        return EMPTY_VERDICT._replace(priority=Priority.P2 if bad else Priority.P3)
    found = _words_found(text, plain)
    type_rule = _type_rule(plain, found, bad=bad, channel=channel)
    topic_rule = _topic_rule(found)
    priority_rule = _priority_rule(text, found, RULE_OF[type_rule].value, rating=rating, bad=bad)
    why = [_said(code, found) for code in (priority_rule, type_rule, topic_rule)]
    needs = (
        poor
        or bad
        or priority_rule != "later"
        or RULE_OF[type_rule].value != ItemType.EXPERIENCE
        or (rating is None and is_negative is None)
    )
    if not needs:
        why.insert(0, "praise")
    return Verdict(
        RULE_OF[type_rule].value,
        RULE_OF[topic_rule].value,
        RULE_OF[priority_rule].value,
        tuple(why),
        needs,
    )


def _type_rule(plain: str, found: dict[str, list[str]], *, bad: bool, channel: str) -> str:
    if "complains" in found:
        return "complains"
    if "aftersales" in found:
        return "aftersales"
    if channel == Channel.QUESTION:
        return "question_channel"
    asks = "asks_something" in found or _ENDS_ASKING.search(plain) is not None
    if asks and not bad:  # an angry question wants no information
        return "asks_something"
    return "wishes" if "wishes" in found else "experience"


def _topic_rule(found: dict[str, list[str]]) -> str:
    best, most = "other", 0
    for rule in _TOPICS:
        count = len(found.get(rule.code, ()))
        if count > most:
            best, most = rule.code, count
    return best


def _priority_rule(
    text: str, found: dict[str, list[str]], item_type: str, *, rating: int | None, bad: bool
) -> str:
    happy = rating is not None and rating > POOR_RATING
    for code in ("injury", "authority", "counterfeit", "threat"):
        if code in found and not (happy and code == "threat"):
            return code
    if rating == 1 and len(text) > FEW_WORDS:
        return "one_star"
    if item_type in _FAULTS and not happy:
        return "fault"
    if bad or ("negative" in found and not happy):
        return "negative"
    return "asks" if item_type == ItemType.INQUIRY else "later"


def _said(code: str, found: dict[str, list[str]]) -> str:
    """Return a rule with the words that it found, as short as a row may hold it."""
    words = found.get(code)
    return f"{code}:{' '.join(words)}"[:100] if words else code


class Reason(NamedTuple):
    """One line of the answer to “why?”."""

    rule: Rule
    words: tuple[str, ...]


def reasons(why: Sequence[str]) -> list[Reason]:
    """Return the rules that ``why`` names, with the words that they found."""
    lines = []
    for line in why:
        code, _colon, words = line.partition(":")
        if code in RULE_OF:
            lines.append(Reason(RULE_OF[code], tuple(words.split())))
    return lines
