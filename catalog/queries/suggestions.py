"""Which of our SKUs a shop's code could be, the likeliest first, each with the reason."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from catalog.models import ChannelSku, Sku
from catalog.queries.words import fold
from ops_portal.lib.rows import as_json
from ops_portal.lib.wording import listed

MOST: Final = 5
ALIKE: Final = 0.2  # from which part of their trigrams on two texts are worth a look
CANDIDATES: Final = 40
SAME_BARCODE, ELSEWHERE = 1.0, 0.95

FACTS: Final = """
    SELECT g.id, 'barcode' AS why, s.id AS sku_id, 1.0::real AS alike, '' AS shop
    FROM given g JOIN catalog_sku s ON s.barcode IN (g.barcode, g.code) AND s.barcode <> '' AND s.is_active
    UNION ALL
    SELECT g.id, 'elsewhere', c.sku_id, 1.0, h.name
    FROM given g JOIN catalog_channelsku c ON c.code = g.code AND c.status = 'matched' AND c.channel_id <> g.channel_id
    JOIN catalog_channel h ON h.id = c.channel_id
"""
CODES: Final = f"""
    SELECT g.id, 'code', s.id, similarity(s.code, g.code), ''
    FROM given g CROSS JOIN LATERAL (
        SELECT id, code FROM catalog_sku WHERE code %% g.code AND is_active
        ORDER BY similarity(code, g.code) DESC, id LIMIT {CANDIDATES}
    ) s
"""
TITLES: Final = f"""
    SELECT g.id, 'title', s.id, greatest(similarity(p.name, g.title), word_similarity(p.name, g.title)), ''
    FROM given g CROSS JOIN LATERAL (
        SELECT id, name FROM catalog_product WHERE name %% g.title
        ORDER BY greatest(similarity(name, g.title), word_similarity(name, g.title)) DESC, id LIMIT {MOST}
    ) p JOIN catalog_sku s ON s.product_id = p.id AND s.is_active
    WHERE g.title <> ''
"""
QUERY: Final = f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%s) AS r(id bigint, channel_id bigint, code text, title text, barcode text)
    )
    {FACTS} UNION ALL {CODES} UNION ALL {TITLES}
"""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A SKU (with its product) that a shop's code could be, why, and how likely (0 to 1)."""

    sku: Sku
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Hint:
    """One sign that a SKU is meant."""

    why: str
    alike: float
    shop: str


def suggestions_for(channel_sku: ChannelSku) -> list[Suggestion]:
    """Return what a shop's code could be: by barcode, by what it is in other shops, by likeness of code and title."""
    return all_suggestions([channel_sku])[channel_sku.pk]


def all_suggestions(channel_skus: Sequence[ChannelSku]) -> dict[int, list[Suggestion]]:
    """Do what ``suggestions_for`` does for each, by its id: three statements."""
    if not channel_skus:
        return {}
    given = [
        {
            "id": each.pk,
            "channel_id": each.channel_id,
            "code": each.code,
            "title": each.title,
            "barcode": each.barcode,
        }
        for each in channel_skus
    ]
    hints: dict[int, dict[int, list[Hint]]] = defaultdict(lambda: defaultdict(list))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE)])
        cursor.execute(QUERY, [as_json(given)])
        for pk, why, sku_id, alike, shop in cursor.fetchall():
            hints[pk][sku_id].append(Hint(why, float(alike), shop))
    wanted = {sku_id for found in hints.values() for sku_id in found}
    skus = Sku.objects.filter(pk__in=wanted).select_related("product").in_bulk()
    return {each.pk: ranked(each, hints[each.pk], skus) for each in channel_skus}


def ranked(channel_sku: ChannelSku, hints: dict[int, list[Hint]], skus: dict[int, Sku]) -> list[Suggestion]:
    """Return the likeliest SKUs of one code."""
    said = fold(f"{channel_sku.title} {channel_sku.code}")
    found = [weighed(skus[sku_id], of_sku, said) for sku_id, of_sku in hints.items()]
    return sorted(found, key=lambda each: (-each.score, each.sku.code))[:MOST]


LATIN: Final = re.compile("[a-z0-9]")


def is_named(value: str, said: str) -> bool:
    """Tell whether a text says a value by itself: L is not named by XL, nor 30 by 130."""
    before = r"(?<![a-z0-9])" if LATIN.match(value[:1]) else ""
    after = r"(?![a-z0-9])" if LATIN.match(value[-1:]) else ""
    return re.search(before + re.escape(value) + after, said) is not None


def weighed(sku: Sku, hints: Sequence[Hint], said: str) -> Suggestion:
    """Return a SKU with the strongest reason, and what else speaks for it counted in."""
    by_why = {hint.why: hint for hint in hints}
    if "barcode" in by_why:
        return Suggestion(sku, _("The barcode is the same."), SAME_BARCODE)
    if "elsewhere" in by_why:
        shop = by_why["elsewhere"].shop
        return Suggestion(sku, _("It is this SKU in %(shop)s.") % {"shop": shop}, ELSEWHERE)
    code = by_why["code"].alike if "code" in by_why else 0.0
    title = by_why["title"].alike if "title" in by_why else 0.0
    options = [str(value) for value in sku.options.values()]
    named = [value for value in options if is_named(fold(value), said)]
    part = len(named) / len(options) if options else 0.0
    score = round(min(0.9, 0.9 * max(code, title * (0.6 + 0.4 * part)) + 0.1 * min(code, title)), 3)
    if code >= title * (0.6 + 0.4 * part):
        reason = _("The code is alike (%(percent)d %%).") % {"percent": round(100 * code)}
    elif named:
        reason = _("The title is alike (%(percent)d %%) and names %(options)s.")
        reason %= {"percent": round(100 * title), "options": listed(named)}
    else:
        reason = _("The title is alike (%(percent)d %%).") % {"percent": round(100 * title)}
    return Suggestion(sku, reason, score)
