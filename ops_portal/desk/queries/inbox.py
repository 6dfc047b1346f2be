"""What waits for one person: the own documents, and those that nobody owns in the person's queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from ops_portal.accounts.models import User
from ops_portal.desk.choices import ClockState
from ops_portal.desk.kinds import kind_of, kinds_for, queue_place
from ops_portal.desk.models import Membership, Team
from ops_portal.desk.queries.rows import (
    Page,
    Rows,
    page_of_rows,
    platform_labels,
    queue_label,
    shop_names,
    united,
    with_names,
)

MINE, UNOWNED = "mine", "unowned"
# The filters of the address, in the sequence in which the page offers them.
FACETS: Final = ("whose", "kind", "queue", "state", "platform", "shop")
COLUMN_OF: Final = {"shop": "shop_code"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter, with the number of rows that it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter and its values."""

    name: str
    label: str
    choices: list[Choice]


@dataclass(slots=True)
class Inbox:
    """The page "Waiting for me" at one moment."""

    page: Page
    total: int
    late: int
    facets: list[Facet] = field(default_factory=list)
    queues: list[tuple[str, str, int]] = field(default_factory=list)  # code, label, how many unowned


def queues_of(user: User) -> set[str]:
    """Return the codes of the queues whose unowned documents wait for ``user``: one statement.

    Of those on which the user may work, the ones of the user's teams and the ones that no team has: nothing waits
    where nobody looks.
    """
    mine = {
        queue.code for kind in kinds_for(user) if user.has_perm(kind.work_permission) for queue in kind.queues
    }
    in_it = Membership.objects.filter(team=OuterRef("pk"), user=user)
    teams = Team.objects.annotate(is_mine=Exists(in_it)).values_list("queues", "is_mine")
    hers = {code for codes, is_mine in teams if is_mine for code in codes}
    others = {code for codes, is_mine in teams if not is_mine for code in codes} - hers
    return mine - others if hers else mine


def waiting_rows(user: User, *, at: datetime) -> Rows:
    """Return what waits for ``user``, with ``state`` and ``whose``."""
    hers = Q(owner=user) | Q(owner=None)
    rows = united([(kind, kind.open_documents(user).filter(hers)) for kind in kinds_for(user)])
    rows = rows.where("owner_id IS NOT NULL OR queue = ANY(%s)", [sorted(queues_of(user))]).at(at)
    whose = f"CASE WHEN owner_id IS NULL THEN '{UNOWNED}' ELSE '{MINE}' END AS whose"
    return Rows(f"SELECT s.*, {whose} FROM ({rows.sql}) AS s", rows.params)


def inbox(user: User, chosen: Mapping[str, str], *, at: datetime, after: str = "") -> Inbox:
    """Return what waits for ``user`` and meets the filters ``chosen``: four statements at most."""
    rows = waiting_rows(user, at=at)
    columns = [COLUMN_OF.get(name, name) for name in FACETS]
    groups = rows.fetch(
        ", ".join([*(f"COALESCE({column}, '')" for column in columns), "count(*)"]),
        "GROUP BY " + ", ".join(str(place + 1) for place in range(len(columns))),
    )
    for name, value in chosen.items():
        rows = rows.where(f"COALESCE({COLUMN_OF.get(name, name)}, '') = %s", [value])
    page = page_of_rows(rows, at=at, after=after)
    with_names(page.rows)
    meeting = [group for group in groups if meets(group, chosen)]
    shops = {row.shop_code: row.shop for row in page.rows}
    return Inbox(
        page=page,
        total=sum(group[-1] for group in meeting),
        late=sum(group[-1] for group in meeting if group[FACETS.index("state")] == ClockState.LATE),
        facets=[facet_of(name, groups, chosen, shops) for name in FACETS],
        queues=unowned_queues(user, groups),
    )


def meets(group: Sequence[Any], chosen: Mapping[str, str], but: str = "") -> bool:
    """Tell whether a group of rows meets the filters, all or all but one."""
    return all(group[FACETS.index(name)] == value for name, value in chosen.items() if name != but)


def facet_of(
    name: str, groups: Sequence[Sequence[Any]], chosen: Mapping[str, str], shops: dict[str, str]
) -> Facet:
    """Return the values of one filter, each with the rows that it would leave beside the other filters."""
    counts: Counter[str] = Counter({chosen[name]: 0} if name in chosen else {})
    for group in groups:
        if meets(group, chosen, but=name):
            counts[group[FACETS.index(name)]] += group[-1]
    if name == "shop" and (unknown := set(counts) - set(shops) - {""}):
        shops |= shop_names(unknown)
    choices = [
        Choice(value, label_of(name, value, shops), count, chosen.get(name) == value)
        for value, count in counts.items()
        if value
    ]
    sequence = list(ClockState.values) if name == "state" else [MINE, UNOWNED] if name == "whose" else []
    if name == "queue":
        sequence = sorted(counts, key=queue_place)
    choices.sort(
        key=lambda choice: (
            sequence.index(choice.value) if choice.value in sequence else len(sequence),
            choice.label,
        )
    )
    return Facet(name, heading_of(name), choices)


def heading_of(name: str) -> str:
    """Return the name of a filter."""
    return {
        "whose": _("Whose"),
        "kind": _("Kind"),
        "queue": _("Queue"),
        "state": _("State"),
        "platform": _("Platform"),
        "shop": _("Shop"),
    }[name]


def label_of(name: str, value: str, shops: Mapping[str, str]) -> str:
    """Return the name of a filter's value."""
    if name == "whose":
        return {MINE: _("mine"), UNOWNED: _("nobody's yet")}.get(value, value)
    if name == "kind":
        kind = kind_of(value)
        return str(kind.label) if kind else value
    if name == "queue":
        return queue_label(value)
    if name == "state":
        return str(ClockState(value).label) if value in ClockState.values else value
    if name == "platform":
        return platform_labels().get(value, value)
    return shops.get(value, value)


def unowned_queues(user: User, groups: Sequence[Sequence[Any]]) -> list[tuple[str, str, int]]:
    """Return the queues from which the next can be taken, with how much stands in each."""
    counts: Counter[tuple[str, str]] = Counter()
    for whose, kind_code, queue, *_rest, count in groups:
        if whose == UNOWNED:
            counts[kind_code, queue] += count
    found = []
    for (kind_code, queue), count in counts.items():
        kind = kind_of(kind_code)
        if kind is not None and user.has_perm(kind.work_permission):
            found.append((queue, queue_label(queue), count))
    return sorted(found, key=lambda entry: queue_place(entry[0]))
