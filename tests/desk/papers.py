"""A kind of document that no app has: papers of shops, with both clocks, in two queues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any, Self

from django.apps.registry import Apps
from django.db import connection, models
from django.db.models import F, Q, Value

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.permissions import grant_to_roles
from ops_portal.accounts.visibility import Viewer, scope_of
from ops_portal.desk import kinds
from ops_portal.desk.kinds import ModelKind, Queue
from ops_portal.desk.models import Clocked, Membership, Team
from ops_portal.lib.principals import acting_as
from tests.factories import ACTOR, NOON

PERMISSION = "papers.work_paper"
serial = count(1)


class PaperQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Viewer) -> Self:
        scope = scope_of(user)
        if scope.all:
            return self
        return self.filter(shop__in=scope.shops) if scope.shops else self.none()


class Paper(Clocked):
    number = models.CharField(max_length=30, unique=True)
    status = models.CharField(
        max_length=10, choices=[("new", "new paper"), ("read", "read paper"), ("done", "done")]
    )
    shop = models.CharField(max_length=40)
    platform = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PaperQuerySet.as_manager()

    class Meta:
        apps = Apps()
        app_label = "papers"


KIND = ModelKind(
    code="paper",
    label="Paper",
    model=Paper,
    queues=(
        Queue("paper.read", "Papers to read", within=timedelta(hours=2)),
        Queue("paper.file", "Papers to file"),
    ),
    view_permission=PERMISSION,
    work_permission=PERMISSION,
    queue=models.Case(
        models.When(status="new", then=Value("paper.read")),
        models.When(status="read", then=Value("paper.file")),
    ),
    is_open=Q(status__in=("new", "read")),
    page=lambda number: f"/admin/papers/{number}/",
    columns={"title": Value("A paper"), "shop_code": F("shop"), "currency": Value("CNY")},
)


@contextmanager
def papers() -> Iterator[ModelKind]:
    """Let there be papers, and no other kinds."""
    others = dict(kinds._kinds)
    kinds._kinds.clear()
    kinds.register(KIND)
    grant_to_roles("papers", {PERMISSION: {Role.CUSTOMER_SERVICE, Role.OPERATIONS_MANAGER}})
    with connection.schema_editor() as editor:
        editor.create_model(Paper)
    try:
        yield KIND
    finally:
        if not connection.in_atomic_block:
            with connection.schema_editor() as editor:
                editor.delete_model(Paper)
        kinds._kinds.clear()
        kinds._kinds.update(others)


def paper(number: str = "", **fields: Any) -> Paper:
    """Return a new paper of shop S1, due on both clocks at noon."""
    given = {
        "number": number or f"P{next(serial)}",
        "status": "new",
        "shop": "S1",
        "platform": "tmall",
        "amount": Decimal("10.00"),
        "due_at": NOON,
        "platform_due_at": NOON,
        "opened_at": NOON - timedelta(days=1),
        "updated_at": NOON,
    }
    return Paper.objects.create(**given | fields)


def person(
    name: str, role: Role = Role.CUSTOMER_SERVICE, *, shops: tuple[str, ...] = ("S1",), **fields: Any
) -> User:
    """Return somebody who may sign in and sees ``shops``."""
    with acting_as(ACTOR):
        user = User.objects.create(username=name, name=name.title(), roles=[role], is_staff=True, **fields)
        Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.SHOP, code=code) for code in shops)
    return user


def team(code: str, *members: User, queues: tuple[str, ...] = ("paper.read",), **fields: Any) -> Team:
    """Return a team of ``members``."""
    with acting_as(ACTOR):
        made = Team.objects.create(code=code, name=code, queues=list(queues), **fields)
        Membership.objects.bulk_create(Membership(team=made, user=user) for user in members)
    return made
