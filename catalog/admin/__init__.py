"""The back office's pages of goods and stock, and of what listings are made by."""

from catalog.admin import counts, goods, listings, places, rules, supply  # noqa: F401
