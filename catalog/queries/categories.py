"""The lines of the category tree."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

LINES = """
    WITH RECURSIVE line(start, id, parent_id, depth) AS (
        SELECT id, id, parent_id, 0 FROM catalog_category WHERE id = ANY(%s)
        UNION ALL
        SELECT line.start, c.id, c.parent_id, line.depth + 1
        FROM line JOIN catalog_category c ON c.id = line.parent_id
    ) CYCLE id SET is_loop USING path
    SELECT start, array_agg(id ORDER BY depth) FROM line WHERE NOT is_loop GROUP BY start
"""


def ancestry(category_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Return each category's line, from itself up to its root: one statement."""
    if not category_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LINES, [sorted(category_ids)])
        return {start: tuple(line) for start, line in cursor.fetchall()}


def below(code: str) -> list[int]:
    """Return the ids of the category of this code and of all below it: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE tree(id) AS ("
            " SELECT id FROM catalog_category WHERE code = %s"
            " UNION SELECT c.id FROM tree JOIN catalog_category c ON c.parent_id = tree.id)"
            " SELECT id FROM tree",
            [code],
        )
        return [pk for (pk,) in cursor.fetchall()]
