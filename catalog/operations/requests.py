"""Adjustments and returns to the owner: one asks, another allows, and the paper is posted with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.choices import (
    DECIDE,
    REQUEST_MOVES,
    RequestKind,
    RequestStatus,
    StockDocumentKind,
)
from catalog.drafts import RequestDraft, StockDocumentDraft, StockLineDraft
from catalog.models import (
    StockRequest,
    StockRequestLine,
    Warehouse,
)
from catalog.operations.documents import (
    NotEnoughUnits,
    post_stock_documents,
)
from catalog.operations.request_drafts import Surroundings, no_longer_fits
from catalog.queries.standing import Standing, Want, shortages, standing_in
from ops_portal.desk.queries.clocks import team_calendars
from ops_portal.lib.clocks import working_deadline
from ops_portal.lib.numbers import next_numbers
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import NoSuch, Outcome, Refused, raise_first
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import Picked, move_all, move_record, pick, record_moves, unable_to_move
from ops_portal.outbox.drafts import EventDraft
from ops_portal.outbox.operations import recording as outbox

KIND: Final = "stock_request"
APPROVE_QUEUE: Final = "stock_approve"


class NoSuchRequest(NoSuch):
    """There is no request of this number."""

    code = "no_such_request"
    sentence = _("There is no request %(number)s.")


class ReasonNeeded(Refused):
    """Whoever rejects says why."""

    code = "reason_needed"


class OwnRequest(Refused):
    """Nobody decides on a request of his own."""

    code = "own_request"


class PersonNeeded(Refused):
    """A decision is a person's, not a machine's."""

    code = "person_needed"


class NotYours(Refused):
    """Only who asked takes a request back."""

    code = "not_yours"


@operation
def request_stock(drafts: Sequence[RequestDraft], *, actor: Principal, at: datetime) -> Outcome[StockRequest]:
    """Ask for changes of stock; nothing moves until somebody else approves. A known key is answered with its request.

    Refuses UnknownKind, NoteNeeded, UnknownPlace, NoLines, UnknownSku, BundleHasNoStock, NoUnits, WrongWay,
    BatchNeeded, UnknownBatch, and NoLongerFits where there is less than that already.
    """
    outcome: Outcome[StockRequest] = Outcome()
    around = Surroundings.of(drafts)
    standing = asked_before(drafts)
    fresh: dict[int, RequestDraft] = {}
    named: set[str] = set(standing)
    for index, draft in enumerate(drafts):
        if draft.source_key and draft.source_key in named:
            continue
        try:
            around.check(draft)
            fresh[index] = draft
            named.add(draft.source_key)
        except Refused as refusal:
            outcome.refused.append((index, refusal))
    written = write_requests(fresh, around, actor=actor, at=at) if fresh else {}
    if len(written) + len(outcome.refused) < len(drafts):
        standing = asked_before(drafts)
    refused = {index for index, _refusal in outcome.refused}
    outcome.done = [
        written[index] if index in written else standing[draft.source_key]
        for index, draft in enumerate(drafts)
        if index not in refused
    ]
    return outcome


def asked_before(drafts: Sequence[RequestDraft]) -> dict[str, StockRequest]:
    """Return the requests that stand, by their keys."""
    keys = {draft.source_key for draft in drafts if draft.source_key}
    found = StockRequest.objects.filter(source_key__in=keys) if keys else ()
    return {request.source_key: request for request in found}


def write_requests(
    drafts: Mapping[int, RequestDraft], around: Surroundings, *, actor: Principal, at: datetime
) -> dict[int, StockRequest]:
    """Write requests with their lines, by the draft's index; not those whose key somebody wrote at the same time."""
    due_at = working_deadline(at, DECIDE, team_calendars([APPROVE_QUEUE])[APPROVE_QUEUE])
    requests = {
        index: StockRequest(
            number=number,
            kind=draft.kind,
            reason=draft.reason,
            note=draft.note.strip()[:500],
            warehouse=around.places[draft.warehouse_code],
            status=RequestStatus.WAITING,
            requester_id=actor.user_id,
            due_at=due_at,
            created_at=at,
            updated_at=at,
            source_key=draft.source_key,
        )
        for number, (index, draft) in zip(next_numbers("SR", len(drafts)), drafts.items(), strict=True)
    }
    columns = [field.attname for field in StockRequest._meta.concrete_fields if field.attname != "id"]
    ids: dict[str, int] = dict(
        insert_rows(
            StockRequest,
            [
                {column: getattr(request, column) for column in columns}
                for request in sorted(requests.values(), key=lambda each: each.source_key)
            ],
            on_conflict="(source_key) WHERE NOT source_key = '' DO NOTHING",
            returning=("number", "id"),
        )
    )
    for request in requests.values():
        request.pk = ids.get(request.number)
    written = {index: request for index, request in requests.items() if request.pk is not None}
    StockRequestLine.objects.bulk_create(
        line for index, request in written.items() for line in around.lines(request, drafts[index])
    )
    record_moves(
        [
            move_record(KIND, request.number, "", RequestStatus.WAITING, actor=actor, at=at)
            for request in written.values()
        ]
    )
    return written


@operation
def approve_requests(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[StockRequest]:
    """Allow requests and post their papers, each whole or not at all; owners hear what goes back to them.

    Refuses NoSuchRequest, IllegalMove, RoleMayNotMove, PersonNeeded, OwnRequest, NoLongerFits.
    """
    picked = pick_requests(numbers, RequestStatus.POSTED, actor=actor, by_another=True)
    lines = lines_of(picked.ready.values())
    indexes = sorted(picked.ready)
    posted = post_stock_documents(
        [paper_of(picked.ready[index], lines[picked.ready[index].pk]) for index in indexes],
        actor=actor,
        at=at,
    )
    refused = {indexes[place]: refusal for place, refusal in posted.refused}
    for index, refusal in refused.items():
        request = picked.ready[index]
        if isinstance(refusal, NotEnoughUnits):
            short = shortages(wants_of(lines[request.pk]), standing_of(request.warehouse, lines[request.pk]))
            refusal = no_longer_fits(short) if short else refusal
        picked.refuse(index, refusal)
    requests = picked.documents
    for request, document in zip(requests, posted.done, strict=True):
        request.document = document
    decide(requests, RequestStatus.POSTED, actor=actor, at=at)
    outbox.record(
        [
            event
            for request in requests
            if request.kind == RequestKind.RETURN_TO_OWNER
            for event in returned_events(request, lines[request.pk])
        ],
        actor=actor,
        at=at,
    )
    return picked.outcome()


@operation
def reject_requests(
    numbers: Sequence[str], *, reason: str, actor: Principal, at: datetime
) -> Outcome[StockRequest]:
    """Refuse requests, saying why.

    Refuses ReasonNeeded, NoSuchRequest, IllegalMove, RoleMayNotMove, PersonNeeded, OwnRequest.
    """
    if not reason.strip():
        raise ReasonNeeded(_("Say why it is rejected."))
    picked = pick_requests(numbers, RequestStatus.REJECTED, actor=actor, by_another=True)
    decide(picked.documents, RequestStatus.REJECTED, actor=actor, at=at, reason=reason.strip()[:500])
    return picked.outcome()


@operation
def withdraw_requests(numbers: Sequence[str], *, actor: Principal, at: datetime) -> Outcome[StockRequest]:
    """Take requests back that nobody has decided on. Refuses NoSuchRequest, IllegalMove, RoleMayNotMove, NotYours."""
    picked = pick_requests(numbers, RequestStatus.WITHDRAWN, actor=actor, by_another=False)
    requests = picked.documents
    StockRequest.objects.filter(pk__in=[request.pk for request in requests]).update(due_at=None)
    moved = move_all(requests, RequestStatus.WITHDRAWN, table=REQUEST_MOVES, actor=actor, at=at)
    raise_first(moved.refused)
    return picked.outcome()


def pick_requests(
    numbers: Sequence[str], to: RequestStatus, *, actor: Principal, by_another: bool
) -> Picked[StockRequest]:
    """Lock requests in primary-key order and tell which of them ``actor`` may move."""
    return pick(
        StockRequest.objects.select_related("warehouse"),
        numbers,
        to,
        missing=NoSuchRequest,
        unable=lambda _index, request: unable(request, to, actor=actor, by_another=by_another),
    )


def unable(request: StockRequest, to: RequestStatus, *, actor: Principal, by_another: bool) -> Refused | None:
    """Return why ``actor`` can't move a request to ``to``, or None."""
    if (refusal := unable_to_move(request, to, table=REQUEST_MOVES, actor=actor)) is not None:
        return refusal
    if by_another and actor.user_id is None:
        return PersonNeeded(_("A request is decided on by people."))
    if by_another and actor.user_id == request.requester_id:
        detail = _("You asked for %(number)s yourself; somebody else has to decide on it.")
        return OwnRequest(detail, number=request.number)
    if not by_another and actor.user_id != request.requester_id:
        detail = _("%(number)s was asked for by somebody else; it can be rejected, with the reason.")
        return NotYours(detail, number=request.number)
    return None


def decide(
    requests: Sequence[StockRequest], to: RequestStatus, *, actor: Principal, at: datetime, reason: str = ""
) -> None:
    """Write who decided, stop the clocks and move the requests; ``document`` is set by the caller."""
    for request in requests:
        request.decider_id = actor.user_id
        request.due_at = request.paused_at = request.time_left = None
    if requests:
        fields = ("decider", "document", "due_at", "paused_at", "time_left")
        StockRequest.objects.bulk_update(requests, fields)
    moved = move_all(requests, to, table=REQUEST_MOVES, actor=actor, at=at, reason=reason)
    raise_first(moved.refused)


def lines_of(requests: Iterable[StockRequest]) -> dict[int, list[StockRequestLine]]:
    """Return the lines of requests by the request's id, with SKU, brand, batch and bin."""
    ids = [request.pk for request in requests]
    found: dict[int, list[StockRequestLine]] = {pk: [] for pk in ids}
    if ids:
        lines = StockRequestLine.objects.filter(request__in=ids).order_by("request", "position")
        for line in lines.select_related("sku__product__brand", "batch", "bin"):
            found[line.request_id].append(line)
    return found


def paper_of(request: StockRequest, lines: Sequence[StockRequestLine]) -> StockDocumentDraft:
    """Return the paper that carries a request out; its number stands on it, so that it is posted once."""
    return StockDocumentDraft(
        kind=request.kind,
        lines=tuple(
            StockLineDraft(
                sku_id=line.sku_id,
                warehouse_id=request.warehouse_id,
                owner=line.goods_owner,
                units=line.units,
                from_state=line.from_state,
                to_state=line.to_state,
                batch_code=line.batch.code if line.batch else "",
                bin_code=line.bin.code if line.bin else "",
            )
            for line in lines
        ),
        source_key=request.number,
        note=request.note,
    )


def wants_of(lines: Iterable[StockRequestLine]) -> list[Want]:
    """Return what lines take."""
    return [
        Want(
            line.sku_id,
            line.goods_owner,
            line.batch.code if line.batch else "",
            line.from_state,
            line.units,
        )
        for line in lines
    ]


def standing_of(place: Warehouse, lines: Iterable[StockRequestLine]) -> Standing:
    """Return what is there of the goods of a request's lines."""
    return standing_in(place, {line.sku_id for line in lines})


def returned_events(request: StockRequest, lines: Sequence[StockRequestLine]) -> list[EventDraft]:
    """Return what the owners' brands hear of goods that go back, each of its own goods alone."""
    by_brand: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        batch = line.batch.code if line.batch else ""
        by_brand[line.sku.product.brand.code].append(
            {
                "sku": line.sku.code,
                "batch": batch,
                "owner": line.goods_owner,
                "state": line.from_state,
                "units": line.units,
            }
        )
    document: Any = request.document
    facts = {"warehouse": request.warehouse.code, "reason": request.reason}
    return [
        EventDraft(
            kind="stock.returned",
            object_kind=StockDocumentKind.RETURN_TO_OWNER.value,
            object_number=document.number,
            brands=frozenset({brand}),
            facts={**facts, "units": sum(goods["units"] for goods in sent), "lines": sent},
        )
        for brand, sent in sorted(by_brand.items())
    ]
