"""What this app announces. Sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Deliveries wait for a worker. Sender: Delivery. Payload: none.
deliveries_wait = Signal()
