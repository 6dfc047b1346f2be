"""What is asked of stock: documents, requests, replenishment, transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class StockLineDraft:
    """Units that a stock document moves. ``batch_code`` is required where the SKU tracks batches.

    ``bin_code`` is the bin from which they go or into which they come; empty: wherever they lie, and to the dock.
    """

    sku_id: int
    warehouse_id: int
    owner: str
    units: int
    from_state: str
    to_state: str
    batch_code: str = ""
    expires_on: date | None = None
    bin_code: str = ""


@dataclass(frozen=True, slots=True)
class StockDocumentDraft:
    """A paper of the warehouse; ``source_key`` is the sender's own number, empty where there is none.

    A transfer names the warehouse that it goes to, a receipt the inbound delivery that it is part of, if any.
    """

    kind: str
    lines: tuple[StockLineDraft, ...]
    source_key: str = ""
    note: str = ""
    to_warehouse_id: int | None = None
    delivery_number: str = ""


@dataclass(frozen=True, slots=True)
class RequestLineDraft:
    """Units of a SKU that are to go from one state to another; the bin is where they lie or will lie, if known."""

    sku_code: str
    goods_owner: str
    units: int
    from_state: str
    to_state: str
    batch_code: str = ""
    bin_code: str = ""


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What somebody wants done to the stock of a warehouse (``RequestKind``), and why (``RequestReason``).

    The same ``source_key`` again is the same request.
    """

    kind: str
    reason: str
    warehouse_code: str
    lines: tuple[RequestLineDraft, ...]
    note: str = ""
    source_key: str = ""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """Each figure of one reckoning of a replenishment, as ``Replenishment.reasoning`` keeps it: plain JSON.

    ``on`` is the last day that was known; ``past`` what was taken on the days up to it, ``past_out`` the places of
    those that ended sold out, ``ahead`` what is expected after it, ``arrivals`` (days after ``on``, units) what comes.
    ``cost`` is what a unit costs, as text; empty where nobody knows.
    """

    on: str
    level: float
    spread: float
    momentum: float
    intermittent: bool
    known_days: int
    left_out: int
    supplier: str
    lead_days: int
    lead_spread: float
    review_days: int
    service_level: float
    z: float
    minimum_units: int
    pack_units: int
    demand: float
    of_campaigns: float
    safety: float
    waiting: int
    available: int
    unsellable: int
    quarantine: int
    on_the_way: int
    approved: int
    needed: float
    reorder_point: float
    sells_before_expiry: float | None
    cost: str
    past: tuple[int, ...] = ()
    past_out: tuple[int, ...] = ()
    ahead: tuple[float, ...] = ()
    arrivals: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ArrivedLineDraft:
    """So many units of a SKU (and batch) that came; without an owner they are taken in the sequence of the paper."""

    sku_code: str
    units: int
    batch_code: str = ""
    goods_owner: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalDraft:
    """What came of a transfer. ``key`` is the caller's own name for this arrival: it is booked once.

    ``ends`` says that no more will come: what is still on the way is booked as lost, for a ``reason``.
    """

    number: str
    lines: tuple[ArrivedLineDraft, ...]
    key: str
    ends: bool = False
    reason: str = ""
