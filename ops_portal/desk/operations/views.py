"""Lists that people want to see again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.desk.drafts import ViewDraft
from ops_portal.desk.models import SavedView
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused

MOST: Final = 100
# What leads to a place in a list, or belongs to one visit, and not to what is asked of it.
PASSING: Final = frozenset({"p", "after", "all", "_popup", "_to_field", "_changelist_filters", "e"})


class ViewWithoutName(Refused):
    """The view has no name, or one that is too long."""

    code = "view_without_name"


class NoSuchPage(Refused):
    """The address of the view is none of the portal, or its filters are too long."""

    code = "no_such_page"


class TooManyViews(Refused):
    """One person keeps no more views than can be looked through."""

    code = "too_many_views"


class NoSuchView(Refused):
    """There is no such view, or it is somebody else's."""

    code = "no_such_view"
    status_code = 404


@operation
def save_views(
    drafts: Sequence[ViewDraft], *, user: User, actor: Principal, at: datetime
) -> Outcome[SavedView]:
    """Keep views for ``user``; one of the same page and name takes the place of the former.

    Refuses ViewWithoutName, NoSuchPage, TooManyViews.
    """
    outcome: Outcome[SavedView] = Outcome()
    kept = {(view.path, view.name) for view in SavedView.objects.filter(owner=user)[: MOST + 1]}
    for index, draft in enumerate(drafts):
        name, query = draft.name.strip(), lasting(draft.query)
        refusal = refusal_of(name, draft.path, query)
        if refusal is None and (draft.path, name) not in kept and len(kept) >= MOST:
            detail = _("You keep %(most)d views already; drop one of them first.")
            refusal = TooManyViews(detail, most=MOST)
        if refusal is not None:
            outcome.refused.append((index, refusal))
            continue
        kept.add((draft.path, name))
        outcome.done.append(
            SavedView(
                owner=user,
                name=name,
                path=draft.path,
                query=query,
                is_shared=draft.is_shared,
                created_at=at,
            )
        )
    last = {(view.path, view.name): view for view in outcome.done}  # of those named twice
    SavedView.objects.bulk_create(
        last.values(),
        update_conflicts=True,
        unique_fields=["owner", "path", "name"],
        update_fields=["query", "is_shared"],
    )
    return outcome


@operation
def drop_views(view_ids: Sequence[int], *, user: User, actor: Principal, at: datetime) -> Outcome[int]:
    """Forget views of ``user``. Refuses NoSuchView."""
    own = set(SavedView.objects.filter(owner=user, pk__in=view_ids).values_list("pk", flat=True))
    outcome: Outcome[int] = Outcome()
    for index, view_id in enumerate(view_ids):
        if view_id in own:
            outcome.done.append(view_id)
        else:
            outcome.refused.append((index, NoSuchView(_("There is no such view of yours."))))
    SavedView.objects.filter(pk__in=own).delete()
    return outcome


def lasting(query: str) -> str:
    """Return the filters of an address without what belongs to one visit."""
    pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True)
    return urlencode([(key, value) for key, value in pairs if key not in PASSING])


def refusal_of(name: str, path: str, query: str) -> Refused | None:
    """Return why a view can't be kept, or None."""
    if not name or len(name) > 80:
        return ViewWithoutName(_("Give the view a name of at most 80 characters."))
    if len(path) > 200 or len(query) > 2000 or not is_a_page(path):
        return NoSuchPage(_("This page can't be kept as a view."))
    return None


def is_a_page(path: str) -> bool:
    """Tell whether ``path`` is a page of the back office."""
    if not path.startswith("/admin/"):
        return False
    try:
        return resolve(path).url_name is not None
    except Resolver404:
        return False
