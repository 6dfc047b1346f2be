"""What this app announces. Every signal is sent inside the transaction of the operation that causes it."""

from django.dispatch import Signal

# Units became available. Sender: Stock. Payload: sku_ids (set[int]), actor (Principal), at (datetime).
units_arrived = Signal()

# SKUs were created. Sender: Sku. Payload: codes (list[str]), actor (Principal), at (datetime).
skus_created = Signal()

# The audit asks what documents say. Sender: StockMovement. No payload. Each receiver returns SQL text without
# parameters that selects (document_kind text, document_number text, sku_id bigint, from_state text, to_state text,
# units bigint): the units that each document says it has brought from one state to another. What stands between these
# two on the way counts for nothing.
document_claims = Signal()

# Versions of listings are about to be seen by buyers; asked before they are, under the locks of their listings.
# Sender: ListingVersion. Payload: versions (list[ListingVersion], each with listing, shop and product), actor
# (Principal), at (datetime). Each receiver returns a dict of version id to Refused: these stay where they are.
before_publication = Signal()

# It was said which SKUs codes of shops are. Sender: ChannelSku. Payload: sku_ids (set[int]), actor (Principal), at
# (datetime).
skus_matched = Signal()

# The replenishment asks what is wanted by documents that hold nothing yet. Sender: Replenishment. No payload. Each
# receiver returns SQL text without parameters that selects (sku_id bigint, warehouse_id bigint, units bigint): the
# units that wait, each in the warehouse that would serve it first.
units_wanted = Signal()

# It is asked which listings no contract covers any more. Sender: Listing. Payload: at (datetime). Each receiver
# returns the ids of the listings that were covered once and are not on that day.
listing_licences = Signal()

# Somebody is to be led to documents that hold units. Sender: Reservation. Payload: documents (set of (kind, number)).
# Each receiver returns a dict of those that are its own to the addresses of their pages.
document_pages = Signal()
