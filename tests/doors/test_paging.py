"""Lists are walked by position: every row once, forward and back, whatever comes in meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ops_portal.lib.doors.paging import _order
from ops_portal.lib.models import NumberSeries, StateMove

SERIES = "/api/v1/series/"
MOVES = "/api/v1/moves/"
NOON = datetime(2026, 11, 11, 4, 0, 0, 123457, tzinfo=UTC)


def make_series(count: int, *, last: int = 0) -> list[int]:
    made = NumberSeries.objects.bulk_create(
        NumberSeries(code=f"S{last}-{number}", last=last) for number in range(count)
    )
    return [series.pk for series in made]


def make_moves(count: int) -> None:
    StateMove.objects.bulk_create(
        StateMove(
            document_kind="order",
            document_number=f"O{number}",
            to_status="placed",
            actor="system:test",
            at=NOON + timedelta(microseconds=number // 2),
        )
        for number in range(count)
    )


def walk(client: APIClient, url: str, direction: str = "next") -> list[list[str]]:
    pages = []
    while url:
        answer = client.get(url).json()
        pages.append([row.get("code") or row["document_number"] for row in answer["results"]])
        url = answer[direction]
    return pages


def test_seven_rows_of_equal_rank_are_three_pages_of_three_three_and_one(client: APIClient) -> None:
    make_series(7)

    pages = walk(client, SERIES + "?page_size=3")

    assert pages == [["S0-6", "S0-5", "S0-4"], ["S0-3", "S0-2", "S0-1"], ["S0-0"]]


def test_times_that_differ_by_a_microsecond_are_not_skipped(client: APIClient) -> None:
    make_moves(5)

    assert walk(client, MOVES + "?page_size=2") == [["O4", "O3"], ["O2", "O1"], ["O0"]]


def test_the_way_back_shows_the_same_pages(client: APIClient) -> None:
    make_series(6)
    second = client.get(client.get(SERIES + "?page_size=2").json()["next"]).json()
    third = client.get(second["next"]).json()

    assert third["next"] is None
    assert walk(client, third["previous"], "previous") == [["S0-3", "S0-2"], ["S0-5", "S0-4"]]
    assert client.get(client.get(third["previous"]).json()["next"]).json()["results"] == third["results"]


def test_the_first_page_has_no_previous_and_the_last_no_next(client: APIClient) -> None:
    make_series(2)

    answer = client.get(SERIES).json()

    assert (len(answer["results"]), answer["next"], answer["previous"]) == (2, None, None)


def test_a_row_that_comes_in_meanwhile_moves_nothing(client: APIClient) -> None:
    make_series(4)
    first = client.get(SERIES + "?page_size=2").json()

    make_series(1, last=9)

    assert [row["code"] for row in client.get(first["next"]).json()["results"]] == ["S0-1", "S0-0"]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_is_one_query_and_counts_nothing(client: APIClient, rows: int) -> None:
    make_series(rows)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(SERIES)

    own = [query["sql"] for query in queries if "lib_numberseries" in query["sql"]]
    assert len(own) == 1
    assert "COUNT" not in own[0].upper()
    assert len(queries) == 3  # the session, the user, the page


def test_the_place_of_a_page_is_a_comparison_of_rows(client: APIClient) -> None:
    make_moves(3)
    second = client.get(MOVES + "?page_size=1").json()["next"]

    with CaptureQueriesContext(connection) as queries:
        client.get(second)

    assert '("lib_statemove"."at", "lib_statemove"."id") <' in queries[-1]["sql"]


def test_a_page_far_down_reads_as_many_rows_as_the_first(client: APIClient) -> None:
    make_moves(5000)
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX statemove_by_time ON lib_statemove (at DESC, id DESC)")
        cursor.execute("ANALYZE lib_statemove")
    url = MOVES + "?page_size=200"
    for _page in range(20):
        url = client.get(url).json()["next"]

    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT TEXT) " + queries[-1]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Cond: (ROW(at, id) < ROW(" in plan
    assert "Sort" not in plan
    assert "Rows Removed" not in plan


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "====", "%FF", "AAAA", "WzAsMSwyXQ", "a" * 5000, "鼎", "bnVsbA==", "eyJhIjoxfQ"],
)
def test_a_cursor_that_is_not_ours_is_400_bad_cursor(client: APIClient, cursor: str) -> None:
    answer = client.get(SERIES, {"cursor": cursor})

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")


def test_a_cursor_that_was_changed_or_belongs_to_another_list_is_400(client: APIClient) -> None:
    make_series(2)
    make_moves(2)
    cursor = client.get(SERIES + "?page_size=1").json()["next"].rpartition("cursor=")[2].partition("&")[0]
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "E")

    assert client.get(SERIES, {"cursor": cursor}).status_code == 200
    assert client.get(SERIES, {"cursor": changed}).json()["code"] == "bad_cursor"
    assert client.get(MOVES, {"cursor": cursor}).json()["code"] == "bad_cursor"


@pytest.mark.parametrize("size", ["0", "201", "-1", "ten", "1.5", "", "٣", "9" * 400])
def test_a_page_size_out_of_range_is_refused(client: APIClient, size: str) -> None:
    answer = client.get(SERIES, {"page_size": size})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert answer.json()["errors"][0]["parameter"] == "page_size"


def test_a_page_holds_50_rows_unless_asked_and_200_at_most(client: APIClient) -> None:
    make_series(201)

    assert len(client.get(SERIES).json()["results"]) == 50
    assert len(client.get(SERIES + "?page_size=200").json()["results"]) == 200


def test_filters_stay_in_the_address_of_the_next_page(client: APIClient) -> None:
    make_series(3, last=5)
    make_series(3, last=1)

    assert walk(client, SERIES + "?page_size=2&last_min=2") == [["S5-2", "S5-1"], ["S5-0"]]


def test_updated_since_takes_what_changed_at_or_after_the_moment(client: APIClient) -> None:
    make_moves(6)

    answer = client.get(MOVES, {"updated_since": (NOON + timedelta(microseconds=1)).isoformat()})

    assert [row["document_number"] for row in answer.json()["results"]] == ["O5", "O4", "O3", "O2"]


def test_a_filter_that_can_not_be_read_is_refused_by_name(client: APIClient) -> None:
    answer = client.get(MOVES, {"updated_since": "yesterday"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert answer.json()["errors"] == [
        {"parameter": "updated_since", "detail": "Enter a valid date/time."},
    ]


def test_a_parameter_that_nothing_reads_is_refused_naming_those_that_are(client: APIClient) -> None:
    answer = client.get(SERIES, {"cdoe": "A"})

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["unknown"]) == (400, "unknown_parameter", ["cdoe"])
    assert problem["allowed"] == ["code", "cursor", "last_max", "last_min", "page_size"]


def test_a_single_object_takes_only_the_parameters_that_its_view_names(client: APIClient) -> None:
    (pk,) = make_series(1)

    assert client.get(f"{SERIES}{pk}/?expand=lines").status_code == 200
    assert client.get(f"{SERIES}{pk}/?code=A").json()["allowed"] == ["expand"]


@pytest.mark.parametrize(
    "ordering", [("-last",), ("-last", "pk"), ("last", "code__x", "pk"), ("-user", "-pk")]
)
def test_an_order_that_pages_can_not_follow_is_a_mistake_of_the_programmer(ordering: tuple[str, ...]) -> None:
    model = StateMove if "-user" in ordering else NumberSeries

    with pytest.raises(ImproperlyConfigured):
        _order(model.objects.all(), ordering)
