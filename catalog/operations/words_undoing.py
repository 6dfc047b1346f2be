"""A file of words is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Keyword, ProhibitedWord
from catalog.operations.undoing import Taken
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Refused, UsedSince

FACTS: dict[str, tuple[type[Keyword] | type[ProhibitedWord], tuple[str, ...]]] = {
    "keyword": (Keyword, ("kind", "searches", "competition")),
    "prohibited_word": (ProhibitedWord, ("gravity", "reason", "better", "is_active")),
}


def facts_of(item: Any) -> dict[str, Any]:
    """Return what files say of a word, as plain JSON."""
    names = next(names for model, names in FACTS.values() if isinstance(item, model))
    return {name: getattr(item, name) for name in names}


@operation
def take_back_words(changes: Sequence[Taken], *, actor: Principal, at: datetime) -> list[Refused]:
    """Delete the words that a file brought, and give those that it changed back what they said.

    Returns UsedSince for each that was changed since.
    """
    refused: list[Refused] = []
    for kind, (model, names) in FACTS.items():
        of_kind = [change for change in changes if change.object_kind == kind]
        ids = {change.object_id for change in of_kind}
        locked = model._default_manager.filter(pk__in=ids).order_by("pk").select_for_update()
        standing = {item.pk: item for item in locked}
        restored, gone = [], []
        for change in of_kind:
            item = standing.get(change.object_id)
            if item is None:
                continue  # somebody deleted it already
            if facts_of(item) != change.before["became"]:
                refused.append(UsedSince(_("“%(word)s” was changed since."), word=item.word))
            elif change.what == "created":
                gone.append(item.pk)
            else:
                for name in names:
                    setattr(item, name, change.before["was"][name])
                restored.append(item)
        if restored:
            model._default_manager.bulk_update(restored, names)
        model._default_manager.filter(pk__in=gone).delete()
    return refused
