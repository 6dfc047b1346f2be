"""What the doors hand to this app's operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback.choices import Channel, Delivery
from orders.models import Shop


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One thing that a customer said.

    ``source_key`` makes it known again: the sender's number, or kind, brand, hash of the content and occurrence
    in the file. Without ``received_at``, an item counts as received when it first comes in, and keeps that
    time afterwards. ``is_negative`` is for senders that judge without a rating; else the rating says it.
    ``order_number`` is the platform's number of an order in the same shop, or ours; what isn't known is kept as
    it was given. History waits for nobody.
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
    order_number: str = ""
    sku_code: str = ""
    follow_up_of: int | None = None
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class TriageDraft:
    """What somebody makes of an item; what is left out stays as it is."""

    number: str
    type: str | None = None
    topic: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What to tell the customer. ``seen`` is how many answers the writer saw; another number is refused."""

    number: str
    text: str
    seen: int | None = None
    delivery: str = Delivery.BY_HAND


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """To which order and SKU an item belongs; what is left out stays as it is."""

    number: str
    order_id: int | None = None
    sku_id: int | None = None
