"""Buyers as platforms tell of them: masked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from ops_portal.demo.vocabulary.places import PLACES, STREETS, SURNAMES
from orders.drafts import BuyerDraft

COMES_AGAIN = 0.22


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody in one shop; ``serial`` stands in his order numbers."""

    serial: int
    platform_id: str
    name: str
    phone: str
    province: str
    city: str
    district: str
    address: str

    def draft(self) -> BuyerDraft:
        """Return what operations take."""
        return BuyerDraft(
            self.platform_id, self.name, self.phone, self.province, self.city, self.district, self.address
        )


class Buyers:
    """New buyers, and those who come again to the same shop."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.known: dict[str, list[Buyer]] = defaultdict(list)
        self.weights = [people for _province, people, _days, _cities in PLACES]

    def come(self, shop: str) -> Buyer:
        """Return who buys next in a shop."""
        known = self.known[shop]
        if known and self.random.random() < COMES_AGAIN:
            return self.random.choice(known)
        buyer = self.new()
        known.append(buyer)
        return buyer

    def new(self) -> Buyer:
        """Return a buyer who was never here."""
        random = self.random
        ((province, _people, _days, cities),) = random.choices(PLACES, self.weights)
        city = random.choice(list(cities))
        return Buyer(
            serial=random.randrange(10_000),
            platform_id=f"{random.getrandbits(96):024x}",
            name=f"{random.choice(SURNAMES)}**",
            phone=f"1{random.choice('35789')}{random.randrange(10)}****{random.randrange(10_000):04d}",
            province=province,
            city=city,
            district=random.choice(cities[city].split()),
            address=f"{random.choice(STREETS)}****",
        )
