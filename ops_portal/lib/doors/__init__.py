"""Doors: the base classes through which people and machines reach operations. Operations never import them."""
