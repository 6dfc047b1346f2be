"""What this app announces. Sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Runs wait for a worker. Sender: ImportRun. Payload: run_ids (list[int]).
runs_queued = Signal()
