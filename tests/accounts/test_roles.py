"""What a role may do, and what a user may see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from ops_portal.accounts import permissions
from ops_portal.accounts.choices import ALL_SEEING, PERMISSIONS, SCOPES, SCOPES_OF_ROLE, Role
from ops_portal.accounts.models import Grant, User
from ops_portal.accounts.permissions import grant_to_roles, permissions_of
from ops_portal.accounts.principals import principal_of
from ops_portal.accounts.visibility import EVERYTHING, NOTHING, Scope, scope_of

from .people import person


@pytest.fixture
def loading() -> Iterator[None]:
    """Give one permission of an app of the test's own, and take it back."""
    before = dict(permissions._roles)
    grant_to_roles("parcels", {"parcels.weigh_parcel": {Role.WAREHOUSE}})
    yield
    permissions._roles.clear()
    permissions._roles.update(before)


def test_there_are_15_roles() -> None:
    assert len(Role) == 15


def test_every_role_has_default_scopes_that_exist() -> None:
    assert set(SCOPES_OF_ROLE) == set(Role)
    assert frozenset().union(*SCOPES_OF_ROLE.values()) <= SCOPES


@pytest.mark.django_db
@pytest.mark.usefixtures("loading")
def test_a_role_holds_its_permission_without_a_query(django_assert_num_queries: object) -> None:
    packer, seller = person("packer", roles=[Role.WAREHOUSE]), person("seller", roles=[Role.SALES])
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert packer.has_perm("parcels.weigh_parcel") is True
        assert seller.has_perm("parcels.weigh_parcel") is False
        assert packer.has_module_perms("parcels") is True
        assert seller.has_module_perms("parcels") is False
        assert packer.get_all_permissions() == {"parcels.weigh_parcel"} | permissions_of([Role.WAREHOUSE])


@pytest.mark.django_db
@pytest.mark.usefixtures("loading")
def test_a_person_who_left_holds_no_permission_even_as_superuser() -> None:
    gone = person("gone", roles=[Role.WAREHOUSE], is_active=False, is_superuser=True)
    assert gone.has_perm("parcels.weigh_parcel") is False
    assert gone.get_all_permissions() == set()


@pytest.mark.django_db
def test_a_superuser_holds_every_permission_and_a_stranger_none() -> None:
    assert person("root", roles=[], is_superuser=True).has_perm("parcels.unheard_of") is True
    assert AnonymousUser().has_perm("accounts.view_user") is False
    assert person("mei").has_perm("parcels.unheard_of") is False


def test_no_role_may_change_people_or_make_keys() -> None:
    assert not {
        "accounts.add_user",
        "accounts.change_user",
        "accounts.add_apikey",
        "accounts.add_grant",
    } & set(PERMISSIONS)


def test_an_app_cannot_give_the_permissions_of_another() -> None:
    with pytest.raises(ValueError, match="orders can't give stock"):
        grant_to_roles("orders", {"stock.burn": {Role.FINANCE}})


@pytest.mark.django_db
def test_a_role_that_is_not_known_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="user_roles_are_known"), transaction.atomic():
        person(roles=["emperor"])


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["is_staff", "is_superuser"])
def test_a_service_user_can_be_neither_staff_nor_superuser(field: str) -> None:
    with pytest.raises(IntegrityError, match="service_user_never_signs_in"), transaction.atomic():
        person(is_service=True, **{field: True})


@pytest.mark.django_db
def test_the_same_grant_is_given_once_and_names_a_code() -> None:
    user = person(shops=["TM1"])
    with pytest.raises(IntegrityError, match="grant_once"), transaction.atomic():
        Grant.objects.create(user=user, kind="shop", code="TM1")
    with pytest.raises(IntegrityError, match="grant_has_a_code"), transaction.atomic():
        Grant.objects.create(user=user, kind="shop", code="")
    with pytest.raises(IntegrityError, match="grant_kind_is_known"), transaction.atomic():
        Grant.objects.create(user=user, kind="planet", code="TM1")


@pytest.mark.django_db
def test_strangers_and_people_who_left_see_nothing() -> None:
    assert scope_of(AnonymousUser()) == NOTHING
    assert scope_of(None) == NOTHING
    left = person("gone", roles=[Role.MANAGEMENT], shops=["TM1"], is_active=False, is_superuser=True)
    assert scope_of(left) == NOTHING
    assert NOTHING.empty is True


@pytest.mark.django_db
def test_without_grants_an_operator_sees_nothing() -> None:
    assert scope_of(person()) == Scope()


@pytest.mark.django_db
def test_an_operator_sees_the_granted_shops_and_brands_with_one_query(
    django_assert_num_queries: object,
) -> None:
    user = person(shops=["TM1", "JD2"], brands=["ACME"])
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(3):
            assert scope_of(user) == Scope(shops=frozenset({"TM1", "JD2"}), brands=frozenset({"ACME"}))


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_only_managers_and_finance_see_everything(role: Role) -> None:
    assert scope_of(person(roles=[role])).all is (role in ALL_SEEING)
    assert {Role.OPERATIONS_MANAGER, Role.MANAGEMENT, Role.FINANCE} == ALL_SEEING


@pytest.mark.django_db
def test_whoever_sees_everything_costs_no_query(django_assert_num_queries: object) -> None:
    manager = person("boss", roles=[Role.MANAGEMENT])
    root = person("root", roles=[], is_superuser=True)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert scope_of(manager) == scope_of(root) == EVERYTHING


@pytest.mark.django_db
def test_a_brand_partner_sees_granted_brands_only_whatever_else_was_given() -> None:
    partner = person(roles=[Role.BRAND_PARTNER, Role.FINANCE], shops=["TM1"], brands=["ACME"])
    assert scope_of(partner) == Scope(brands=frozenset({"ACME"}), partner=True)


@pytest.mark.django_db
def test_the_principal_of_a_person_carries_name_and_roles() -> None:
    user = person("mei", roles=[Role.WAREHOUSE])
    principal = principal_of(user)
    assert str(principal) == "person:mei"
    assert (principal.user_id, principal.roles) == (user.pk, frozenset({"warehouse"}))


@pytest.mark.django_db
def test_a_superuser_acts_with_all_15_roles() -> None:
    assert principal_of(person("root", roles=[], is_superuser=True)).roles == frozenset(Role.values)


@pytest.mark.django_db
def test_nobody_acts_without_being_signed_in_and_active() -> None:
    for stranger in (AnonymousUser(), None, person("gone", is_active=False)):
        with pytest.raises(PermissionDenied):
            principal_of(stranger)


@pytest.mark.django_db
def test_a_user_is_called_by_name_or_else_by_username() -> None:
    assert str(person("mei", name="梅")) == "梅"
    assert User(username="lin").get_full_name() == "lin"
