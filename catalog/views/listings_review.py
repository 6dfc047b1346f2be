"""A version that was submitted: what it changes, what was said of it, and the decision in one click."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog.choices import OPEN_VERSIONS, VERSION_MOVES, ListingStatus, VersionStatus
from catalog.contents import content_of
from catalog.drafts import ApprovalDraft, CommentDraft, ListingContent, ListingDraft, ReturnDraft
from catalog.models import Attribute, Listing, ListingVersion, PlatformCategory
from catalog.operations.listings import (
    approve_versions,
    check_versions,
    comment_versions,
    delist_listings,
    draft_listings,
    recall_versions,
    relist_listings,
    restore_versions,
    return_versions,
)
from catalog.queries.listing_pages import (
    Beside,
    beside,
    category_of,
    comments_by_field,
    history_of,
    names_of,
    questions_of,
    version_before,
)
from catalog.views.listings_doors import APPROVE, CHECK, VIEW, WRITE, visible_listing, visible_version
from catalog.views.listings_shown import PARTS, changes_between, side, swing_of
from ops_portal.accounts.doors import staff_only
from ops_portal.lib.doors.telling import attempt, say_refused
from ops_portal.lib.models import StateMove
from ops_portal.lib.refusals import Outcome
from ops_portal.lib.wording import called

S = VersionStatus
DONE: Mapping[str, Any] = {
    "check": gettext_lazy("Checked: it now waits for the final approval."),
    "approve": gettext_lazy("Approved: this is what buyers see from now on."),
    "return": gettext_lazy("Returned to whoever wrote it."),
    "recall": gettext_lazy("Taken back: it can be changed again."),
    "restore": gettext_lazy("A new draft says what this version said."),
    "change": gettext_lazy("A new draft was begun; what is live stays until it is approved."),
    "delist": gettext_lazy("Delisted."),
    "relist": gettext_lazy("Live again."),
}
PERMISSIONS: Mapping[str, str] = {
    "check": CHECK,
    "approve": APPROVE,
    "return": APPROVE,
    "comment": WRITE,
    "recall": WRITE,
    "restore": WRITE,
    "change": WRITE,
    "delist": WRITE,
    "relist": WRITE,
}


def head_of(
    request: HttpRequest, listing: Listing, version: ListingVersion, shops: Sequence[Beside]
) -> dict[str, Any]:
    """Return what stands above every page of a listing."""
    return {
        "listing": listing,
        "version": version,
        "live_number": listing.live.number if listing.live else "",
        "live_version": listing.live.version if listing.live else None,
        "beside": shops,
        "may_write": request.user.has_perm(WRITE),
        "title": f"{listing.product.name} · {listing.channel}",
    }


def returned_of(version: ListingVersion) -> Mapping[str, Any] | None:
    """Return who returned a version and why; None where it isn't returned."""
    if version.status != S.RETURNED:
        return None
    moves = StateMove.objects.filter(
        document_kind=VERSION_MOVES.kind, document_number=version.number, to_status=S.RETURNED
    )
    last = moves.order_by("-pk").first()
    if last is None:
        return None
    names = names_of([last.user_id]) if last.user_id is not None else {}
    return {"who": next(iter(names.values()), called(last.actor)), "reason": last.reason}


def review_page(request: HttpRequest, listing: Listing, version: ListingVersion) -> HttpResponse:
    """Show what a version changes, part by part; the decision where the reader has one."""
    user = request.user
    content = content_of(version.content)
    older = version_before(listing, version)
    before = content_of(older.content) if older else None
    category = category_of(listing, content.platform_category)
    shown = side(listing, content, category, at=timezone.now())
    names = names_of_codes(listing, content, before, category)
    changes = changes_between(before, content, names) if before is not None else {}
    comments = comments_by_field(version)
    writers = names_of(version.writers)
    is_writer = user.pk in version.writers
    context = {
        **shown,
        **head_of(request, listing, version, beside(listing, user)),
        "parts": [
            {
                "code": code,
                "label": label,
                "changes": changes.get(code, ()),
                "comments": comments.get(code, ()),
                "is_shown": bool(changes.get(code) or comments.get(code))
                or (before is None and bool(getattr(content, code))),
            }
            for code, label in PARTS.items()
        ],
        "older": older,
        "changed": sum(len(each) for each in changes.values()),
        "swing": swing_of(changes.get("skus", ())),
        "questions": questions_of(listing.product, category, content.attributes),
        "prices_before": {each.sku_code: each.price for each in before.skus} if before else {},
        "writers": [writers[each] for each in version.writers if each in writers],
        "is_writer": is_writer,
        "is_checker": user.pk == version.checker_id,
        "is_open": version.status in OPEN_VERSIONS,
        "may_check": version.status == S.SUBMITTED and user.has_perm(CHECK) and not is_writer,
        "may_approve": version.status == S.CHECKED
        and user.has_perm(APPROVE)
        and not is_writer
        and user.pk != version.checker_id,
        "may_return": version.status in (S.SUBMITTED, S.CHECKED) and user.has_perm(APPROVE),
        "may_recall": version.status == S.SUBMITTED and is_writer and user.has_perm(WRITE),
        "may_comment": version.status in OPEN_VERSIONS and user.has_perm(WRITE),
        "is_below_floor": any(each.is_below_floor and each.offered for each in shown["variants"]),
        "is_live": version.pk == listing.live_id and listing.status == ListingStatus.LIVE,
        "is_off": version.pk == listing.live_id and listing.status == ListingStatus.OFF,
        "has_open": any(each.status in OPEN_VERSIONS for each in history_of(listing)),
        "returned": returned_of(version),
    }
    return render(request, "catalog/listing_review.html", {**admin.site.each_context(request), **context})


def names_of_codes(
    listing: Listing,
    content: ListingContent,
    before: ListingContent | None,
    category: PlatformCategory | None,
) -> dict[str, str]:
    """Return the names of the categories and attributes that two contents hold by code."""
    codes = {*content.attributes, *(before.attributes if before else ())}
    names = dict(Attribute.objects.filter(code__in=codes).order_by("pk").values_list("code", "name"))
    if category is not None:
        names[category.code] = category.name
    if before is not None and (older := category_of(listing, before.platform_category)) is not None:
        names[older.code] = older.name
    return names


@require_POST
@staff_only(VIEW)
def act_page(request: HttpRequest, number: str) -> HttpResponse:
    """Do with a version, or with its listing, what the button says, and return to its page."""
    verb = request.POST.get("verb", "")
    if verb not in PERMISSIONS:
        raise Http404
    if not request.user.has_perm(PERMISSIONS[verb]):
        raise PermissionDenied
    version = visible_version(request, number)
    if version is None:
        raise Http404
    listing = visible_listing(request, number.rpartition("-")[0])
    reason = request.POST.get("reason", "").strip()[:500]
    drafts: dict[str, Sequence[Any]] = {
        "approve": [ApprovalDraft(number, reason)],
        "return": [ReturnDraft(number, reason)],
        "comment": [CommentDraft(number, request.POST.get("field", "")[:80], request.POST.get("text", ""))],
        "change": [ListingDraft(listing.channel.code, listing.product.code)],
        "delist": [listing.number],
        "relist": [listing.number],
    }
    runs: dict[str, Callable[..., Outcome[Any]]] = {
        "check": check_versions,
        "approve": approve_versions,
        "return": return_versions,
        "comment": comment_versions,
        "recall": recall_versions,
        "restore": restore_versions,
        "change": draft_listings,
        "delist": delist_listings,
        "relist": relist_listings,
    }
    given = {"reason": reason} if verb == "delist" else {}
    outcome = attempt(request, runs[verb], drafts.get(verb, [number]), **given)
    say_refused(request, outcome, [number])
    if outcome.done and verb in DONE:
        messages.success(request, str(DONE[verb]))
    there = reverse("catalog:listing", args=[listing.number])
    part = request.POST.get("field", "").partition(".")[0]
    return HttpResponseRedirect(f"{there}#part-{part}" if verb == "comment" and part in PARTS else there)


@require_safe
@staff_only(VIEW)
def history_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show every version of a listing, who wrote, checked and approved it; an older one can be restored."""
    listing = visible_listing(request, number)
    found = history_of(listing)
    if not found:
        raise Http404
    writers = names_of(pk for each in found for pk in each.writers)
    may_restore = request.user.has_perm(WRITE) and not any(each.status in OPEN_VERSIONS for each in found)
    context = {
        **head_of(request, listing, found[0], beside(listing, request.user)),
        "versions": [
            {
                "version": each,
                "is_live": each.pk == listing.live_id,
                "writers": ", ".join(writers[pk] for pk in each.writers if pk in writers),
                "may_restore": may_restore and each.status == S.APPROVED and each.pk != listing.live_id,
            }
            for each in found
        ],
        "title": _("All versions"),
    }
    return render(request, "catalog/listing_history.html", {**admin.site.each_context(request), **context})
