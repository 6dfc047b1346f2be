"""What is asked of stocktakes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ScopeDraft:
    """Which goods and places of a warehouse are counted; what is empty leaves nothing out.

    ``goods`` is a class by what they sell (``CountClass``). All that is given holds at once.
    """

    zones: tuple[str, ...] = ()
    bins: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    goods: str = ""


@dataclass(frozen=True, slots=True)
class StocktakeDraft:
    """A stocktake to be opened in a warehouse."""

    warehouse_code: str
    scope: ScopeDraft = field(default_factory=ScopeDraft)
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountDraft:
    """Units of goods that somebody found in a bin, or outside all bins where ``bin_code`` is empty.

    ``key`` names the scan: repeated, it does nothing, and with ``corrects`` it sets the units of that scan.
    """

    number: str
    bin_code: str
    sku_code: str
    units: int
    key: str
    goods_owner: str = ""
    batch_code: str = ""
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """A bin, or what lies outside all bins where ``bin_code`` is empty, that a stocktake has been through."""

    number: str
    bin_code: str


@dataclass(frozen=True, slots=True)
class RecountDraft:
    """All units that somebody found where a count differs. ``key`` makes a repeat a no-op."""

    count_id: int
    units: int
    key: str


@dataclass(frozen=True, slots=True)
class SendBackDraft:
    """Counts (none: all that differ) of a stocktake that are to be counted once more, and why."""

    number: str
    reason: str
    count_ids: tuple[int, ...] = ()
