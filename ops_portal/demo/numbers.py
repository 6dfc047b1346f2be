"""Order, line and waybill numbers in the shapes that platforms and carriers give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from ops_portal.demo.calendar import ZONE
from ops_portal.demo.vocabulary.shops import CARRIERS

EPOCH = datetime(2020, 1, 1, tzinfo=ZONE)


def seconds(at: datetime) -> int:
    """Return the seconds since the numbers began; so numbers rise with time, as real ones do."""
    return int((at - EPOCH).total_seconds())


def tmall(at: datetime, buyer: int, random: Random) -> str:
    """Return 19 digits of which the last four are the buyer's, as on Taobao and Tmall."""
    return f"{1_000_000_000 + seconds(at) * 12:010d}{random.randrange(100_000):05d}{buyer % 10_000:04d}"


def jd(at: datetime, buyer: int, random: Random) -> str:
    """Return 12 digits."""
    return f"{300_000_000_000 + seconds(at) * 100 + random.randrange(100):012d}"


def pinduoduo(at: datetime, buyer: int, random: Random) -> str:
    """Return the day and 15 digits: ``260531-607…``."""
    return f"{at.astimezone(ZONE):%y%m%d}-{random.randrange(10**14, 10**15):015d}"


def douyin(at: datetime, buyer: int, random: Random) -> str:
    """Return 19 digits that begin with 69."""
    return f"69{seconds(at) * 20:011d}{random.randrange(1_000_000):06d}"


def own(at: datetime, buyer: int, random: Random) -> str:
    """Return the number of our own store: its letters, the second, four digits."""
    return f"SH{at.astimezone(ZONE):%Y%m%d%H%M%S}{random.randrange(10_000):04d}"


SHAPES: dict[str, Callable[[datetime, int, Random], str]] = {
    "tmall": tmall,
    "jd": jd,
    "pinduoduo": pinduoduo,
    "douyin": douyin,
    "own": own,
}


def line_number(platform: str, order_number: str, position: int, lines: int) -> str:
    """Return the platform's number of a line (子订单); empty where the platform has none."""
    if platform == "tmall":
        return order_number if lines == 1 else str(int(order_number) + position * 10_000)
    if platform == "douyin":
        return str(int(order_number) + position - 1)
    return f"{order_number}-{position}" if platform == "own" else ""


@dataclass
class Numbers:
    """Numbers that were given already are not given again."""

    random: Random
    given: set[str] = field(default_factory=set)

    def order(self, platform: str, at: datetime, buyer: int) -> str:
        """Return a new order number."""
        return self._new(lambda: SHAPES[platform](at, buyer, self.random))

    def parcel(self, *, wants_sf: bool = False) -> tuple[str, str]:
        """Return a carrier and a new waybill number of its shape."""
        weights = [part for *_rest, part in CARRIERS]
        (carrier,) = self.random.choices(CARRIERS, weights)
        if wants_sf:
            carrier = next(one for one in CARRIERS if one[0] == "SF")
        _code, name, prefix, digits, _part = carrier
        return name, self._new(lambda: f"{prefix}{self.random.randrange(10**digits):0{digits}d}")

    def _new(self, make: Callable[[], str]) -> str:
        while (number := make()) in self.given:
            pass
        self.given.add(number)
        return number
