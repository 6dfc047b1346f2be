"""Filters of lists: those a filter set names, and a clear no to every other parameter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as django_filters
from django_filters.widgets import SuffixedMultiWidget
from rest_framework.request import Request

from ops_portal.lib.doors.problems import Problem


class PortalFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """What people ask a list for. Write ``updated_since = None`` where the model has no ``updated_at``."""

    updated_since = django_filters.IsoDateTimeFilter(
        field_name="updated_at", lookup_expr="gte", label=_("Changed at or after")
    )


class PortalFilterBackend(django_filters.DjangoFilterBackend):  # type: ignore[misc]
    """Answer a value that can't be read with a problem naming the parameter."""

    raise_exception = False

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            errors = [
                {"parameter": name, "detail": str(message)}
                for name, messages in filterset.errors.items()
                for message in messages
            ]
            raise Problem("invalid_parameter", _("Some parameters can't be read."), errors=errors)
        return filterset.qs


@lru_cache(maxsize=256)
def parameters_of(filterset_class: type[django_filters.FilterSet]) -> frozenset[str]:
    """Return the query parameters that ``filterset_class`` reads."""
    names: set[str] = set()
    for name, declared in filterset_class.base_filters.items():
        widget = declared.field.widget
        if isinstance(widget, SuffixedMultiWidget):
            names.update(widget.suffixed(name, suffix) for suffix in widget.suffixes)
        else:
            names.add(name)
    return frozenset(names)


def refuse_unknown_parameters(request: Request, allowed: Iterable[str]) -> None:
    """Refuse a request with a query parameter that nothing reads, naming those that are."""
    known = set(allowed)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise Problem(
            "unknown_parameter",
            _("This address does not know the parameter “%(name)s”.") % {"name": unknown[0]},
            unknown=unknown,
            allowed=sorted(known),
        )
