"""The kinds of files that bring goods and stock."""

from catalog.importers.receipts import StockReceipts
from catalog.importers.skus import StandardCatalog
from ops_portal.intake.kinds import register

register(StandardCatalog(), StockReceipts())
