"""What this app announces. Sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Work waits for a worker. Sender: BackgroundRun. Payload: run_ids (list[int]).
background_runs_wait = Signal()
