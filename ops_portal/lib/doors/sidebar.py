"""The sidebar of the admin: the groups of the settings, with the pages that the reader may open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse


def portal_stylesheet(request: HttpRequest) -> str:
    """Return the address of the portal's own additions to the theme."""
    return static("portal/admin.css")


def portal_icon(request: HttpRequest) -> str:
    """Return the address of the icon that browsers show beside the title."""
    return static("portal/favicon.svg")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of ``settings.PORTAL_SIDEBAR`` that hold a page for this reader."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    placed = {label for _heading, _icon, labels in settings.PORTAL_SIDEBAR for label in labels}
    pages = own_pages(request)
    titles = {str(page["title"]).casefold() for page in pages}  # a page of ours stands for the admin's list
    groups = []
    for heading, icon, labels in settings.PORTAL_SIDEBAR:
        own = [page for page in pages if page["heading"] == heading]
        models = [model for label in labels for model in models_of(label, apps, placed)]
        lists = [item for item in _items(icon, models) if str(item["title"]).casefold() not in titles]
        groups.append(_group(heading, own + lists, folded=not own))
    known = {label.split(".")[0] for label in placed}
    groups += [
        _group(app["name"], _items("folder", app["models"]), folded=True)
        for label, app in apps.items()
        if label not in known
    ]
    return [group for group in groups if group["items"]]


def models_of(label: str, apps: dict[str, Any], placed: set[str]) -> list[dict[str, Any]]:
    """Return the models that ``label`` names: ``app.Model`` that one, ``app`` those that no other label places."""
    app_label, _dot, name = label.partition(".")
    models = apps.get(app_label, {"models": []})["models"]
    if name:
        return [model for model in models if model["object_name"] == name]
    return [model for model in models if f"{app_label}.{model['object_name']}" not in placed]


def own_pages(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the pages of ``settings.PORTAL_PAGES`` that this reader may open, in the sequence of the groups."""
    icons = {heading: icon for heading, icon, _labels in settings.PORTAL_SIDEBAR}
    headings = list(icons)
    links = {view: reverse(view) for _heading, _title, view, _permission in settings.PORTAL_PAGES}
    here = page_here(request.path, links.values())
    return [
        {
            "heading": heading,
            "title": title,
            "icon": icons[heading],
            "link": links[view],
            "active": links[view] == here,
        }
        for heading, title, view, permission in sorted(
            settings.PORTAL_PAGES, key=lambda page: headings.index(page[0])
        )
        if request.user.has_perm(permission)
    ]


def page_here(path: str, links: Iterable[str]) -> str:
    """Return the one of ``links`` below which ``path`` stands most closely; nothing where there is none."""
    return max((link for link in links if path.startswith(link)), key=len, default="")


def _items(icon: str, models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"title": model["name"], "icon": icon, "link": model["admin_url"]}
        for model in models
        if model["admin_url"]
    ]


def _group(heading: Any, items: list[dict[str, Any]], *, folded: bool) -> dict[str, Any]:
    return {"title": heading, "separator": True, "collapsible": folded, "items": items}
