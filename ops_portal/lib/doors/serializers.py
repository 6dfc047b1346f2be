"""Serializers that take what they know and name what they don't."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


class _RefusesUnknown:
    """Refuse fields that nobody declared, so that a misspelt optional field is not silently lost."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {field.field_name for field in self._writable_fields}  # type: ignore[attr-defined]
            unknown = [name for name in data if name not in known]
            if unknown:
                raise serializers.ValidationError(
                    {str(name): [_("There is no such field.")] for name in unknown}
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class PortalSerializer(_RefusesUnknown, serializers.Serializer[Any]):
    """The shape of what comes in, or of what goes out. Shapes and validates; holds no rule."""


class PortalModelSerializer(_RefusesUnknown, serializers.ModelSerializer[Any]):
    """The same, with fields taken from a model."""
