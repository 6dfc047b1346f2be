"""The life of a delivery, and who may look after it."""

from __future__ import annotations

from typing import Final

from ops_portal.accounts.choices import Role

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {}
