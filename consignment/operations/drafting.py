"""Draft the statement of a month: which sales and refunds are its lines, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consignment.choices import (
    COLLECTS,
    STATEMENT_MOVES,
    CommissionBase,
    ContractMode,
    ContractStatus,
    DisputeStatus,
    LineKind,
    StatementStatus,
)
from consignment.drafts import StatementDraft
from consignment.models import Contract, LineDispute, Statement, StatementLine
from consignment.operations.contracts import lock_contracts, no_such_contract
from consignment.queries.frozen import part
from ops_portal.lib.money import as_text
from ops_portal.lib.principals import Principal, operation
from ops_portal.lib.refusals import Outcome, Refused
from ops_portal.lib.rows import insert_rows
from ops_portal.lib.states import illegal_move, move_record, record_moves
from orders.choices import Party

ZERO = Decimal("0.00")


class StatementFrozen(Refused):
    """The month's statement was issued; what comes late is on the next draft."""

    code = "statement_frozen"


class MonthNotBegun(Refused):
    """Nothing can have been sold in the month yet."""

    code = "month_not_begun"


class NothingToSettle(Refused):
    """The contract is not in force in the month, and nothing of it is left to settle."""

    code = "nothing_to_settle"


def part_sql(whole: str, share: str, of: str) -> str:
    """Return ``frozen.part`` as SQL, exact as that is: whole numbers are divided, nothing is rounded on the way."""
    return f"(CASE WHEN {of} = 0 THEN {whole} ELSE div(200 * {whole} * {share} + {of}, 2 * {of}) * 0.01 END)"


def kept_sql(rest: str) -> str:
    """Return the share of a component in ``rest``, what is kept of its line."""
    upto, before = (part_sql(rest, share, "x.share_of") for share in ("x.share_to", "x.share_from"))
    return f"({upto} - {before})"


def rest_sql(worth: str, refunded: str) -> str:
    """Return what is kept of a line's ``worth`` after ``refunded``."""
    left = f"(x.line_amount - greatest(0, least({refunded}, x.line_amount)))"
    return part_sql(worth, left, "x.line_amount")


COLUMNS: Final = (
    "statement_id, position, kind, occurred_on, order_id, order_line_id, component_id, refund_id, terms_id,"
    " order_number, sku_code, title, units, sold_on, version, rate, line_amount, line_paid, line_receivable,"
    " share_from, share_to, share_of, refunded_before, refunded_after, amount, base, commission, net"
)

TERMS: Final = """
    terms AS (
        SELECT v.id, v.version, v.since, lead(v.since) OVER (ORDER BY v.since) AS until, v.base, v.rate
        FROM consignment_contractversion v WHERE v.contract_id = %(contract)s
    )
"""

# Orders that count: standing, paid within the contract, in its currency, in shops whose money reaches who collects.
COUNTED: Final = """
    o.undone_at IS NULL AND o.paid_at >= %(floor)s AND o.paid_at < %(ceiling)s
    AND o.currency = %(currency)s AND s.payee = %(payee)s AND (%(all_shops)s OR s.id = ANY(%(shops)s))
"""
DAY_SOLD: Final = "(o.paid_at AT TIME ZONE s.timezone)::date"

# A day of this month, or of a month whose statement was issued without the row: that came late.
OF_MONTH: Final = """
    {day} < %(next_month)s AND (
        {day} >= %(month)s OR date_trunc('month', {day}::timestamp)::date = ANY(%(issued_months)s)
    )
"""

SALES: Final = f"""
    WITH {TERMS}, sold AS (
        SELECT o.id AS order_id, o.number, l.id AS line_id, NULL::bigint AS component_id, l.sku_code, l.title,
            l.units, {DAY_SOLD} AS sold_on, l.amount AS line_amount, l.paid_amount AS line_paid,
            l.receivable AS line_receivable, 0.00 AS share_from, 1.00 AS share_to, 1.00 AS share_of
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        JOIN orders_shop s ON s.id = o.shop_id
        JOIN catalog_sku k ON k.id = l.sku_id
        JOIN catalog_product p ON p.id = k.product_id
        WHERE p.brand_id = ANY(%(brands)s) AND {COUNTED}
            AND NOT EXISTS (SELECT FROM orders_linecomponent c WHERE c.line_id = l.id)
        UNION ALL
        SELECT o.id, o.number, l.id, c.id, k.code, l.title, c.units, {DAY_SOLD}, l.amount, l.paid_amount,
            l.receivable, c.upto - c.weight, c.upto, c.whole
        FROM (
            SELECT id, line_id, sku_id, units, weight,
                sum(weight) OVER (PARTITION BY line_id ORDER BY id) AS upto,
                sum(weight) OVER (PARTITION BY line_id) AS whole
            FROM (
                SELECT c.*, CASE WHEN sum(c.amount) OVER (PARTITION BY c.line_id) = 0 THEN 1.00 ELSE c.amount END
                    AS weight
                FROM orders_linecomponent c
                WHERE c.line_id IN (
                    SELECT theirs.line_id FROM orders_linecomponent theirs
                    JOIN catalog_sku k ON k.id = theirs.sku_id JOIN catalog_product p ON p.id = k.product_id
                    WHERE p.brand_id = ANY(%(brands)s)
                )
            ) c
        ) c
        JOIN orders_orderline l ON l.id = c.line_id
        JOIN orders_order o ON o.id = l.order_id
        JOIN orders_shop s ON s.id = o.shop_id
        JOIN catalog_sku k ON k.id = c.sku_id
        JOIN catalog_product p ON p.id = k.product_id
        WHERE p.brand_id = ANY(%(brands)s) AND {COUNTED}
    ), x AS (
        SELECT sold.*, t.id AS terms_id, t.version, t.rate,
            CASE t.base WHEN '{CommissionBase.BUYER_PAYMENT}' THEN line_paid ELSE line_receivable END AS worth
        FROM sold JOIN terms t ON sold_on >= t.since AND (t.until IS NULL OR sold_on < t.until)
        WHERE sold_on >= %(starts_on)s AND sold_on <= %(ends_on)s AND {OF_MONTH.format(day="sold_on")}
            AND (line_amount > 0 OR line_paid > 0 OR line_receivable > 0)
            AND NOT EXISTS (
                SELECT FROM consignment_statementline z WHERE z.kind = '{LineKind.SALE}'
                AND z.order_line_id = sold.line_id AND z.component_id IS NOT DISTINCT FROM sold.component_id
            )
    ), y AS (
        SELECT x.*, {kept_sql("x.line_receivable")} AS receipt, {kept_sql("x.worth")} AS on_base FROM x
    )
    INSERT INTO consignment_statementline ({COLUMNS})
    SELECT %(statement)s, row_number() OVER (ORDER BY sold_on, line_id, component_id), '{LineKind.SALE}', sold_on,
        order_id, line_id, component_id, NULL, terms_id, number, sku_code, title, units, sold_on, version, rate,
        line_amount, line_paid, line_receivable, share_from, share_to, share_of, 0, 0,
        receipt, on_base, round(rate * on_base, 2),
        (CASE WHEN %(agency)s THEN receipt ELSE 0 END) - round(rate * on_base, 2)
    FROM y
"""

SALE_OF_CONTRACT: Final = f"""
    consignment_statementline l JOIN consignment_statement st ON st.id = l.statement_id
        AND st.contract_id = %(contract)s AND l.kind = '{LineKind.SALE}'
"""
SETTLED_REFUNDS: Final = f"""
    COALESCE((
        SELECT sum(z.refunded_after - z.refunded_before) FROM consignment_statementline z
        WHERE z.order_line_id = l.order_line_id AND z.kind = '{LineKind.REFUND}'
            AND z.component_id IS NOT DISTINCT FROM l.component_id
    ), 0)
"""
SALE_COLUMNS: Final = (
    "l.order_id, l.order_number, l.order_line_id, l.component_id, l.sku_code, l.title, l.sold_on, l.terms_id,"
    " l.version, l.rate, l.line_amount, l.line_paid, l.line_receivable, l.share_from, l.share_to, l.share_of,"
    f" CASE v.base WHEN '{CommissionBase.BUYER_PAYMENT}' THEN l.line_paid ELSE l.line_receivable END AS worth"
)

# A refund is that of a settled sale, by what is frozen of the sale: see ``queries.frozen``.
REFUNDS: Final = f"""
    WITH due AS (
        SELECT {SALE_COLUMNS}, l.id AS sale_id, r.id AS refund_id, r.refunded_on, r.amount AS refunded,
            {SETTLED_REFUNDS} AS already
        FROM {SALE_OF_CONTRACT}
        JOIN consignment_contractversion v ON v.id = l.terms_id
        JOIN orders_refund r ON r.line_id = l.order_line_id
        JOIN orders_order o ON o.id = r.order_id AND o.undone_at IS NULL
        WHERE {OF_MONTH.format(day="r.refunded_on")}
            AND NOT EXISTS (
                SELECT FROM consignment_statementline z WHERE z.kind = '{LineKind.REFUND}'
                AND z.refund_id = r.id AND z.component_id IS NOT DISTINCT FROM l.component_id
            )
    ), x AS (
        SELECT due.*, already + sum(refunded) OVER w - refunded AS before, already + sum(refunded) OVER w AS after
        FROM due WINDOW w AS (PARTITION BY sale_id ORDER BY refunded_on, refund_id)
    ), rests AS (
        SELECT x.*, {rest_sql("x.line_receivable", "x.before")} AS receipt_before,
            {rest_sql("x.line_receivable", "x.after")} AS receipt_after,
            {rest_sql("x.worth", "x.before")} AS worth_before, {rest_sql("x.worth", "x.after")} AS worth_after
        FROM x
    ), y AS (
        SELECT x.*, {kept_sql("x.receipt_after")} - {kept_sql("x.receipt_before")} AS receipt,
            {kept_sql("x.worth_after")} AS base_after, {kept_sql("x.worth_before")} AS base_before FROM rests x
    ), paid AS (
        SELECT y.*, round(rate * base_after, 2) - round(rate * base_before, 2) AS fee FROM y
    )
    INSERT INTO consignment_statementline ({COLUMNS})
    SELECT %(statement)s, %(offset)s + row_number() OVER (ORDER BY refunded_on, refund_id, component_id),
        '{LineKind.REFUND}', refunded_on, order_id, order_line_id, component_id, refund_id, terms_id, order_number,
        sku_code, title, 0, sold_on, version, rate, line_amount, line_paid, line_receivable, share_from, share_to,
        share_of, before, after, receipt, base_after - base_before, fee,
        (CASE WHEN %(agency)s THEN receipt ELSE 0 END) - fee
    FROM paid
"""

REVERSALS: Final = f"""
    WITH x AS (
        SELECT {SALE_COLUMNS}, {SETTLED_REFUNDS} AS before, (o.undone_at AT TIME ZONE s.timezone)::date AS undone_on
        FROM {SALE_OF_CONTRACT}
        JOIN consignment_contractversion v ON v.id = l.terms_id
        JOIN orders_order o ON o.id = l.order_id AND o.undone_at IS NOT NULL
        JOIN orders_shop s ON s.id = o.shop_id
        WHERE {OF_MONTH.format(day="(o.undone_at AT TIME ZONE s.timezone)::date")}
            AND NOT EXISTS (
                SELECT FROM consignment_statementline z WHERE z.kind = '{LineKind.REVERSAL}'
                AND z.order_line_id = l.order_line_id AND z.component_id IS NOT DISTINCT FROM l.component_id
            )
    ), rests AS (
        SELECT x.*, {rest_sql("x.line_receivable", "x.before")} AS receipt_before,
            {rest_sql("x.worth", "x.before")} AS worth_before FROM x
    ), y AS (
        SELECT x.*, {kept_sql("x.receipt_before")} AS receipt, {kept_sql("x.worth_before")} AS on_base FROM rests x
    )
    INSERT INTO consignment_statementline ({COLUMNS})
    SELECT %(statement)s, %(offset)s + row_number() OVER (ORDER BY undone_on, order_line_id, component_id),
        '{LineKind.REVERSAL}', undone_on, order_id, order_line_id, component_id, NULL, terms_id, order_number,
        sku_code, title, 0, sold_on, version, rate, line_amount, line_paid, line_receivable, share_from, share_to,
        share_of, before, before, -receipt, -on_base, -round(rate * on_base, 2),
        (CASE WHEN %(agency)s THEN -receipt ELSE 0 END) + round(rate * on_base, 2)
    FROM y
"""

ADD_UP: Final = f"""
    UPDATE consignment_statement s SET
        line_count = t.lines, sales = t.sales, refunds = t.refunds, base = t.base, commission = t.commission,
        fee = t.fee, adjustments = t.adjustments, net = t.net, terms = %(terms)s, drafted_at = %(at)s,
        updated_at = %(at)s
    FROM (
        SELECT count(*) AS lines, COALESCE(sum(base), 0) AS base, COALESCE(sum(commission), 0) AS commission,
            COALESCE(sum(net), 0) AS net,
            COALESCE(sum(amount) FILTER (WHERE kind = '{LineKind.SALE}'), 0) AS sales,
            COALESCE(sum(amount) FILTER (WHERE kind IN ('{LineKind.REFUND}', '{LineKind.REVERSAL}')), 0) AS refunds,
            COALESCE(sum(amount) FILTER (WHERE kind = '{LineKind.FEE}'), 0) AS fee,
            COALESCE(sum(amount) FILTER (WHERE kind = '{LineKind.ADJUSTMENT}'), 0) AS adjustments
        FROM consignment_statementline WHERE statement_id = %(statement)s
    ) t
    WHERE s.id = %(statement)s RETURNING s.line_count
"""


@operation
def draft_statements(
    drafts: Sequence[StatementDraft], *, actor: Principal, at: datetime
) -> Outcome[Statement]:
    """Compute the statements of months anew, each whole; later drafts of the same contracts follow.

    A line is a sale of the contract's brands and shops that was paid in the month (in the shop's zone) under the
    contract, or a refund of such a sale, whenever sold, that was given in the month; what has a day of a month that
    was issued already came late and is taken along. Bundles settle by component. Gifts at nothing leave no line.

    Refuses NoSuchContract, IllegalMove (a contract not in force yet), StatementFrozen, MonthNotBegun,
    NothingToSettle. A fixed number of statements for each month computed.
    """
    outcome: Outcome[Statement] = Outcome()
    contracts = lock_contracts(draft.contract_id for draft in drafts)
    for index, draft in enumerate(drafts):
        contract = contracts.get(draft.contract_id)
        month = draft.month.replace(day=1)
        standing = statements_of(contract) if contract else {}
        refusal = refusal_of(contract, standing.get(month), month, at=at)
        if contract is None or refusal is not None:
            outcome.refused.append((index, refusal or no_such_contract()))
            continue
        wanted = standing.get(month) or open_draft(contract, month, actor=actor, at=at)
        following = [each for first, each in standing.items() if first > month and is_draft(each)]
        open_drafts = sorted([wanted, *following], key=lambda each: each.month)
        remove_lines(open_drafts)
        issued = [first for first, each in standing.items() if not is_draft(each)]
        for statement in open_drafts:
            write_lines(contract, statement, issued, at=at)
        if not wanted.line_count and not in_force_on(contract, month):
            wanted.delete()
            detail = _("%(contract)s has nothing to settle in %(month)s.")
            outcome.refused.append(
                (index, NothingToSettle(detail, contract=contract.number, month=f"{month:%Y-%m}"))
            )
            continue
        outcome.done.append(Statement.objects.get(pk=wanted.pk))
    return outcome


def draft_month(
    month: date, *, numbers: Sequence[str] | None = None, actor: Principal, at: datetime
) -> Outcome[Statement]:
    """Draft the month of every contract (or those of ``numbers``) that began before its end, one transaction each.

    Contracts without anything to settle, and months that were issued, are passed over.
    """
    contracts = Contract.objects.filter(starts_on__lt=first_of_next(month)).exclude(
        status=ContractStatus.DRAFT
    )
    if numbers is not None:
        contracts = contracts.filter(number__in=numbers)
    outcome: Outcome[Statement] = Outcome()
    for index, pk in enumerate(contracts.order_by("pk").values_list("pk", flat=True)):
        one = draft_statements([StatementDraft(pk, month)], actor=actor, at=at)
        outcome.done += one.done
        outcome.refused += [
            (index, refused)
            for _first, refused in one.refused
            if not isinstance(refused, StatementFrozen | NothingToSettle)
        ]
    return outcome


def refusal_of(
    contract: Contract | None, statement: Statement | None, month: date, *, at: datetime
) -> Refused | None:
    """Return why the month can't be drafted, or None."""
    if contract is None:
        return no_such_contract()
    if contract.status == ContractStatus.DRAFT:
        return illegal_move(contract, ContractStatus.IN_FORCE)
    if statement is not None and not is_draft(statement):
        detail = _("Statement %(number)s is issued; what comes late is on the next draft.")
        return StatementFrozen(detail, number=statement.number)
    if month > timezone.localdate(at):
        return MonthNotBegun(_("%(month)s has not begun."), month=f"{month:%Y-%m}")
    return None


def is_draft(statement: Statement) -> bool:
    """Tell whether a statement may still be computed anew."""
    return bool(statement.status == StatementStatus.DRAFT)


def statements_of(contract: Contract) -> dict[date, Statement]:
    """Lock the statements of a contract; return them by month."""
    found = Statement.objects.filter(contract=contract).order_by("pk").select_for_update(no_key=True)
    return {statement.month: statement for statement in found}


def open_draft(contract: Contract, month: date, *, actor: Principal, at: datetime) -> Statement:
    """Return a new and empty draft."""
    statement = Statement.objects.create(
        number=f"{contract.number}-{month:%Y-%m}",
        contract=contract,
        partner=contract.partner,
        month=month,
        currency=contract.currency,
        agency_collects=COLLECTS[ContractMode(contract.mode)] == Party.AGENCY,
        drafted_at=at,
        updated_at=at,
    )
    born = move_record(STATEMENT_MOVES.kind, statement.number, "", statement.status, actor=actor, at=at)
    record_moves([born])
    return statement


def remove_lines(statements: Sequence[Statement]) -> None:
    """Empty drafts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM consignment_statementline WHERE statement_id = ANY(%s)", [[s.pk for s in statements]]
        )


def write_lines(contract: Contract, statement: Statement, issued: Sequence[date], *, at: datetime) -> None:
    """Fill an empty draft with its lines and add them up."""
    next_month = first_of_next(statement.month)
    given: dict[str, Any] = {
        "statement": statement.pk,
        "contract": contract.pk,
        "month": statement.month,
        "next_month": next_month,
        "issued_months": list(issued),
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on or date.max,
        "floor": contract.starts_on - timedelta(days=1),
        "ceiling": next_month + timedelta(days=1),
        "brands": [each.brand_id for each in contract.brands.all()],
        "shops": [each.shop_id for each in contract.shops.all()],
        "all_shops": contract.all_shops,
        "currency": contract.currency,
        "payee": COLLECTS[ContractMode(contract.mode)],
        "agency": statement.agency_collects,
        "offset": 0,
        "at": at,
    }
    with connection.cursor() as cursor:
        for sql in (SALES, REFUNDS, REVERSALS):
            cursor.execute(sql, given)
            given["offset"] += cursor.rowcount
    rows = [*fee_rows(contract, statement, next_month), *adjustment_rows(contract, statement, next_month)]
    for position, row in enumerate(rows, given["offset"] + 1):
        row["position"] = position
    insert_rows(StatementLine, rows)
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, {**given, "terms": terms_text(contract)})
        (statement.line_count,) = cursor.fetchone()


def fee_rows(contract: Contract, statement: Statement, next_month: date) -> list[dict[str, Any]]:
    """Return the monthly fee, for the days on which each version of the terms was in force."""
    days = (next_month - statement.month).days
    end = min(next_month, contract.ends_on + timedelta(days=1) if contract.ends_on else date.max)
    versions = list(contract.versions.all())
    untils = [version.since for version in versions[1:]] + [date.max]
    rows = []
    for version, until in zip(versions, untils, strict=True):
        since = max(version.since, statement.month)
        if since < min(until, end) and version.monthly_fee:
            # From the month's beginning to the end less to the start: versions at one fee sum to it to the cent.
            first, last = ((day - statement.month).days for day in (since, min(until, end)))
            fee = part(version.monthly_fee, Decimal(last), Decimal(days)) - part(
                version.monthly_fee, Decimal(first), Decimal(days)
            )
            rows.append(
                plain_row(statement, LineKind.FEE, since, fee, net=-fee)
                | {
                    "terms_id": version.pk,
                    "version": version.version,
                    "rate": version.rate,
                    "line_amount": version.monthly_fee,
                    "share_from": first,
                    "share_to": last,
                    "share_of": days,
                }
            )
    return rows


def adjustment_rows(contract: Contract, statement: Statement, next_month: date) -> list[dict[str, Any]]:
    """Return what was granted to disputes and stands on no statement yet."""
    settled = StatementLine.objects.filter(dispute__isnull=False).values("dispute")
    granted = (
        LineDispute.objects.filter(line__statement__contract=contract, status=DisputeStatus.ACCEPTED)
        .exclude(pk__in=settled)
        .exclude(amount=0)
        .select_related("line")
        .order_by("pk")
    )
    last_day = next_month - timedelta(days=1)
    return [
        plain_row(statement, LineKind.ADJUSTMENT, last_day, dispute.amount, net=dispute.amount)
        | {
            "dispute_id": dispute.pk,
            "order_id": dispute.line.order_id,
            "order_number": dispute.line.order_number,
            "sku_code": dispute.line.sku_code,
            "title": dispute.number,
            "line_amount": dispute.amount,
        }
        for dispute in granted
    ]


def plain_row(
    statement: Statement, kind: LineKind, day: date, amount: Decimal, *, net: Decimal
) -> dict[str, Any]:
    """Return a line that is not about goods, by column."""
    return {
        "statement_id": statement.pk,
        "position": 0,
        "kind": kind.value,
        "occurred_on": day,
        "order_id": None,
        "dispute_id": None,
        "terms_id": None,
        "order_number": "",
        "sku_code": "",
        "title": "",
        "units": 0,
        "version": None,
        "rate": ZERO,
        "line_amount": ZERO,
        "line_paid": ZERO,
        "line_receivable": ZERO,
        "share_from": ZERO,
        "share_to": ZERO,
        "share_of": ZERO,
        "refunded_before": ZERO,
        "refunded_after": ZERO,
        "amount": amount,
        "base": ZERO,
        "commission": ZERO,
        "net": net,
    }


def terms_text(contract: Contract) -> Any:
    """Return the terms to be frozen, as the JSON of a parameter."""
    field = Statement._meta.get_field("terms")
    terms = {
        "contract": contract.number,
        "partner": contract.partner.code,
        "mode": contract.mode,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat() if contract.ends_on else None,
        "versions": [
            {
                "version": version.version,
                "since": version.since.isoformat(),
                "base": version.base,
                "rate": as_text(version.rate, 6),
                "monthly_fee": as_text(version.monthly_fee),
            }
            for version in contract.versions.all()
        ],
    }
    return field.get_db_prep_value(terms, connection)


def in_force_on(contract: Contract, month: date) -> bool:
    """Tell whether the contract was in force on any day of the month."""
    return contract.starts_on < first_of_next(month) and (
        contract.ends_on is None or contract.ends_on >= month
    )


def first_of_next(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
