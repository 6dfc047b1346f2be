"""Batches as papers name them, each with one last day of use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalog.drafts import StockDocumentDraft
from catalog.models import Batch, Sku
from ops_portal.lib.refusals import Refused
from ops_portal.lib.rows import as_json, recordset


class TakenMeanwhile(Refused):
    """Another session writes the same paper or batch, again and again."""

    code = "taken_meanwhile"


class BatchDiffers(Refused):
    """The batch came before, with another expiry."""

    code = "batch_differs"


class Expiries:
    """The expiry of each batch that the drafts name: as it stands, then as accepted drafts give it.

    A batch keeps the expiry with which it came; one that came without takes it from the paper that knows it.
    """

    def __init__(self, standing: dict[tuple[int, str], date | None]) -> None:
        self.standing = standing
        self.known = dict(standing)

    @classmethod
    def load(cls, drafts: Sequence[StockDocumentDraft]) -> Expiries:
        """Read the batches that the drafts name."""
        named = {
            (line.sku_id, line.batch_code) for draft in drafts for line in draft.lines if line.batch_code
        }
        if not named:
            return cls({})
        found = Batch.objects.filter(
            sku_id__in={sku for sku, _code in named}, code__in={code for _sku, code in named}
        )
        standing = {(batch.sku_id, batch.code): batch.expires_on for batch in found}
        return cls({key: expiry for key, expiry in standing.items() if key in named})

    def check(self, draft: StockDocumentDraft, skus: dict[int, Sku]) -> None:
        """Refuse BatchDiffers where the draft gives a batch another expiry than the one it has."""
        said: dict[tuple[int, str], date] = {}
        for line in draft.lines:
            if not line.batch_code or line.expires_on is None:
                continue
            key = (line.sku_id, line.batch_code)
            expiry = self.known.get(key) or said.setdefault(key, line.expires_on)
            if expiry != line.expires_on:
                detail = _("Batch %(batch)s of %(sku)s expires on %(expires_on)s, not on %(other)s.")
                raise BatchDiffers(
                    detail,
                    batch=line.batch_code,
                    sku=skus[line.sku_id].code,
                    expires_on=expiry.isoformat(),
                    other=line.expires_on.isoformat(),
                )

    def note(self, draft: StockDocumentDraft) -> None:
        """Keep what an accepted draft says."""
        for line in draft.lines:
            if line.batch_code:
                key = (line.sku_id, line.batch_code)
                self.known[key] = self.known.get(key) or line.expires_on

    def save(self) -> dict[tuple[int, str], int]:
        """Write what is new and return the id of each batch. Raises TakenMeanwhile."""
        if not self.known:
            return {}
        fresh = [
            {"sku_id": sku, "code": code, "expires_on": expiry}
            for (sku, code), expiry in sorted(self.known.items(), key=lambda item: item[0])
            if (sku, code) not in self.standing or self.standing[sku, code] != expiry
        ]
        if fresh:
            given = recordset(Batch, ("sku_id", "code", "expires_on"))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO catalog_batch (sku_id, code, expires_on) SELECT sku_id, code, expires_on FROM {given}"
                    " ON CONFLICT (sku_id, code) DO UPDATE SET expires_on = EXCLUDED.expires_on"
                    " WHERE catalog_batch.expires_on IS NULL AND EXCLUDED.expires_on IS NOT NULL",
                    [as_json(fresh)],
                )
        found = Batch.objects.filter(
            sku_id__in={sku for sku, _code in self.known}, code__in={code for _sku, code in self.known}
        )
        batches = {(batch.sku_id, batch.code): batch for batch in found}
        if any(expiry and batches[key].expires_on != expiry for key, expiry in self.known.items()):
            raise TakenMeanwhile
        return {key: batches[key].pk for key in self.known}
