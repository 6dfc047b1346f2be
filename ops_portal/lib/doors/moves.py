"""Moves in the admin: a button and a list action for each, declared once, both calling the same operation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.states import MoveTable

# A refusal for each of a thousand rows would bury the page.
REFUSALS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class MoveButton:
    """One move: ``operation(drafts, *, actor, at)``, asked of whoever holds ``permission``.

    ``draft`` makes the operation's draft of an object; ``asks_reason`` asks the reader why and
    hands it to the operation as ``reason``. With an ``arrow`` (a table of moves and the state that it leads to), the
    button stands only on pages of objects from which the table leads there.
    """

    name: str
    label: Any
    operation: Callable[..., Outcome[Any]]
    permission: str
    draft: Callable[[Any], Any]
    asks_reason: bool = False
    icon: str | None = None
    arrow: tuple[MoveTable, str] | None = None

    @property
    def action_name(self) -> str:
        """Return the name of the admin method, which is part of its address."""
        return f"move_{self.name}"

    def leads_on_from(self, item: Any) -> bool:
        """Tell whether the move is one of the object's state."""
        return self.arrow is None or self.arrow[0].find(item.status, self.arrow[1]) is not None

    def is_open_to(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the reader may make this move, of this object or of any."""
        return bool(request.user.has_perm(self.permission))


class SureForm(BaseDialogForm):  # type: ignore[misc]
    """Are you sure?"""


class ReasonForm(BaseDialogForm):  # type: ignore[misc]
    """Are you sure, and why?"""

    reason = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Reason")


def answer_move(
    admin: Any, request: HttpRequest, move: MoveButton, objects: Sequence[Model], **given: Any
) -> None:
    """Call the operation of ``move`` for ``objects`` and tell the reader what came of it."""
    drafts = [move.draft(item) for item in objects]
    try:
        outcome = retried(move.operation)(drafts, actor=principal_of(request), at=timezone.now(), **given)
    except Refused as refused:
        admin.message_user(request, str(refused), messages.ERROR)
        return
    if outcome.done:
        done = len(outcome.done)
        text = ngettext("“%(label)s”: %(count)d done.", "“%(label)s”: %(count)d done.", done)
        admin.message_user(request, text % {"label": move.label, "count": done}, messages.SUCCESS)
    for index, refusal in outcome.refused[:REFUSALS_SHOWN]:
        admin.message_user(request, f"{objects[index]}: {refusal}", messages.ERROR)
    more = len(outcome.refused) - REFUSALS_SHOWN
    if more > 0:
        text = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
        admin.message_user(request, text % {"count": more}, messages.ERROR)


def as_list_action(move: MoveButton) -> Callable[..., None]:
    """Return ``move`` as an action on the rows that are ticked in a list."""

    def act(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        answer_move(admin, request, move, list(queryset.order_by("pk")))

    return act


def as_detail_action(admin: Any, move: MoveButton) -> Any:
    """Return ``move`` as a button on the page of one object: it asks first, and only a POST does it."""

    def act(model_admin: Any, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        page = reverse(f"admin:{admin.opts.app_label}_{admin.opts.model_name}_change", args=[object_id])
        found = admin.get_object(request, object_id)
        if found is None:
            admin.message_user(request, _("It is no longer there."), messages.ERROR)
        else:
            given = {"reason": form.cleaned_data["reason"]} if move.asks_reason else {}
            answer_move(admin, request, move, [found], **given)
        response = HttpResponse(headers={"HX-Redirect": page})
        return response if request.headers.get("HX-Request") else HttpResponseRedirect(page)

    act.__name__ = move.action_name
    dialog = ActionDialog(
        title=move.label,
        description="",
        form_class=ReasonForm if move.asks_reason else SureForm,
        form_submit_text=move.label,
    )
    made: Any = action(
        act,
        permissions=[move.action_name],
        description=move.label,
        url_path=move.name.replace("_", "-"),
        icon=move.icon,
        dialog=dialog,
    )
    return made.__get__(admin)
