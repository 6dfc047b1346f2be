"""The search of the theme."""

import pytest

from ops_portal.accounts.models import User


@pytest.mark.django_db
def test_a_page_of_the_search_that_can_not_be_is_not_found(client):
    client.force_login(User.objects.create_superuser("a", password="x"))
    for u in ("/admin/search/?s=or&page=x", "/admin/search/?s=or&page=99"):
        assert client.get(u).status_code == 404
