"""A pasted list of words, one a line, its columns as a table or a comma divides them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from catalog.choices import Gravity, KeywordKind, Platform
from catalog.models import Category
from catalog.operations.words import KeywordDraft, ProhibitedDraft
from ops_portal.lib.refusals import Refused

MOST_LINES: Final = 5000
COLUMNS: Final = re.compile(r"\t|[,，]")


class TooManyLines(Refused):
    """More is pasted than is taken at once."""

    code = "too_many_lines"


class NoNumber(Refused):
    """A column that counts holds something else."""

    code = "no_number"


def everywhere() -> list[tuple[str, Any]]:
    """Return the platforms to choose from, and none of them."""
    return [("", _("everywhere")), *Platform.choices]


class ProhibitedPaste(forms.Form):
    """Words that may not be said, with their reasons and what to say instead."""

    platform = forms.ChoiceField(
        choices=everywhere, required=False, label=_("platform"), widget=UnfoldAdminSelectWidget
    )
    gravity = forms.ChoiceField(choices=Gravity.choices, label=_("gravity"), widget=UnfoldAdminSelectWidget)
    words = forms.CharField(
        label=_("Words"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16}),
        max_length=500_000,
        help_text=_("One word a line. In further columns, if you have them: say instead, reason."),
    )

    def drafts(self) -> list[ProhibitedDraft]:
        """Return the draft of each line."""
        data = self.cleaned_data
        return [
            ProhibitedDraft(word, data["platform"], data["gravity"], reason=rest[1], better=rest[0])
            for word, *rest in lines(data["words"], 3)
        ]


class KeywordPaste(forms.Form):
    """Words by which buyers search, with how often they do."""

    platform = forms.ChoiceField(
        choices=everywhere, required=False, label=_("platform"), widget=UnfoldAdminSelectWidget
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.order_by("name", "pk"),
        required=False,
        label=_("category"),
        widget=UnfoldAdminSelectWidget,
    )
    kind = forms.ChoiceField(choices=KeywordKind.choices, label=_("kind"), widget=UnfoldAdminSelectWidget)
    words = forms.CharField(
        label=_("Words"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 16}),
        max_length=500_000,
        help_text=_(
            "One word a line. In further columns, if you have them: searches a month, competing listings."
        ),
    )

    def drafts(self) -> list[KeywordDraft]:
        """Return the draft of each line; raise NoNumber."""
        data = self.cleaned_data
        category = data["category"].code if data["category"] else ""
        return [
            KeywordDraft(word, data["platform"], category, data["kind"], number(rest[0]), number(rest[1]))
            for word, *rest in lines(data["words"], 3)
        ]


def lines(text: str, columns: int) -> Iterable[Sequence[str]]:
    """Yield the columns of each line that isn't empty; those that are missing are empty texts."""
    found = [line for line in text.splitlines() if line.strip()]
    if len(found) > MOST_LINES:
        raise TooManyLines(_("Paste at most %(most)d lines at once."), most=MOST_LINES)
    for line in found:
        cells = [cell.strip() for cell in COLUMNS.split(line, maxsplit=columns - 1)]
        yield cells + [""] * (columns - len(cells))


def number(text: str) -> int | None:
    """Return a count, None for an empty cell; raise NoNumber."""
    plain = text.replace(" ", "").replace(",", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and int(plain) < 2**31):
        raise NoNumber(_("“%(text)s” is no number."), text=text[:40])
    return int(plain)
