"""Load the whole agency, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection
from django.utils.translation import gettext_lazy as _

from analytics.operations.rolling import refresh_stale_days
from catalog.operations.set_up import set_up_rules
from ops_portal.demo.calendar import Span
from ops_portal.demo.care import look_after_goods
from ops_portal.demo.goods import write_catalogue
from ops_portal.demo.handing import hand_out
from ops_portal.demo.history import History
from ops_portal.demo.live import Live
from ops_portal.demo.offers import Offers
from ops_portal.demo.packs import bring_packs
from ops_portal.demo.people import Logins, let_in, staff
from ops_portal.demo.places import open_places
from ops_portal.demo.planning import plan_orders
from ops_portal.demo.samples import take_in_some
from ops_portal.demo.settlement import keys_of_partners, settle, sign
from ops_portal.demo.shelves import complete_products, keep_words, set_fees, write_shelves
from ops_portal.demo.stocking import Stocking
from ops_portal.demo.teams import form_teams
from ops_portal.demo.vocabulary.shops import PEOPLE
from ops_portal.demo.voices import Voices
from ops_portal.demo.warehouse import Floor
from ops_portal.lib.principals import acting_as, system
from ops_portal.lib.refusals import Refused
from orders.models import Order

SEED = 20_261_111
ORDERS, SMALL_ORDERS = 10_000, 300

Tell = Callable[[str], None]


class HouseInUse(Refused):
    """The house has orders of its own; the demonstration would mix with them."""

    code = "house_in_use"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded."""

    orders: int
    logins: Logins


def look_at_tables() -> None:
    """Let PostgreSQL count the rows: tables that grew within a minute are planned for as if they were empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def load_agency(
    now: datetime,
    *,
    orders: int = ORDERS,
    keep: Callable[[Logins], None] = lambda logins: None,
    tell: Tell = lambda text: None,
) -> Loaded:
    """Load the agency as it stands at ``now``; the same moment and size give the same agency.

    Passwords and keys differ each time; ``keep`` is given them before they are committed. Refuses HouseInUse.
    """
    if Order.objects.exists():
        raise HouseInUse(_("This house has orders already; the demonstration agency needs an empty one."))
    random = Random(SEED)  # noqa: S311 - nothing secret is drawn
    span = Span(now)
    actor = system()
    tell("People, shops, goods ...")
    set_up_rules(actor=actor, at=span.opening)
    write_catalogue(actor=actor, at=span.opening)
    write_shelves(actor=actor, at=span.opening)
    complete_products(actor=actor, at=span.opening)
    keep_words(actor=actor, at=span.opening)
    with acting_as(actor):
        logins = let_in(actor=actor, at=span.opening)
        logins += keys_of_partners(actor=actor, at=span.opening)
        keep(logins)
    form_teams(actor=actor, at=span.opening)
    places = open_places(actor=actor, at=span.opening)
    plan, planner = plan_orders(span, orders, random)
    stocking = Stocking(span, plan.orders, places)
    people = staff([person.username for person in PEOPLE])
    sign(span, people["manager"])
    set_fees(actor=actor)
    tell("Goods in the shops ...")
    offers = Offers(span, people)
    offers.begin()
    history = History(places, stocking, people, random, orders)

    def tell_now_and_then(day: date) -> None:
        if day.day in (1, 11, 21):
            tell(f"{day} ...")
        if day.day == 1:
            look_at_tables()

    history.live_through(span.days, plan.orders, tell_now_and_then)
    tell("Today's work ...")
    stocking.short_dated(actor=history.staff["warehouse"], at=span.live_from - timedelta(days=3))
    floor = Floor(span, places, history.staff, orders / ORDERS)
    floor.lay_out(at=span.live_from - timedelta(hours=2))
    Live(span, history, planner, random, orders).begin()
    floor.work()
    tell("What buyers say ...")
    Voices(span, places, history.staff, random, orders).speak(plan.orders, stocking.defective_batch)
    offers.go_on()
    look_after_goods(span, history.staff)
    bring_packs(span, history.staff["operator"])
    hand_out(history.staff, at=now - timedelta(minutes=5))
    tell("Files ...")
    take_in_some(now, history.staff["operator"])
    tell("Statements ...")
    look_at_tables()
    settle(span, history.staff)
    tell("Figures ...")
    refresh_stale_days(actor=actor, at=now)
    return Loaded(Order.objects.count(), logins)
