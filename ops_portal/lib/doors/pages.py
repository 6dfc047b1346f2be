"""Numbered pages for people, over a table of any size: what is counted ends where the pages do."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
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

    def page(self, number: Any) -> Page[Any]:
        """Return a page. Of rows before it no related ones are read: its own are found by key first."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows = self.object_list
        if first and isinstance(rows, QuerySet) and rows.query.select_related:
            keys = rows.select_related(None).values("pk")[first : first + self.per_page]
            return Page(rows.filter(pk__in=keys), number, self)
        return super().page(number)
