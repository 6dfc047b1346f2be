"""The form by which a file is uploaded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from ops_portal.accounts.models import User
from ops_portal.intake.kinds import ImportKind, Options, all_kinds, kind_of, offered_to


class FilesInput(UnfoldAdminFileFieldWidget):  # type: ignore[misc]
    """A field for one file, or the several files of a folder.

    The theme writes the name of a chosen file into the nearest line of text: with its own widget that is no field.
    """

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several, all of them checked."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = (data if isinstance(data, list | tuple) else [data]) or [None]
        return [super(FilesField, self).clean(one, initial) for one in given]


class DropForm(forms.Form):
    """Files that were dropped."""

    file = FilesField(label=_("File"), widget=FilesInput)


class KindForm(forms.Form):
    """What kind of file it is, and how it is to be taken."""

    kind = forms.ChoiceField(label=_("Kind of file"), widget=UnfoldAdminSelectWidget)
    shop = forms.ChoiceField(label=_("Shop"), required=False, widget=UnfoldAdminSelectWidget)
    brand = forms.ChoiceField(label=_("Brand"), required=False, widget=UnfoldAdminSelectWidget)
    at = forms.DateField(
        label=_("Received on"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("Where no column says so."),
    )
    mapping = forms.CharField(
        label=_("Columns"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("One a line, where headings are not recognised: column=HEADING."),
    )
    history = forms.BooleanField(
        label=pgettext_lazy("orders of an import", "History"),
        required=False,
        widget=UnfoldBooleanWidget,
        help_text=_("It is long over: no reservation, no clock."),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kind"]
        own = [(kind.code, kind.label) for kind in all_kinds() if user.has_perm(kind.permission)]
        field.choices = [("", "–"), *own]
        for name in ("shop", "brand"):
            choice: Any = self.fields[name]
            choice.choices = [("", "–"), *offered_to(user, name)]

    def clean_mapping(self) -> dict[str, str]:
        """Return the mapping as a dict."""
        mapping: dict[str, str] = {}
        for line in filter(str.strip, self.cleaned_data["mapping"].splitlines()):
            name, _sign, heading = line.partition("=")
            if not name.strip() or not heading.strip():
                raise forms.ValidationError(_("“%(line)s” is no mapping."), params={"line": line})
            mapping[name.strip()] = heading.strip()
        return mapping

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind needs."""
        cleaned = super().clean() or {}
        if "kind" in cleaned:
            for name in kind_of(cleaned["kind"]).wants:
                if not cleaned.get(name):
                    self.add_error(name, _("This kind of file needs it."))
        return cleaned

    @property
    def chosen(self) -> tuple[ImportKind, Options]:
        """Return the kind, and the options that it knows; what was typed into other fields is left out."""
        said = self.cleaned_data
        kind = kind_of(said["kind"])
        known = kind.wants | kind.takes
        at = said["at"].isoformat() if said["at"] and "at" in known else ""
        return kind, Options(
            shop=said["shop"] if "shop" in known else "",
            brand=said["brand"] if "brand" in known else "",
            at=at,
            mapping=said["mapping"],
            history=said["history"],
        )
