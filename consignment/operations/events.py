"""What the house tells partners of their statements: kind, number, status; neither buyers nor other brands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef

from consignment.models import ContractBrand, LineDispute, PartnerBrand, Statement
from ops_portal.lib.money import as_text
from ops_portal.outbox.operations.recording import EventDraft


def statement_events(kind: str, statements: Sequence[Statement]) -> list[EventDraft]:
    """Return the events of statements that were moved."""
    brands = brands_of({statement.contract_id for statement in statements})
    return [
        EventDraft(
            kind=kind,
            object_kind="statement",
            object_number=statement.number,
            brands=brands.get(statement.contract_id, frozenset()),
            facts={
                "status": statement.status,
                "month": f"{statement.month:%Y-%m}",
                "currency": statement.currency,
                "net": as_text(statement.net),
            },
        )
        for statement in statements
    ]


def dispute_events(disputes: Sequence[LineDispute]) -> list[EventDraft]:
    """Return the events of disputes that were answered; their lines and statements are loaded."""
    brands = brands_of({dispute.line.statement.contract_id for dispute in disputes})
    return [
        EventDraft(
            kind="dispute.answered",
            object_kind="dispute",
            object_number=dispute.number,
            brands=brands.get(dispute.line.statement.contract_id, frozenset()),
            facts={
                "status": dispute.status,
                "statement": dispute.line.statement.number,
                "line": dispute.line.position,
            },
        )
        for dispute in disputes
    ]


def brands_of(contract_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Return, for each contract, the codes of its brands that are the partner's to this day."""
    found: dict[int, set[str]] = {}
    theirs = PartnerBrand.objects.filter(brand=OuterRef("brand"), partner=OuterRef("contract__partner"))
    pairs = ContractBrand.objects.filter(Exists(theirs), contract__in=set(contract_ids))
    for contract_id, code in pairs.values_list("contract_id", "brand__code"):
        found.setdefault(contract_id, set()).add(code)
    return {contract_id: frozenset(codes) for contract_id, codes in found.items()}
