"""Where the theme finds what the desk adds to it."""

from __future__ import annotations

from django.http import HttpRequest
from django.templatetags.static import static


def desk_stylesheet(request: HttpRequest) -> str:
    """Return the address of the desk's additions to the theme."""
    return static("desk/desk.css")
