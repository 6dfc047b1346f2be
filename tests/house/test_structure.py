"""What a linter of imports can't see of the house."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import grimp
import pytest
from django.apps import apps
from django.conf import settings
from django.dispatch import Signal

import catalog.signals
import feedback.signals
import ops_portal.desk.signals
import ops_portal.outbox.signals
import orders.signals

ROOT = Path(settings.BASE_DIR)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = [[name.strip() for name in floor.split(":")] for floor in CONTRACTS[0]["layers"]]
HEIGHT = {name: -depth for depth, floor in enumerate(FLOORS) for name in floor}
OPERATIONS = CONTRACTS[2]["source_modules"]


def height_of(module: str) -> int:
    """Return the floor on which ``module`` stands; higher floors are greater."""
    return max(
        (HEIGHT[name] for name in HEIGHT if module == name or module.startswith(f"{name}.")), default=-99
    )


def test_every_module_of_ops_portal_stands_on_a_floor():
    children = {
        f"ops_portal.{path.stem}"
        for path in (ROOT / "ops_portal").iterdir()
        if (path.is_dir() and (path / "__init__.py").exists()) or path.suffix == ".py"
    }
    assert children - {"ops_portal.__init__"} == {name for name in HEIGHT if name.startswith("ops_portal.")}


def test_every_foreign_key_points_down():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if (own := height_of(model.__module__)) > -99
        for field in model._meta.get_fields()
        if field.is_relation
        and not field.auto_created
        and field.related_model is not None
        and height_of(field.related_model.__module__) > own
        and field.related_model._meta.label != settings.AUTH_USER_MODEL  # people, through the setting
    ]
    assert upward == []


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph(
        "ops_portal", "catalog", "orders", "feedback", "analytics", include_external_packages=True
    )


def test_no_operation_reaches_celery_even_through_a_chain(graph):
    found = {module for module in graph.modules if any(module.startswith(f"{room}.") for room in OPERATIONS)}
    assert len(found) >= 15
    chains = {module: graph.find_shortest_chain(module, "celery") for module in found}
    assert {module: chain for module, chain in chains.items() if chain} == {}


def test_no_two_advisory_locks_have_one_number():
    """Whoever takes a number of somebody else's waits for what doesn't concern him."""
    owners: dict[int, list[str]] = defaultdict(list)
    for room in ("ops_portal", "catalog", "orders", "aftersales", "feedback", "consignment", "analytics"):
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text()
            if "pg_advisory" in text:
                for number in re.findall(r"^\w+(?:: Final)? = (\d[\d_]{9,})", text, re.MULTILINE):
                    owners[int(number)].append(path.relative_to(ROOT).as_posix())
    assert len(owners) >= 9
    assert {number: paths for number, paths in owners.items() if len(paths) > 1} == {}


def test_every_app_has_its_operations_in_the_contract():
    rooms = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in ROOT.glob("*/operations/__init__.py")
    }
    rooms |= {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in ROOT.glob("ops_portal/*/operations/__init__.py")
    }
    assert rooms == set(OPERATIONS)


# Who hears what; docs/architecture.md prints the same table.
WIRING = {
    "desk.background_runs_wait": ["desk.wake_worker"],
    "outbox.deliveries_wait": ["outbox.wake_worker"],
    "catalog.units_arrived": ["orders.serve_after_arrival"],
    "catalog.skus_created": ["orders.serve_after_creation"],
    "catalog.skus_matched": ["catalog.show_matched", "orders.serve_after_matching"],
    "catalog.before_publication": [],
    "catalog.listing_licences": ["consignment.name_lapsed_listings"],
    "catalog.document_pages": ["orders.lead_to_orders"],
    "catalog.document_claims": [
        "aftersales.claim_cases",
        "catalog.claim_stock_documents",
        "catalog.claim_stock_holds",
        "orders.claim_orders",
    ],
    "catalog.units_wanted": ["orders.want_units"],
    "orders.before_refund_withdrawn": ["aftersales.keep_refunds_of_cases"],
    "orders.orders_changed": ["analytics.order_days_are_stale"],
    "feedback.items_received": ["analytics.feedback_days_are_stale"],
}


def live_wiring() -> dict[str, list[str]]:
    """Return the signals of the apps and the identities of their live receivers."""
    return {
        f"{module.__name__.split('.')[-2]}.{name}": sorted(receiver[0][0] for receiver in signal.receivers)
        for module in (
            ops_portal.desk.signals,
            ops_portal.outbox.signals,
            catalog.signals,
            orders.signals,
            feedback.signals,
        )
        for name, signal in vars(module).items()
        if isinstance(signal, Signal)
    }


def test_the_wiring_of_signals_is_the_one_that_is_written_down():
    assert live_wiring() == WIRING


def test_the_docs_print_the_wiring():
    text = (ROOT / "docs" / "architecture.md").read_text()
    for signal, receivers in WIRING.items():
        assert f"| `{signal}` | {', '.join(f'`{name}`' for name in receivers)} |" in text
