"""Four ready tests that every app gives its operations and lists: moves, query counts, batches, races."""

from ops_portal.lib.testing.batches import assert_batch_does_what_one_by_one_does
from ops_portal.lib.testing.moves import assert_moves_follow_table
from ops_portal.lib.testing.races import race
from ops_portal.lib.testing.statements import assert_statements

__all__ = [
    "assert_batch_does_what_one_by_one_does",
    "assert_moves_follow_table",
    "assert_statements",
    "race",
]
