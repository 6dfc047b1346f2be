"""How people tell when a team works and what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any, ClassVar, Final
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.dates import WEEKDAYS
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from ops_portal.desk.kinds import kinds
from ops_portal.desk.models import Team

SHIFTS_A_DAY: Final = 2
HOLIDAYS: Final = [
    ("CN", gettext_lazy("China: public holidays and make-up days")),
    ("", gettext_lazy("none: works through")),
]
Spans = dict[str, list[list[str]]]


class ShiftsWidget(forms.Widget):
    """Seven rows, one a weekday, each with two shifts from … to …."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = value or {}
        days = []
        for weekday in range(7):
            spans = list(given.get(str(weekday), ()))
            spans += [["", ""]] * (SHIFTS_A_DAY - len(spans))
            shifts = [
                {"name": f"{name}_{weekday}_{index}", "start": start, "end": end}
                for index, (start, end) in enumerate(spans)
            ]
            days.append({"label": WEEKDAYS[weekday], "shifts": shifts})
        return render_to_string("desk/shifts.html", {"days": days})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Spans:
        given: Spans = {}
        for weekday in range(7):
            for index in range(SHIFTS_A_DAY):
                pair = [
                    str(data.get(f"{name}_{weekday}_{index}_{end}", "")).strip()[:8] for end in ("from", "to")
                ]
                if any(pair):
                    given.setdefault(str(weekday), []).append(pair)
        return given

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False


class ShiftsField(forms.Field):
    """Shifts by weekday, as a team keeps them."""

    widget = ShiftsWidget

    def to_python(self, value: Any) -> Spans:
        return {weekday: [self.span(*pair) for pair in pairs] for weekday, pairs in (value or {}).items()}

    def span(self, start: str, end: str) -> list[str]:
        """Return one shift as a team keeps it; refuse what is no time and what has no length."""
        try:
            given = time.fromisoformat(start), time.fromisoformat(end)
        except ValueError:
            raise ValidationError(
                _("Give each shift a beginning and an end, for instance 09:00 and 18:00.")
            ) from None
        return [f"{each:%H:%M}" for each in given]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or {}) != (data or {}))


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    """A team: its queues out of those that there are, its shifts day by day."""

    queues = forms.MultipleChoiceField(required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget)
    shifts = ShiftsField(
        required=False,
        help_text=gettext_lazy(
            "A shift that ends before it begins ends on the next day. A team without shifts works from 9 to 21."
        ),
    )
    holidays = forms.ChoiceField(
        required=False, initial="CN", choices=HOLIDAYS, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Team
        fields: ClassVar[list[str]] = ["code", "name", "queues", "timezone", "holidays", "shifts"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, given in self.fields.items():
            field: Any = Team._meta.get_field(name)
            given.label = capfirst(field.verbose_name)
        if "queues" in self.fields:
            known = [
                (queue.code, f"{kind.label} · {queue.label}") for kind in kinds() for queue in kind.queues
            ]
            # What an app once named and names no more can be unticked.
            former = [(code, code) for code in self.instance.queues or [] if code not in dict(known)]
            self.fields["queues"].choices = [*known, *former]  # type: ignore[attr-defined]

    def clean_timezone(self) -> str:
        name: str = self.cleaned_data["timezone"]
        if name not in available_timezones():
            raise ValidationError(
                _("“%(name)s” is no time zone; write for instance Asia/Shanghai."), params={"name": name}
            )
        return name
