"""What is told of a picture or a film, and why one is not taken."""

from __future__ import annotations

from dataclasses import dataclass

from ops_portal.lib.refusals import Refused


class NotMedia(Refused):
    """The file is something else than a picture or a film that shops take."""

    code = "not_media"


class EmptyMedia(Refused):
    """The file has no bytes."""

    code = "empty_media"


class MediaTooLarge(Refused):
    """The file has more bytes than are taken."""

    code = "media_too_large"


class TooManyPixels(Refused):
    """The picture would unpack to more than any shop shows."""

    code = "too_many_pixels"


class DamagedMedia(Refused):
    """The file ends too early, or can't be read."""

    code = "damaged_media"


@dataclass(frozen=True, slots=True)
class Found:
    """What a file was found to be. Lengths in pixels as a viewer sees them, ``duration`` in milliseconds."""

    kind: str
    format: str
    sha256: str
    size: int
    width: int
    height: int
    sharpness: float | None = None
    duration: int | None = None
    has_subtitles: bool | None = None
