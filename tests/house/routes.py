"""Every address of the site, walked from the URL resolver."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
OF_MODEL = re.compile(r"^admin/(\w+)/(\w+)/(.*)$")
KINDS = {
    "": "list",
    "add/": "add",
    "<path:object_id>/change/": "change",
    "<path:object_id>/history/": "history",
    "<path:object_id>/delete/": "delete",
    "<path:object_id>/": "redirect",
}
MOVE = re.compile(r"^<path:object_id>/([a-z-]+)/$")
REGISTERED = {
    (model._meta.app_label, model._meta.model_name): model._meta.label for model in admin.site._registry
}


@dataclass(frozen=True)
class Route:
    """An address with places for parameters. ``name`` as ``reverse`` knows it, or the pattern where it has none."""

    name: str
    pattern: str
    view: Any = None  # the class of the API's view

    def address(self, arguments: Mapping[str, Any]) -> str:
        """Return the address with its places filled."""
        filled = PARAMETER.sub(lambda found: str(arguments[found[1] or found[2]]), self.pattern)
        return "/" + filled.replace("^", "").replace("$", "")

    @property
    def page(self) -> tuple[str, str] | None:
        """Return (model label, kind of page) of a model's page in the back office."""
        found = OF_MODEL.match(self.pattern)
        if found is None or (found[1], found[2]) not in REGISTERED:
            return None
        label = REGISTERED[found[1], found[2]]
        if found[3] in KINDS:
            return label, KINDS[found[3]]
        move = MOVE.match(found[3])
        return (label, f"move {move[1]}") if move and "_move_" in self.name else None


def all_routes() -> list[Route]:
    """Return every route of the site."""
    return list(walk(get_resolver()))


def walk(resolver: URLResolver, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Route]:
    """Yield the routes below ``resolver``."""
    for pattern in resolver.url_patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            name = ":".join([*spaces, pattern.name]) if pattern.name else text
            yield Route(name, text, getattr(pattern.callback, "cls", None))
        else:
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from walk(pattern, text, inner)


def app_labels() -> list[str]:
    """Return the apps that have pages in the back office."""
    return sorted({model._meta.app_label for model in admin.site._registry})


def autocompletes() -> list[tuple[str, str, str]]:
    """Return (app, model, field) of every field that is looked up while one types, inlines included."""
    found = set()
    for model, model_admin in admin.site._registry.items():
        forms = [(model, model_admin), *((inline.model, inline) for inline in model_admin.inlines)]
        for of, form in forms:
            found |= {(of._meta.app_label, of._meta.model_name, name) for name in form.autocomplete_fields}
    return sorted(found)


def viewed_models() -> set[str]:
    """Return the labels of the models that the API lists or shows."""
    return {
        view.queryset.model._meta.label
        for route in all_routes()
        if (view := route.view) is not None and getattr(view, "queryset", None) is not None
    }
