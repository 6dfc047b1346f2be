"""Films: how long, how large, whether with a track of subtitles. Read through a window on the file alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from pymediainfo import MediaInfo

from catalog.choices import MediaKind
from catalog.inspecting.found import DamagedMedia, Found, NotMedia

FORMATS: Final = {"MPEG-4": "MP4", "QuickTime": "MOV", "WebM": "WEBM"}
LYING: Final = frozenset({90, 270})


def look_at_film(path: Path, name: str, sha256: str, size: int) -> Found:
    """Return what a film is. Refuses NotMedia (another container, no picture), DamagedMedia.

    The library gets bytes and no path, so that what a hostile film refers to is never opened.
    """
    try:
        with path.open("rb") as file:
            tracks = MediaInfo.parse(file).tracks
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        raise damaged(name) from error
    whole = next((track for track in tracks if track.track_type == "General"), None)
    film = next((track for track in tracks if track.track_type == "Video"), None)
    container = FORMATS.get(str(getattr(whole, "format", "")))
    if whole is None or container is None:
        detail = _("“%(name)s” is no film that shops take. Send MP4, MOV or WebM.")
        raise NotMedia(detail, name=name)
    if film is None or whole.istruncated == "Yes":
        raise damaged(name)
    duration = whole_number(whole.duration or film.duration)
    width, height = whole_number(film.width), whole_number(film.height)
    if not (duration and width and height):
        raise damaged(name)
    if whole_number(film.rotation) in LYING:
        width, height = height, width
    has_subtitles = any(track.track_type == "Text" for track in tracks)
    return Found(
        MediaKind.VIDEO,
        container,
        sha256,
        size,
        width,
        height,
        duration=duration,
        has_subtitles=has_subtitles,
    )


def whole_number(value: Any) -> int:
    """Return a number as the library gives it, 0 where there is none."""
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def damaged(name: str) -> DamagedMedia:
    """Return the refusal of a film that can't be played to its end."""
    return DamagedMedia(_("“%(name)s” is damaged, or came only in part. Send it again."), name=name)
