"""What is asked of prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PriceDraft:
    """The price of a SKU in a shop (empty code: its list price) from a moment on (None: from now).

    ``until`` makes it a special price of that shop and time. ``change_id`` is the price change that brings it.
    """

    sku_code: str
    amount: Decimal
    channel_code: str = ""
    since: datetime | None = None
    reason: str = ""
    until: datetime | None = None
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class PriceChangeDraft:
    """New prices, each (SKU code, amount), in one shop (empty code: list prices) from a moment on (None: at once).

    With ``until`` they are special prices of that time. ``rule`` says how they were reckoned; below the floor they
    need a ``reason``.
    """

    lines: tuple[tuple[str, Decimal], ...]
    channel_code: str = ""
    since: datetime | None = None
    rule: str = ""
    reason: str = ""
    until: datetime | None = None
