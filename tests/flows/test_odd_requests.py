"""Requests that no page makes, and the clear answers they get."""

import pytest

from ops_portal.accounts.models import User
from ops_portal.wsgi import application


@pytest.mark.django_db
def test_a_page_of_the_search_that_can_not_be_is_not_found(client):
    client.force_login(User.objects.create_superuser("a", password="x"))
    for u in ("/admin/search/?s=or&page=x", "/admin/search/?s=or&page=99"):
        assert client.get(u).status_code == 404


@pytest.mark.django_db
def test_a_list_action_on_what_is_no_id_changes_nothing(client):
    client.force_login(User.objects.create_superuser("a", password="x"))
    given = {"action": "move_review", "_selected_action": ["abc"]}
    assert client.post("/admin/orders/order/", given).status_code == 302


@pytest.mark.django_db
def test_a_name_of_300_characters_can_not_sign_in(client):
    assert client.post("/admin/login/", {"username": "x" * 300, "password": "y"}).status_code == 200


@pytest.mark.django_db
def test_an_offset_of_almost_a_day_is_a_clear_400(client):
    client.force_login(User.objects.create_superuser("a", password="x"))
    answer = client.get("/api/v1/orders/", {"placed_after": "2026-01-01T00:00:00+23:59"})
    assert (answer.status_code, answer.json()["code"]) == (400, "out_of_range")


def test_a_content_type_that_can_not_be_read_is_400():
    told = []
    body = application({"CONTENT_TYPE": "text/x; a*=bogus''x"}, lambda status, _headers: told.append(status))
    assert (told, list(body)) == (["400 Bad Request"], [b"The Content-Type header can't be read.\n"])


@pytest.fixture
def root(client):
    client.raise_request_exception = False
    client.force_login(User.objects.create_superuser("a", password="x"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "given"),
    [
        ("desk/note/", {"kind": "order", "number": "SO1", "text": "a\0"}),
        ("desk/note/", {"kind": "order", "number": "SO1\0"}),
        ("desk/views/save/", {"name": "a\0", "path": "/admin/order-desk/"}),
        ("order-desk/scan/", {"code": "SO1\0"}),
        ("case-desk/new/", {"order": "SO1\0"}),
        ("case-desk/approve/", {"number": ["AS1", "AS2\0"]}),
        ("triage/F1/act/", {"verb": "answer", "te\0xt": "b"}),
    ],
)
def test_a_nul_in_a_form_is_400(root, page, given):
    answer = root.post(f"/admin/{page}", given)
    assert (answer.status_code, answer.content) == (400, b"Texts may not hold the NUL character.")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page",
    [
        "desk/inbox/?after=2026-01-01T00:00:00%2B23:59|infinity|order|x",
        "desk/deadlines/?after=2026-01-01T00:00:00%2B23:59|infinity|order|x",
        "order-desk/?after=2026-01-01T00:00:00%2B23:59|1",
        "case-desk/?after=2026-01-01T00:00:00%2B23:59_1",
        "figures/?since=0001-01-01&until=0001-01-05",
        "figures/rows/?metric=gmv_paid&since=9999-12-01&until=9999-12-31",
    ],
)
def test_a_time_that_nothing_can_hold_is_400(root, page):
    assert root.get(f"/admin/{page}").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["desk/inbox", "desk/deadlines"])
def test_a_place_in_a_list_may_be_written_as_a_week(root, page):
    answer = root.get(f"/admin/{page}/", {"after": "2026-W01-1T00:00:00+00:00|infinity|order|x"})
    assert answer.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
@pytest.mark.parametrize(
    ("page", "given"),
    [("order-desk/move/", {"verb": "review"}), ("case-desk/approve/", {}), ("desk/views/save/", {})],
)
def test_no_form_of_a_desk_leads_to_another_site(root, page, given, to):
    answer = root.post(f"/admin/{page}", {**given, "next": to})
    assert (answer.status_code, answer["Location"][:7]) == (302, "/admin/")
