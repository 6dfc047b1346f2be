"""What may be told of the goods of a category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from catalog.models import Attribute

# Each category with those above it; a path that comes back on itself ends where it began.
OF_CATEGORIES = """
    WITH RECURSIVE above(root_id, category_id, depth, path) AS (
        SELECT c.id, c.id, 0, ARRAY[c.id] FROM catalog_category c WHERE c.id = ANY(%s)
        UNION ALL
        SELECT above.root_id, parent.id, above.depth + 1, above.path || parent.id
        FROM above
        JOIN catalog_category c ON c.id = above.category_id
        JOIN catalog_category parent ON parent.id = c.parent_id
        WHERE parent.id <> ALL(above.path)
    )
    SELECT a.*, above.root_id FROM above JOIN catalog_attribute a ON a.category_id = above.category_id
    ORDER BY above.root_id, above.depth DESC, a.id
"""


def attributes_for(category_id: int | None) -> list[Attribute]:
    """Return the attributes of a category and of those above it, the general ones first; none for no category.

    Where two have one code, the one nearer to the category counts.
    """
    return attributes_of([category_id] if category_id is not None else []).get(category_id or 0, [])


def attributes_of(category_ids: Collection[int]) -> dict[int, list[Attribute]]:
    """Return what ``attributes_for`` does for each of some categories, in one statement."""
    if not category_ids:
        return {}
    found: dict[int, dict[str, Attribute]] = defaultdict(dict)
    for attribute in Attribute.objects.raw(OF_CATEGORIES, [list(category_ids)]):
        found[vars(attribute)["root_id"]][attribute.code] = attribute
    return {category: list(by_code.values()) for category, by_code in found.items()}
