"""What the days leave behind beside the orders: parcels, moves, refunds, tickets, cases, messages, settlement, figures.

Two thousand tickets and five hundred cases are open; the rest is over.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from benchmarks import million

TICKETS, OPEN_TICKETS = 200_000, 2_000
CASES, OPEN_CASES = 20_000, 500
EVENTS = 200_000
RESERVED = 100_000  # of so many orders the reservations stand

SHIPMENTS = """
INSERT INTO orders_shipment (order_id, carrier, waybill_number, shipped_at, delivered_at)
SELECT id, 'SF', 'SF' || lpad(id::text, 12, '0'), placed_at + interval '20 hours',
    CASE WHEN status <> 'shipped' THEN placed_at + interval '4 days' END
FROM orders_order WHERE status IN ('shipped', 'delivered', 'completed')
"""

MOVES = """
INSERT INTO lib_statemove (document_kind, document_number, from_status, to_status, actor, reason, at)
SELECT 'order', number, '', 'created', 'system:bench', '', created_at FROM orders_order
UNION ALL
SELECT 'order', number, 'created', status, 'system:bench', '', updated_at FROM orders_order WHERE status <> 'created'
"""

RESERVATIONS = """
INSERT INTO catalog_reservation (document_kind, document_number, item, stock_id, units, status, created_at, updated_at)
SELECT 'order', o.number, l.position, b.id, 1, CASE WHEN o.status = 'shipped' THEN 'shipped' ELSE 'held' END,
    o.created_at, o.created_at
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id JOIN catalog_stock b ON b.sku_id = l.sku_id
WHERE o.id > %(after)s AND o.status IN ('created', 'reviewed', 'picked', 'packed', 'shipped')
"""

REFUNDS = """
INSERT INTO orders_refund (order_id, line_id, amount, refunded_at, refunded_on, is_correction, actor)
SELECT o.id, l.id, l.refund_amount, o.placed_at + interval '5 days',
    ((o.placed_at + interval '5 days') AT TIME ZONE 'Asia/Shanghai')::date, false, 'system:bench'
FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id AND l.position = 1
WHERE o.refund_status = 'partly' ORDER BY o.id
"""

WANTED = """
INSERT INTO feedback_feedbackitem (id, source_key, channel, brand_id, shop_id, customer_id, category, text, rating,
    is_negative, received_at, received_on, status, type, topic, priority, why, mark, text_digest, sku_id, order_id,
    order_reference, answers_count, waiting_since, first_answered_at, close_reason, due_at, platform_due_at,
    created_at, updated_at)
SELECT n, 'bench:' || n, 'review', p.brand_id, o.shop_id, o.customer_id, '',
    (ARRAY['物流太慢', '质量很好', '包装破损', '态度差', '颜色不对', '尺码偏小', '很香'])[n %% 7 + 1]
        || '，' || (ARRAY['下次还会买', '请尽快处理', '不太满意', '跟描述不一样'])[n %% 4 + 1] || ' ' || n,
    n %% 5 + 1, n %% 5 < 2, o.placed_at, o.placed_on, w.status,
    (ARRAY['experience', 'aftersales', 'suggestion', 'inquiry', 'complaint'])[n %% 5 + 1],
    (ARRAY['quality', 'logistics', 'payment', 'service', 'other'])[n %% 5 + 1],
    'P' || n %% 4, ARRAY['rating:1'], '', n, k.id, o.id, o.platform_number,
    w.is_answered::int, CASE WHEN w.is_open THEN o.placed_at END,
    CASE WHEN w.is_answered THEN o.placed_at + interval '2 hours' END,
    CASE WHEN w.status = 'closed' THEN 'solved' WHEN w.status = 'rejected' THEN 'irrelevant' ELSE '' END,
    CASE WHEN w.is_open AND w.status <> 'replied' THEN o.placed_at + interval '8 hours' END,
    CASE WHEN w.is_open THEN o.placed_at + interval '48 hours' END, o.placed_at, o.placed_at
FROM generate_series(1, %(tickets)s) AS n
JOIN orders_order o ON o.id = n * (%(orders)s / %(tickets)s)
JOIN orders_orderline l ON l.order_id = o.id AND l.position = 1
JOIN catalog_sku k ON k.id = l.sku_id JOIN catalog_product p ON p.id = k.product_id
CROSS JOIN LATERAL (
    SELECT status, status IN ('new', 'acting', 'replied') AS is_open, status IN ('closed', 'replied') AS is_answered
    FROM (SELECT CASE
        WHEN n > %(tickets)s - %(open)s
            THEN (ARRAY['new', 'new', 'new', 'acting', 'replied'])[n %% 5 + 1]
        ELSE (ARRAY['recorded', 'closed', 'recorded', 'closed', 'recorded', 'closed', 'rejected'])[n %% 7 + 1]
    END AS status) AS s
) AS w
ORDER BY n
"""

ANSWERS = """
INSERT INTO feedback_answer (item_id, text, delivery, actor, at)
SELECT id, '您好，已为您处理，感谢您的反馈。', 'by_hand', 'system:bench', first_answered_at
FROM feedback_feedbackitem WHERE answers_count > 0
"""

TICKET_MOVES = """
INSERT INTO lib_statemove (document_kind, document_number, from_status, to_status, actor, reason, at)
SELECT 'ticket', number, '', 'new', 'system:bench', '', created_at FROM feedback_feedbackitem
WHERE status <> 'recorded'
UNION ALL
SELECT 'ticket', number, 'new', status, 'system:bench', '', updated_at FROM feedback_feedbackitem
WHERE status NOT IN ('recorded', 'new')
"""

# What is over was a refund of money alone, and is the one that the order knows of.
OVER = """
INSERT INTO aftersales_case (id, number, kind, status, refund_status, order_id, shop_id, source_key, reason,
    description, liable, liability_note, currency, amount, freight_amount, refunded_amount, refunded_at,
    payment_reference, carrier, waybill_number, requested_at, created_at, updated_at)
SELECT n, 'AS' || n, 'refund_only', 'closed', 'paid', o.id, o.shop_id, 'R' || n, 'quality', '', 'brand', '', 'CNY',
    5, 0, 5, o.placed_at + interval '5 days', '', '', '', o.placed_at + interval '4 days',
    o.placed_at + interval '4 days', o.placed_at + interval '5 days'
FROM generate_series(1, %(over)s) AS n JOIN orders_order o ON o.id = n * %(every)s AND o.refund_status = 'partly'
"""

OPEN = """
INSERT INTO aftersales_case (id, number, kind, status, refund_status, order_id, shop_id, source_key, reason,
    description, liable, liability_note, currency, amount, freight_amount, refunded_amount,
    payment_reference, carrier, waybill_number, due_at, platform_due_at, requested_at, created_at, updated_at)
SELECT %(over)s + n, 'AS' || %(over)s + n, 'return', w.status,
    CASE WHEN w.status = 'inspected' THEN 'due' ELSE 'none' END, o.id, o.shop_id, 'R' || %(over)s + n, 'quality', '',
    'undecided', '', 'CNY', 10, 0, 0, '', 'SF', 'RT' || lpad(n::text, 12, '0'),
    CASE WHEN w.status IN ('requested', 'received', 'inspected') THEN w.at + interval '8 hours' END,
    CASE WHEN w.status = 'requested' THEN w.at + interval '48 hours' END, w.at, w.at, w.at
FROM generate_series(1, %(open)s) AS n
JOIN orders_order o ON o.id = %(recent)s + n * 20 + 1
CROSS JOIN LATERAL (SELECT
    (ARRAY['requested', 'requested', 'approved', 'in_transit', 'received', 'inspected'])[n %% 6 + 1] AS status,
    now() - n * interval '10 minutes' AS at) AS w
"""

CASE_LINES = """
INSERT INTO aftersales_caseline (case_id, order_line_id, units, amount, refunded_amount)
SELECT c.id, l.id, CASE c.kind WHEN 'return' THEN 1 ELSE 0 END, c.amount, c.refunded_amount
FROM aftersales_case c JOIN orders_orderline l ON l.order_id = c.order_id AND l.position = 1
"""

CASE_MOVES = """
INSERT INTO lib_statemove (document_kind, document_number, from_status, to_status, actor, reason, at)
SELECT 'case', number, '', 'requested', 'system:bench', '', created_at FROM aftersales_case
UNION ALL
SELECT 'case', number, 'requested', status, 'system:bench', '', updated_at FROM aftersales_case
WHERE status <> 'requested'
"""

TOLD = """
INSERT INTO outbox_stream (id, brand, object_kind, object_number, last)
SELECT n, %(brand)s, 'order', 'BENCH' || %(first)s + n, 1 FROM generate_series(1, %(events)s) AS n;
INSERT INTO outbox_event (id, message_id, kind, object_kind, object_number, brand, sequence, stream_id, facts, actor,
    occurred_at)
SELECT n, gen_random_uuid(), 'order.created', 'order', 'BENCH' || %(first)s + n, %(brand)s, 1, n,
    '{"status": "created"}', 'system:bench', now() - (%(events)s - n) * interval '25 seconds'
FROM generate_series(1, %(events)s) AS n;
INSERT INTO outbox_delivery (id, event_id, endpoint_id, stream_id, sequence, status, attempts, next_at, delivered_at,
    created_at, updated_at)
SELECT id, id, %(endpoint)s, stream_id, 1,
    CASE WHEN id %% 1000 = 0 THEN 'failed' WHEN id > %(events)s - 800 THEN 'pending' ELSE 'delivered' END,
    1, occurred_at, CASE WHEN id %% 1000 > 0 AND id <= %(events)s - 800 THEN occurred_at END, occurred_at, occurred_at
FROM outbox_event;
INSERT INTO outbox_attempt (delivery_id, at, status_code, duration_ms, error, excerpt)
SELECT id, created_at, CASE WHEN status = 'delivered' THEN 200 ELSE 500 END, 80, '', '' FROM outbox_delivery;
"""

TABLES = (
    "orders_order", "orders_orderline", "orders_customer", "orders_shipment", "orders_refund", "lib_statemove",
    "catalog_reservation", "feedback_feedbackitem", "feedback_answer", "aftersales_case", "aftersales_caseline",
    "outbox_stream", "outbox_event", "outbox_delivery", "outbox_attempt",
)  # fmt: skip


def fill() -> None:
    """Add to a million orders what their days left behind; say how long each part took."""
    from benchmarks.agency import api_key

    over = CASES - OPEN_CASES
    given = {
        "orders": million.ORDERS,
        "tickets": TICKETS,
        "open": OPEN_TICKETS,
        "after": million.ORDERS - RESERVED,
    }
    cases = {"over": over, "open": OPEN_CASES, "every": million.REFUNDED_EVERY}
    cases["recent"] = million.ORDERS - 3 * RESERVED // 2
    parts = [
        (text, given) for text in (SHIPMENTS, MOVES, RESERVATIONS, REFUNDS, WANTED, ANSWERS, TICKET_MOVES)
    ]
    parts += [(text, cases) for text in (OVER, OPEN, CASE_LINES, CASE_MOVES)]
    with million.connected() as cursor:
        for text, parameters in parts:
            began = time.perf_counter()
            cursor.execute(text, parameters)
            print(
                f"{text.split()[2]}: {cursor.rowcount:,} rows, {time.perf_counter() - began:.0f} s",
                flush=True,
            )
        endpoint = _endpoint(api_key("brand_partner", brands=[million.LARGE_BRAND]))
        told = {"brand": million.LARGE_BRAND, "first": million.ORDERS - EVENTS, "events": EVENTS}
        cursor.execute(TOLD, told | {"endpoint": endpoint})
        million.settle(
            cursor,
            "feedback_feedbackitem",
            "aftersales_case",
            "outbox_stream",
            "outbox_event",
            "outbox_delivery",
        )
    million.vacuum(*TABLES)
    began = time.perf_counter()
    days = _figures()
    print(f"figures of {days:,} days of shops: {time.perf_counter() - began:.0f} s", flush=True)
    _settlement()


def _endpoint(key: str) -> int:
    from ops_portal.accounts.models import ApiKey
    from ops_portal.outbox.models import Endpoint

    owner_id = ApiKey.objects.order_by("-pk").values_list("user_id", flat=True)[0]
    at = datetime.now(UTC)
    url = "https://brand.example/hooks"
    endpoint = Endpoint(owner_id=owner_id, url=url, secret_sealed=b"\0", created_at=at, updated_at=at)
    endpoint.save(force_insert=True)
    return int(endpoint.pk)


def _figures() -> int:
    from analytics.operations.rolling import leave_all_days_stale, refresh_stale_days
    from ops_portal.lib.principals import system

    million.vacuum("analytics_staleday")
    leave_all_days_stale(actor=system("bench"))
    days = refresh_stale_days(actor=system("bench"), at=datetime.now(UTC))
    million.vacuum("analytics_orderfigures", "analytics_buyerday", "analytics_feedbackfigures")
    return days


def month_before(months: int) -> date:
    """Return the first day of the month so many months before the newest order's."""
    month = million.placed_at(million.ORDERS).astimezone(million.ZONE).date().replace(day=1)
    for _ in range(months):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _settlement() -> None:
    """Sign a contract with each brand's partner; issue the month before last, and draft the last one."""
    from consignment.drafts import ContractDraft, PartnerDraft, StatementDraft
    from consignment.operations.contracts import draft_contracts, sign_contracts
    from consignment.operations.drafting import draft_statements
    from consignment.operations.issuing import issue_statements
    from consignment.operations.partners import save_partners
    from ops_portal.lib.principals import system

    doing = {"actor": system("bench"), "at": datetime.now(UTC)}
    brands = (million.LARGE_BRAND, million.SMALL_BRAND)
    save_partners([PartnerDraft(brand, brand, brand_codes=[brand]) for brand in brands], **doing)
    since = month_before(2)
    drafts = [ContractDraft(brand, "commission", "buyer_payment", Decimal("0.1"), since) for brand in brands]
    contracts = draft_contracts(drafts, **doing).done
    sign_contracts([contract.pk for contract in contracts], **doing)
    for months in (2, 1):
        month = month_before(months)
        began = time.perf_counter()
        made = draft_statements([StatementDraft(contract.pk, month) for contract in contracts], **doing).done
        lines = sum(statement.line_count for statement in made)
        print(f"draft {month:%Y-%m}, {lines:,} lines: {time.perf_counter() - began:.1f} s", flush=True)
        if months == 2:
            began = time.perf_counter()
            issue_statements([statement.pk for statement in made], **doing)
            print(f"issue {month:%Y-%m}: {time.perf_counter() - began:.1f} s", flush=True)
        million.vacuum("consignment_statementline")
