"""Pages by position, not by number: every page costs what the first one does, and nothing is counted."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db.models import F, Field, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from ops_portal.lib.doors.problems import Problem

CURSOR = "cursor"
PAGE_SIZE = "page_size"
DEFAULT_SIZE = 50
MAX_SIZE = 200
SIGNATURE_BYTES = 9


class KeysetPagination(BasePagination):
    """Follow the view's ``ordering``: fields of one direction, none of them null, the last one unique.

    The place of a page is a row comparison, ``(placed_at, id) < (x, y)``, which PostgreSQL answers from one
    composite index. Cursors are opaque and signed; one made for another list is refused like garbage.
    """

    parameters = (CURSOR, PAGE_SIZE)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.fields, descending = _order(queryset, view.ordering)
        self.salt = f"{queryset.model._meta.label}:{','.join(view.ordering)}"
        size = self.get_size(request)
        backward, position = self.read(request.query_params.get(CURSOR))
        downward = descending != backward
        names = [field.name for field in self.fields]
        if position is not None:
            row = Tuple(*(F(name) for name in names))
            queryset = queryset.filter((TupleLessThan if downward else TupleGreaterThan)(row, position))
        found = list(queryset.order_by(*(f"-{name}" if downward else name for name in names))[: size + 1])
        more = len(found) > size
        self.page = found[:size]
        if backward:
            self.page.reverse()
        self.has_next = backward or more
        self.has_previous = more if backward else position is not None
        return self.page

    def get_size(self, request: Request) -> int:
        """Return the rows a page shall have; refuse what is no number between 1 and the largest page."""
        asked = request.query_params.get(PAGE_SIZE)
        if asked is None:
            return DEFAULT_SIZE
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 5 and 1 <= int(asked) <= MAX_SIZE):
            detail = _("page_size is a number from 1 to %(most)d.") % {"most": MAX_SIZE}
            errors = [{"parameter": PAGE_SIZE, "detail": str(detail)}]
            raise Problem("invalid_parameter", detail, errors=errors)
        return int(asked)

    def read(self, cursor: str | None) -> tuple[bool, tuple[Any, ...] | None]:
        """Return (backward, position) of a cursor; refuse one that we did not write for this list."""
        if cursor is None:
            return False, None
        try:
            sealed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            signature, body = sealed[:SIGNATURE_BYTES], sealed[SIGNATURE_BYTES:]
            if not hmac.compare_digest(signature, self.sign(body)):
                raise ValueError
            backward, *texts = json.loads(body)
            return bool(backward), tuple(
                field.to_python(text) for field, text in zip(self.fields, texts, strict=True)
            )
        except (ValueError, binascii.Error, ValidationError) as error:
            raise Problem(
                "bad_cursor", _("This cursor is not one of this list. Start without it.")
            ) from error

    def write(self, row: Any, *, backward: bool) -> str:
        """Return the address of the page that begins after (or ends before) ``row``."""
        texts = [
            _as_text(row[f.name] if isinstance(row, dict) else getattr(row, f.attname)) for f in self.fields
        ]
        body = json.dumps([int(backward), *texts], separators=(",", ":")).encode()
        cursor = base64.urlsafe_b64encode(self.sign(body) + body).rstrip(b"=").decode()
        return replace_query_param(self.request.build_absolute_uri(), CURSOR, cursor)

    def sign(self, body: bytes) -> bytes:
        """Return the first bytes of the signature of a cursor of this list."""
        return salted_hmac(f"portal.cursor:{self.salt}", body, algorithm="sha256").digest()[:SIGNATURE_BYTES]

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "results": data,
                "next": self.write(self.page[-1], backward=False) if self.page and self.has_next else None,
                "previous": self.write(self.page[0], backward=True)
                if self.page and self.has_previous
                else None,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
        about_cursor = "Where the page begins; take it from `next` or `previous`."
        about_size = "Rows in a page."
        return [
            {"name": CURSOR, "in": "query", "description": about_cursor, "schema": {"type": "string"}},
            {"name": PAGE_SIZE, "in": "query", "description": about_size, "schema": size},
        ]


def _as_text(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _order(queryset: QuerySet[Any], ordering: tuple[str, ...]) -> tuple[list[Field[Any, Any]], bool]:
    """Return the fields of ``ordering`` and whether they run downward; refuse one that pages can't follow."""
    meta = queryset.model._meta
    directions = {name.startswith("-") for name in ordering}
    try:
        names = [name.lstrip("-") for name in ordering]
        fields: list[Any] = [meta.pk if name == "pk" else meta.get_field(name) for name in names]
    except FieldDoesNotExist as error:
        raise ImproperlyConfigured(f"A list is ordered by columns of its own: {error}") from error
    if len(directions) != 1 or any(field.null for field in fields) or not fields[-1].unique:
        raise ImproperlyConfigured(f"{ordering}: one direction, no nulls, and a unique field at the end.")
    return fields, directions.pop()
