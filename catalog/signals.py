"""What this app announces. Every signal is sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Units became available. Sender: Stock. Payload: sku_ids (set[int]), actor (Principal), at (datetime).
units_arrived = Signal()

# SKUs were created. Sender: Sku. Payload: codes (list[str]), actor (Principal), at (datetime).
skus_created = Signal()

# The audit asks what documents say. Sender: StockMovement. No payload. Each receiver returns SQL text without
# parameters that selects (document_kind text, document_number text, sku_id bigint, state text, units bigint):
# the net units that each document says it has brought into each state but ``outside``.
document_claims = Signal()

# Versions of listings are about to be seen by buyers; asked before they are, under the locks of their listings.
# Sender: ListingVersion. Payload: versions (list[ListingVersion], each with listing, shop and product), actor
# (Principal), at (datetime). Each receiver returns a dict of version id to Refused: these stay where they are.
before_publication = Signal()

# It was said which SKUs codes of shops are. Sender: ChannelSku. Payload: sku_ids (set[int]), actor (Principal), at
# (datetime).
skus_matched = Signal()
