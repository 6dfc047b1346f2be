"""Files that are added to a listing: inspected and kept at once; the form says what becomes of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from catalog.choices import MediaKind, MediaRole
from catalog.drafts import MediaDraft
from catalog.models import MediaFile
from catalog.operations.media import keep_media
from catalog.queries.listing_pages import Card
from catalog.views.listings_doors import WRITE
from catalog.views.listings_editor import skus_named, written_version
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.identity import principal_of

MOST_FILES: Final = 60


@require_POST
@staff_only(WRITE)
def pictures_page(request: HttpRequest, number: str) -> HttpResponse:
    """Keep the files that were sent and answer a card for each; what is no picture is named with the reason."""
    listing, _version = written_version(request, number)
    sent = request.FILES.getlist("files")[:MOST_FILES]
    with tempfile.TemporaryDirectory() as folder:
        drafts = [laid_down(each, Path(folder) / str(place)) for place, each in enumerate(sent)]
        outcome = keep_media(
            drafts, brand=listing.product.brand, actor=principal_of(request), at=timezone.now()
        )
    context = {
        "cards": [card_of(file, listing.product.name) for file in outcome.done],
        "refused": [(drafts[index].name, refusal) for index, refusal in outcome.refused],
        "roles": MediaRole.choices,
        "variants": skus_named(listing),
    }
    return render(request, "catalog/listing_cards.html", context)


def laid_down(sent: UploadedFile[Any], path: Path) -> MediaDraft:
    """Return an uploaded file as it now lies on this machine."""
    with path.open("wb") as file:
        for chunk in sent.chunks():
            file.write(chunk)
    return MediaDraft(sent.name or "", path)


def card_of(file: MediaFile, name: str) -> Card:
    """Return the card of a file that is not used yet."""
    role = MediaRole.VIDEO if file.kind == MediaKind.VIDEO else MediaRole.MAIN
    return Card(file.sha256, "", name, "", file, role)
