"""What each role may do. Every app declares its part in ``choices.py`` and grants it when it is ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_roles: dict[str, frozenset[str]] = {}


def grant_to_roles(app_label: str, mapping: Mapping[str, Iterable[str]]) -> None:
    """Give the permissions of ``mapping`` ("orders.review_order" → roles) to their roles.

    Called from ``AppConfig.ready``; a permission named again is replaced. Raises ValueError where an app
    gives a permission of another.
    """
    foreign = [permission for permission in mapping if permission.partition(".")[0] != app_label]
    if foreign:
        raise ValueError(f"{app_label} can't give {', '.join(sorted(foreign))}.")
    _roles.update(
        {permission: frozenset(str(role) for role in roles) for permission, roles in mapping.items()}
    )


def roles_with(permission: str) -> frozenset[str]:
    """Return the roles that hold ``permission``; none for a permission that nobody declared."""
    return _roles.get(permission, frozenset())


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Return every permission that one of ``roles`` holds."""
    held = frozenset(roles)
    return frozenset(permission for permission, allowed in _roles.items() if not allowed.isdisjoint(held))
