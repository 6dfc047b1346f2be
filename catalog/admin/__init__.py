"""The back office's pages of goods and stock, and of what listings are made by."""

from catalog.admin import goods, listings, supply  # noqa: F401
