"""The OpenAPI document: what the framework can't see of our views, and the problems they may answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from ops_portal.lib.doors.idempotency import HEADER, MAX_LENGTH, REPLAYED

WRITES = ("post", "put", "patch", "delete")
WITHOUT_KEY = "x-without-idempotency-key"
ALWAYS = ("400", "401", "403", "429", "503")
SENTENCES = {
    "400": "The request can't be read: a field, a parameter, the cursor or the JSON itself.",
    "401": "No valid session or key.",
    "403": "Signed in, but without the permission or the key's scope.",
    "404": "It doesn't exist, or it isn't yours to see.",
    "409": "Refused; `code` says why, nothing was written.",
    "429": "Too many requests; wait for `Retry-After` seconds.",
    "503": "The database is busy or restarting; try again after `Retry-After` seconds.",
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members tell the facts of the problem.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for machines."},
        "detail": {"type": "string", "description": "A sentence in the caller's language."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body, as a fragment.",
                    },
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
    },
    "additionalProperties": True,
}


class PortalSchema(AutoSchema):
    """Tell of the view's further query parameters, and of serializers written by hand.

    A serializer without fields may name one that documents it as ``documented_as``.
    """

    def _map_serializer(self, serializer: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        documented_as = getattr(serializer, "documented_as", None)
        if documented_as is not None:
            serializer = documented_as()
        elif not hasattr(serializer, "fields"):
            return {"type": "object", "additionalProperties": {}}
        mapped: Any = super()._map_serializer(  # type: ignore[no-untyped-call]
            serializer, direction, bypass_extensions
        )
        return mapped

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        action = getattr(self.view, "action", None) or ""
        names = getattr(self.view, "query_parameters", {}).get(action, ())
        return parameters + [OpenApiParameter(name, str) for name in names]

    def get_description(self) -> str:  # type: ignore[override]  # as the framework calls it
        """Say what the handler says, and which scope a key needs for it."""
        said = super().get_description() or ""
        scope = getattr(self.view, "required_scopes", {}).get(getattr(self.view, "action", None))
        needs = f"Keys need the scope `{scope}`." if scope else ""
        return "\n\n".join(text for text in (said, needs) if text)

    def get_extensions(self) -> dict[str, Any]:
        """Mark what takes no Idempotency-Key, for ``add_problems`` to read."""
        takes_none = getattr(self.view, "action", None) in getattr(self.view, "without_idempotency", ())
        return {**super().get_extensions(), **({WITHOUT_KEY: True} if takes_none else {})}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the error answers and the header of writes to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for path, verbs in result.get("paths", {}).items():
        for verb, described in verbs.items():
            if not isinstance(described, dict) or "responses" not in described:
                continue
            codes = [*ALWAYS, *(["404"] if "{" in path else []), *(["409"] if verb in WRITES else [])]
            for code in sorted(codes):
                described["responses"].setdefault(code, _answer(code))
            if verb in WRITES and not described.get(WITHOUT_KEY):
                described.setdefault("parameters", []).append(_idempotency_key())
    return result


def _answer(code: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": SENTENCES[code], "content": {"application/problem+json": {"schema": schema}}}


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": f"The same key and body is done once and answered again with `{REPLAYED}: true`.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH},
    }
