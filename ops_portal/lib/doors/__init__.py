"""The base classes through which people and machines reach operations, which never import them."""
