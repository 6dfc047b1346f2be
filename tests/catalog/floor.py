"""A scanner on the warehouse floor: each scan sends what the page before keeps, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.test import Client

from ops_portal.accounts.choices import GrantKind, Role
from ops_portal.accounts.models import Grant, User
from tests.house.agency import SIGN_IN


def worker_of(*, brands: Iterable[str] = ("ACME",), role: Role = Role.WAREHOUSE) -> Client:
    """Return the browser of somebody of a role who may see ``brands``."""
    user = User.objects.create_user(f"{role}{User.objects.count()}", roles=[role], is_staff=True)
    Grant.objects.bulk_create(Grant(user=user, kind=GrantKind.BRAND, code=code) for code in brands)
    client = Client()
    client.force_login(user, backend=SIGN_IN)
    return client


class Scanner:
    """Scans on one page; ``page`` is the context of the last answer."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self.page: Any = client.get(address).context

    def scan(self, code: str, *, again: bool = False) -> Any:
        """Send a scan as htmx does, with what the page keeps; ``again``: the very request of the last scan."""
        if not again:
            self.sent = {**self.page["scan"].keeps, "code": code}
        answer = self.client.post(self.address, self.sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.status_code
        self.page = answer.context
        return answer

    @property
    def tone(self) -> str:
        """Return what is heard."""
        return str(self.page["tone"])
