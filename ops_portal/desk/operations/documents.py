"""The documents of a batch, locked, and what may be wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from ops_portal.desk.kinds import kind_of, lock_sequence
from ops_portal.lib.refusals import Refused

Name = tuple[str, str]


class NoSuchDocument(Refused):
    """There is no document of this kind and number."""

    code = "no_such_document"
    status_code = 404


def no_such_document(number: str) -> NoSuchDocument:
    """Return the refusal of a number that nothing has."""
    return NoSuchDocument(_("There is no document %(number)s."), number=number)


def numbers_by_kind(names: Iterable[Name]) -> dict[str, set[str]]:
    """Return the numbers of each known kind, the kinds in the sequence in which they are locked."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for kind_code, number in names:
        numbers[kind_code].add(number)
    return {code: numbers[code] for code in lock_sequence(numbers)}


def lock_documents(names: Iterable[Name]) -> dict[Name, Any]:
    """Lock documents kind by kind, each in primary-key order, and return them by (kind, number)."""
    locked: dict[Name, Any] = {}
    for code, numbers in numbers_by_kind(names).items():
        kind = kind_of(code)
        if kind is None:
            continue
        documents: Any = kind.model._default_manager.filter(number__in=numbers)
        for document in documents.order_by("pk").select_for_update(no_key=True, of=("self",)):
            locked[code, document.number] = document
    return locked
