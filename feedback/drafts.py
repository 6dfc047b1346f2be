"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback.choices import Channel
from orders.models import Shop


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One thing that a customer said.

    ``source_key`` makes it known again: the sender's number, or kind, brand, hash of the content and occurrence
    in the file. Without ``received_at``, an item counts as received when it first comes in, and keeps that
    time afterwards. ``is_negative`` is for senders that judge without a rating; else the rating says it.
    """

    source_key: str
    text: str
    channel: Channel = Channel.REVIEW
    brand_code: str = ""
    shop: Shop | None = None
    rating: int | None = None
    is_negative: bool | None = None
    category: str = ""
    received_at: datetime | None = None
    customer_id: int | None = None
