"""Pictures and films, given only to those who may see their brand's."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
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
    opened = default_storage.open(file.path)
    size = default_storage.size(file.path)
    asked = PART.fullmatch(request.headers.get("Range", "")) if file.kind == MediaKind.VIDEO else None
    if asked is None:
        response = FileResponse(opened, content_type=TYPES[file.format])
    else:
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if first > last:
            opened.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        opened.seek(first)
        response = FileResponse(
            cast(BinaryIO, Part(opened, last - first + 1)), status=206, content_type=TYPES[file.format]
        )
        response["Content-Length"] = str(last - first + 1)
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    if file.kind == MediaKind.VIDEO:
        response["Accept-Ranges"] = "bytes"
    return guarded(response)


class Part:
    """A window on a file that ends before it does."""

    def __init__(self, file: BinaryIO | Any, length: int) -> None:
        self.file = file
        self.left = length

    def read(self, most: int = -1) -> bytes:
        """Return the next bytes of the window."""
        data: bytes = self.file.read(self.left if most < 0 else min(most, self.left))
        self.left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        self.file.close()


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
    return guarded(FileResponse(small.open("rb"), content_type="image/webp"))


def guarded(response: HttpResponseBase) -> HttpResponseBase:
    """Let a browser show a file as what it was found to be, and as nothing else."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
