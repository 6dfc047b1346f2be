"""What this app announces. Every signal is sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Orders were placed, changed or moved in a way that figures see. Sender: Order.
# Payload: days (set[tuple[int, date]]: shop id and the day in the shop's zone on which the order was placed),
# actor (Principal), at (datetime).
orders_changed = Signal()

# Somebody withdraws the refund of orders; asked before it is done. Sender: Order. Payload: order_ids (list[int],
# locked). Each receiver returns a dict of order id to Refused: of these orders the refund stays.
before_refund_withdrawn = Signal()
