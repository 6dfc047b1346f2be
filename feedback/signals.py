"""What this app announces. Every signal is sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Feedback came in, changed or was taken back. Sender: FeedbackItem.
# Payload: days (set[tuple[int | None, date]]: shop id and the day on which it was received, in the shop's zone or,
# without a shop, in the portal's), actor (Principal), at (datetime).
items_received = Signal()
