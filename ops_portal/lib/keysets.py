"""Pages of desks by the number of the document that the page before ended with: each costs what the first one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

Document = TypeVar("Document", bound=Model)


def page_after(
    documents: QuerySet[Document], number: str, ordering: Sequence[str], *, size: int
) -> tuple[list[Document], str]:
    """Return the ``size`` documents that follow the one of ``number`` (empty: the first), and the last one's number.

    ``ordering`` are columns of the documents downward, none null, the last one unique. The number is empty where
    nothing follows; one that there is not begins the list.
    """
    names = [name.removeprefix("-") for name in ordering]
    if number:
        of_number: QuerySet[Any] = documents.model._default_manager.filter(number=number)
        last = of_number.values_list(*names).first()
        if last is not None:
            documents = documents.filter(TupleLessThan(Tuple(*map(F, names)), last))
    rows = list(documents.order_by(*ordering)[: size + 1])
    return rows[:size], rows[size - 1].number if len(rows) > size else ""  # type: ignore[attr-defined]
