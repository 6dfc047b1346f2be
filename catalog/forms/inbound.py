"""The form of a new delivery: its goods typed or pasted line by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from catalog.choices import OWN, InboundSource
from catalog.operations.inbound import InboundDraft

MOST_TEXT: Final = 100_000
LINE: Final = re.compile(
    r"(?P<code>.+?)(?:\s*[\t,;，；×*]\s*|\s+)(?P<units>\d[\d,，]*)(?:\.0+)?\s*(?:件|pcs)?"
)
NAMES: Final = (
    "brand",
    "warehouse",
    "owner",
    "promised_on",
    "supplier",
    "tracking",
    "source_key",
    "note",
    "lines",
)


@dataclass(slots=True)
class DeliveryForm:
    """A form as it was filled in, and what is wrong with it. ``key`` makes sending it twice announce once."""

    said: Mapping[str, str]
    key: str
    lines: list[tuple[str, int]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, sent: Any, key: str) -> DeliveryForm:
        """Read a form that was sent."""
        said = {name: sent.get(name, "").strip()[:MOST_TEXT] for name in NAMES}
        form = cls(said, key)
        form.lines = form.read_lines(said["lines"])
        if not said["brand"]:
            form.troubles.append(_("Choose the brand first."))
        if not said["warehouse"]:
            form.troubles.append(_("Choose the warehouse first."))
        if form.promised_on is None:
            form.troubles.append(_("Say for which day the delivery is promised."))
        if not form.lines and not form.troubles:
            form.troubles.append(_("Name at least one SKU with its units."))
        return form

    def read_lines(self, text: str) -> list[tuple[str, int]]:
        """Return the SKUs and units of a text; a line that can't be read is a trouble that names it."""
        found: list[tuple[str, int]] = []
        for number, row in enumerate(text.splitlines(), start=1):
            if not row.strip():
                continue
            match = LINE.fullmatch(row.strip())
            units = match["units"].replace(",", "").replace("，", "") if match else ""
            if match is None or len(units) > 8:
                detail = _("Line %(number)s: “%(line)s” names no SKU and units.")
                self.troubles.append(detail % {"number": number, "line": row.strip()[:60]})
                continue
            found.append((match["code"].strip()[:60], int(units)))
        return found

    @property
    def promised_on(self) -> date | None:
        """Return the day of the promise; None for what is no day."""
        try:
            return date.fromisoformat(self.said["promised_on"])
        except ValueError:
            return None

    def draft(self) -> InboundDraft:
        """Return what the form announces; asked for only where there are no troubles."""
        day = self.promised_on
        assert day is not None  # noqa: S101 - a form without a day has a trouble
        return InboundDraft(
            brand_code=self.said["brand"][:40],
            warehouse_code=self.said["warehouse"][:40],
            goods_owner=self.said["owner"][:40] or OWN,
            promised_on=day,
            lines=tuple(self.lines),
            supplier=self.said["supplier"],
            source=InboundSource.FORM.value,
            source_key=self.said["source_key"][:120] or f"form:{self.key}",
            tracking=self.said["tracking"],
            note=self.said["note"],
        )
