"""Numbered pages for people, over a table of any size: what is counted ends where the pages do."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MAX_PAGES = 200


class LimitedPaginator(Paginator):  # type: ignore[type-arg] # not subscriptable at run time
    """Count no further than the last page that can be shown; ``is_capped`` says that there is more."""

    template_name = "portal/admin/pagination.html"

    @property
    def most(self) -> int:
        """Return how many rows the pages can show."""
        return MAX_PAGES * self.per_page

    @cached_property
    def found(self) -> int:
        """Return the number of rows, or one more than can be shown."""
        if isinstance(self.object_list, QuerySet):
            return self.object_list.order_by()[: self.most + 1].count()
        return len(self.object_list)

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more rows than the pages can show."""
        return self.found > self.most

    @cached_property
    def count(self) -> int:
        return min(self.found, self.most)
