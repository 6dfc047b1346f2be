"""Pictures and films, given only to those who may see their brand's."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.choices import MediaKind
from catalog.inspecting.pictures import UNREADABLE, write_thumbnail
from catalog.models import MediaFile

TYPES: Final = {
    "JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif",
    "MP4": "video/mp4", "MOV": "video/quicktime", "WEBM": "video/webm",
}  # fmt: skip
SIDE: Final = 320
A_DAY: Final = 24 * 3600
PIECE: Final = 256 * 1024
PART: Final = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")


def media_file(request: HttpRequest, sha256: str) -> MediaFile:
    """Return a file that the reader may see; 404 where there is none, whether or not it exists."""
    if not request.user.has_perm("catalog.view_mediafile"):
        raise PermissionDenied
    seen = MediaFile.objects.visible_to(request.user).filter(sha256=sha256).order_by("pk")
    file: MediaFile | None = seen.first()
    if file is None or not default_storage.exists(file.path):
        raise Http404
    return file


@require_safe
@cache_control(private=True, max_age=A_DAY, immutable=True)
def media(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Give a picture or a film as it came; of a film also a part, so that it can be wound on."""
    file = media_file(request, sha256)
    size = default_storage.size(file.path)
    first, last, status = 0, size - 1, 200
    asked = PART.fullmatch(request.headers.get("Range", "")) if file.kind == MediaKind.VIDEO else None
    if asked is not None:
        first, last, status = int(asked[1]), min(int(asked[2] or size - 1), size - 1), 206
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    path = Path(default_storage.path(file.path))
    response = StreamingHttpResponse(
        pieces(path, first, last - first + 1), status=status, content_type=TYPES[file.format]
    )
    response["Content-Length"] = str(last - first + 1)
    if file.kind == MediaKind.VIDEO:
        response["Accept-Ranges"] = "bytes"
    if status == 206:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return guarded(response)


def pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    """Yield ``length`` bytes of a file; it is opened when the first of them is asked for, and closed at the end."""
    with path.open("rb") as file:
        file.seek(first)
        while length and (piece := file.read(min(length, PIECE))):
            length -= len(piece)
            yield piece


@require_safe
@cache_control(private=True, max_age=A_DAY, immutable=True)
def thumbnail(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Give a small copy of a picture, which is made when it is first asked for."""
    file = media_file(request, sha256)
    if file.kind != MediaKind.IMAGE:
        raise Http404
    small = Path(default_storage.path(f"thumbnails/{sha256[:2]}/{sha256}-{SIDE}.webp"))
    if not small.exists():
        small.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=small.parent)  # readable by its owner alone
        os.close(handle)
        try:
            write_thumbnail(Path(default_storage.path(file.path)), Path(draft), side=SIDE)
            Path(draft).replace(small)
        except UNREADABLE as error:
            Path(draft).unlink(missing_ok=True)
            raise Http404 from error
    return guarded(HttpResponse(small.read_bytes(), content_type="image/webp"))


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    """Let a browser show a file as what it was found to be, and as nothing else."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
