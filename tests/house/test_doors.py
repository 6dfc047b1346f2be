"""Every door of the site, tried by everyone who may come: nobody sees what isn't theirs, and none answers 5xx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.http import HttpResponse

from orders.models import Order
from tests.house.agency import CALLERS, Agency, Caller
from tests.house.doors import ARGUMENTS, DOORS, HARMLESS_POSTS, PAGES, POSTS
from tests.house.routes import Route, all_routes, app_labels, autocompletes

REFUSED = {"login", "home", "401", "403", "404", "405"}
SURE = {"_form_submitted": "True"}  # what the dialog of a move sends when it was answered
# They change when somebody knocks, and say nothing of the business.
KNOCKS = {"accounts_apikey": "last_used_at", "accounts_user": "last_login"}


def in_a_word(response: HttpResponse) -> str:
    """Return an answer as the table of doors names it."""
    if response.status_code != 302:
        return str(response.status_code)
    if response["Location"].startswith("/admin/login/"):
        return "login"
    return "home" if response["Location"] == "/admin/" else "302"


@dataclass(frozen=True, eq=False)
class Door:
    """One address to knock at. ``name`` as the table has it."""

    name: str
    route: Route
    arguments: Mapping[str, Any]
    query: Mapping[str, str]

    @property
    def address(self) -> str:
        return self.route.address(self.arguments)

    def may_answer(self, caller: str) -> set[str]:
        """Return what a GET may answer to ``caller``."""
        if self.route.page:
            label, kind = self.route.page
            return (
                PAGES[label].answer(kind, caller) if label in PAGES else {"declared in tests/house/doors.py"}
            )
        row = DOORS.get(self.name)
        return {row.split()[CALLERS.index(caller)]} if row else {"declared in tests/house/doors.py"}

    @property
    def only_shows(self) -> bool:
        """Tell whether a POST is answered as a GET is."""
        return self.route.page is not None and self.route.page[1] in ("list", "history", "redirect")

    def may_post(self) -> frozenset[str]:
        """Return who may write through this door."""
        if self.route.page:
            label, kind = self.route.page
            return PAGES[label].may_post(kind) if label in PAGES else frozenset()
        return POSTS.get(self.name, frozenset())


def names_of(route: Route) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Return a route's doors as (name, arguments, query): one, or one for each app or looked-up field."""
    if route.name == "admin:app_list":
        return [(f"{route.name} {label}", {"app_label": label}, {}) for label in app_labels()]
    if route.name == "admin:autocomplete":
        fields = [
            (
                f"{route.name} {app}.{model}.{field}",
                {},
                {"app_label": app, "model_name": model, "field_name": field, "term": ""},
            )
            for app, model, field in autocompletes()
        ]
        return [(route.name, {}, {}), *fields]
    return [(route.name, {}, {})]


def doors_of(agency: Agency) -> Iterator[Door]:
    """Yield every door of the site, with rows of the agency in the places of its addresses."""
    for route in all_routes():
        if route.page:
            yield Door(route.name, route, {"object_id": agency.oldest(route.page[0]).pk}, {})
            continue
        given = next((of(agency) for start, of in ARGUMENTS.items() if route.name.startswith(start)), {})
        for name, arguments, query in names_of(route):
            yield Door(name, route, {**given, **arguments}, query)


def test_every_route_is_declared_and_every_declared_door_is_there():
    pages = {route.page for route in all_routes() if route.page}
    doors = {name for route in all_routes() if not route.page for name, _arguments, _query in names_of(route)}
    assert doors - set(DOORS) == set(), "Say in tests/house/doors.py who may open these."
    assert set(DOORS) - doors == set()
    assert {label for label, _kind in pages} - set(PAGES) == set(), (
        "Say in tests/house/doors.py who may open these."
    )
    assert set(PAGES) - {label for label, _kind in pages} == set()
    moves = {
        label: {kind.removeprefix("move ") for of, kind in pages if of == label and " " in kind}
        for label in PAGES
    }
    assert moves == {label: set(declared.moves) for label, declared in PAGES.items()}
    assert {name: len(row.split()) for name, row in DOORS.items()} == dict.fromkeys(DOORS, len(CALLERS))


def test_what_is_posted_is_declared_too():
    known = {name.partition(" ")[0] for name in DOORS}
    assert set(POSTS) | set(HARMLESS_POSTS) <= known


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLERS)
def test_a_get_answers_what_the_table_says(agency: Agency, name: str):
    caller = agency.callers[name]
    answers = {
        (door.name, door.address): (in_a_word(caller.get(door.address, **door.query)), door.may_answer(name))
        for door in doors_of(agency)
    }
    assert len(answers) >= 200
    assert {door: pair for door, pair in answers.items() if pair[0] not in pair[1]} == {}


def fingerprints() -> dict[str, str]:
    """Return a digest of all rows of every table of our own."""
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] not in ("django", "axes")]
    digests = {}
    with connection.cursor() as cursor:
        for table in sorted({model._meta.db_table for model in ours}):
            row = f"(to_jsonb(t) - '{KNOCKS.get(table, '')}')::text"
            cursor.execute(f'SELECT md5(string_agg({row}, chr(10) ORDER BY {row})) FROM "{table}" t')
            (digests[table],) = cursor.fetchone()
    assert len(digests) >= 30
    return digests


def knock(caller: Caller, door: Door) -> str:
    """POST what the door would take if the caller might."""
    body = {
        "orders-list": {"shop": "S1", "platform_number": "NEW", "lines": [{"sku": "A1", "units": 1}]},
        "orders-bulk": [{"shop": "S1", "platform_number": "NEW"}],
        "orders-ship": {"carrier": "SF", "waybill_number": "TAKEN"},
    }.get(door.name, {**SURE, "reason": "because", "post": "yes", "code": "X", "name": "X", "username": "x"})
    return in_a_word(caller.post(door.address, body))


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLERS[:-1])  # root may do all that can be done
def test_a_post_of_whoever_may_not_is_refused_and_writes_nothing(agency: Agency, name: str):
    caller = agency.callers[name]
    shut = [
        door
        for door in doors_of(agency)
        if name not in door.may_post() and door.name.partition(" ")[0] not in HARMLESS_POSTS
    ]
    before = fingerprints()
    answers = {door: knock(caller, door) for door in shut if not door.only_shows}
    assert len(answers) >= 80
    assert {door.address: answer for door, answer in answers.items() if answer not in REFUSED} == {}
    assert {door.address for door in shut if door.only_shows and knock(caller, door).startswith("5")} == set()
    assert fingerprints() == before


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALLERS[:-1])
def test_an_action_on_a_list_of_whoever_may_not_writes_nothing(agency: Agency, name: str):
    caller = agency.callers[name]
    shut = [
        (route.address({}), agency.oldest(route.page[0]).pk, move)
        for route in all_routes()
        if route.page and route.page[1] == "list"
        for move, allowed in {**PAGES[route.page[0]].moves, "delete_selected": frozenset()}.items()
        if name not in allowed
    ]
    before = fingerprints()
    for address, pk, move in shut:
        action = move if move == "delete_selected" else f"move_{move.replace('-', '_')}"
        answer = caller.post(
            address, {"action": action, "_selected_action": pk, "post": "yes", "reason": "x"}
        )
        assert answer.status_code < 500, address
    assert len(shut) >= 25
    assert fingerprints() == before


@pytest.mark.django_db
def test_the_doors_that_are_open_do_write(agency: Agency):
    """The control: a review by the operator of the shop changes what a refused one leaves alone."""
    number, before = agency.orders["mixed"].number, fingerprints()
    assert agency.callers["operator"].post(f"/api/v1/orders/{number}/review/").status_code == 200
    changed = {table for table, digest in fingerprints().items() if digest != before[table]}
    assert changed == {"orders_order", "lib_statemove"}
    page = f"/admin/orders/order/{Order.objects.get(number=number).pk}/pick/"
    assert agency.callers["warehouse"].post(page, SURE).status_code == 302
    assert Order.objects.get(number=number).status == "picked"
