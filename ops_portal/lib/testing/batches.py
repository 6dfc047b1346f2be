"""A batch does what the same drafts would have done one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from ops_portal.lib.refusals import Outcome


def assert_batch_does_what_one_by_one_does(
    operation: Callable[[Sequence[Any]], Outcome[Any]], drafts: Sequence[Any], look: Callable[[], Any]
) -> None:
    """Run ``drafts`` as one batch and, from the same beginning, one by one; what ``look`` sees must be equal.

    ``look`` returns plain values without ids and numbers, which two runs can't share. Refusals must agree too,
    by index and code.
    """
    as_batch = run_and_take_back(lambda: codes_of(operation(drafts)), look)
    one_by_one = run_and_take_back(lambda: [codes_of(operation([draft]))[0] for draft in drafts], look)
    assert as_batch == one_by_one


def codes_of(outcome: Outcome[Any]) -> list[str]:
    """Return, by draft, the code of its refusal or "done"."""
    refused = {index: refusal.code for index, refusal in outcome.refused}
    return [refused.get(index, "done") for index in range(len(outcome.done) + len(refused))]


def run_and_take_back(act: Callable[[], list[str]], look: Callable[[], Any]) -> tuple[list[str], Any]:
    with transaction.atomic():
        answer = act(), look()
        transaction.set_rollback(True)
    return answer
