"""What a kind doesn't say is empty in the desk's rows, in a type of its own column."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db.models import Value
from django.test import Client

from ops_portal.desk import kinds
from ops_portal.desk.kinds import ROW_FIELDS
from tests.desk.papers import paper, person

ALWAYS_SAID = {"kind", "queue", "number"}


def shown(kind):
    """Return how many papers the first page counts, and whether the desk's pages show the paper."""
    kinds.register(kind)
    paper("P-1", amount=Decimal("10.00"))
    client = Client()
    client.force_login(person("mei"), backend="ops_portal.accounts.backends.RoleBackend")
    counts = [queue.count for queue in client.get("/admin/").context["waiting"]]
    pages = [client.get(f"/admin/desk/{page}/").content.decode() for page in ("inbox", "deadlines")]
    return counts, ["P-1" in page for page in pages]


@pytest.mark.parametrize("silent", [name for name in ROW_FIELDS if name not in ALWAYS_SAID])
def test_a_kind_that_says_nothing_of_a_column_is_counted_and_shown(kind, silent):
    said = {**kind.columns, "shop_code": Value(""), silent: Value(None)}
    assert shown(replace(kind, columns=said)) == ([1], [True, True])


def test_a_kind_that_says_nothing_at_all_is_counted_and_shown(kind):
    assert shown(replace(kind, columns={})) == ([1], [True, True])
