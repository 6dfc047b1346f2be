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
