"""API keys: made once, checked in constant time, useless after their end."""

from __future__ import annotations

import io
import json
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from ops_portal.accounts.api.authentication import ApiKeyAuthentication, find_key, note_use
from ops_portal.accounts.api.permissions import HasScope
from ops_portal.accounts.choices import SCOPES_OF_ROLE, Role
from ops_portal.accounts.key_text import KeyText
from ops_portal.accounts.models import ApiKey, AuditEntry, Grant, User
from ops_portal.accounts.operations.keys import (
    AlreadyRevoked,
    ApiKeyDraft,
    KeyExpiresInThePast,
    NewKey,
    UnknownScope,
    create_api_keys,
    revoke_api_keys,
)
from ops_portal.accounts.operations.people import UnknownRole
from ops_portal.accounts.principals import principal_of
from ops_portal.accounts.visibility import Scope, scope_of
from ops_portal.lib.principals import Principal

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(actor: Principal) -> NewKey:
    draft = ApiKeyDraft(roles=[Role.BRAND_PARTNER], name="ACME", brands=["ACME", "ACME", "BOLT"])
    return create_api_keys([draft], actor=actor, at=timezone.now()).one()


class WhoAmI(APIView):
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (HasScope,)
    required_scopes = {"GET": "orders:read", "POST": "orders:write"}

    def get(self, request: Request) -> Response:
        scope = scope_of(request.user)
        return Response({"principal": str(principal_of(request.user, request.auth)), "all": scope.all})

    def post(self, request: Request) -> Response:
        return Response({})

    def delete(self, request: Request) -> Response:
        return Response({})


def call(text: str | None, method: str = "get", view: Any = WhoAmI) -> Any:
    headers = {} if text is None else {"HTTP_AUTHORIZATION": text}
    return view.as_view()(getattr(APIRequestFactory(), method)("/", **headers))


def test_a_key_acts_as_a_service_user_with_its_roles_grants_and_default_scopes(made: NewKey) -> None:
    user = made.key.user
    assert (user.is_service, user.roles, user.name) == (True, ["brand_partner"], "ACME")
    assert user.has_usable_password() is False
    assert scope_of(user) == Scope(brands=frozenset({"ACME", "BOLT"}), partner=True)
    assert made.key.scopes == sorted(SCOPES_OF_ROLE[Role.BRAND_PARTNER])


def test_only_the_digest_of_the_secret_is_kept_anywhere(made: NewKey) -> None:
    secret = made.text.rsplit("_", 1)[1]
    stored = ApiKey.objects.get()
    assert bytes(stored.digest) == KeyText(stored.prefix, secret).digest
    trail = json.dumps(list(AuditEntry.objects.values_list("changes", flat=True)))
    assert secret not in trail
    assert bytes(stored.digest).hex() not in trail
    assert secret not in repr(KeyText.parse(made.text))


def test_three_keys_cost_as_many_statements_as_one(
    actor: Principal, django_assert_num_queries: Any, at: datetime
) -> None:
    for count in (1, 3):
        drafts = [ApiKeyDraft(roles=["finance"], shops=["S"]) for _ in range(count)]
        with django_assert_num_queries(6):  # SAVEPOINT, principal, users, grants, keys, RELEASE
            create_api_keys(drafts, actor=actor, at=at)


def test_a_batch_refuses_by_index_and_makes_the_others(actor: Principal, at: datetime) -> None:
    outcome = create_api_keys(
        [
            ApiKeyDraft(roles=["emperor"]),
            ApiKeyDraft(roles=[]),
            ApiKeyDraft(roles=["finance"], scopes=["orders:burn"]),
            ApiKeyDraft(roles=["finance"], expires_at=at),
            ApiKeyDraft(roles=["finance", "finance"], scopes=["stock:read"]),
        ],
        actor=actor,
        at=at,
    )
    assert [(index, type(refused)) for index, refused in outcome.refused] == [
        (0, UnknownRole),
        (1, UnknownRole),
        (2, UnknownScope),
        (3, KeyExpiresInThePast),
    ]
    (new,) = outcome.done
    assert (new.key.scopes, new.key.user.roles) == (["stock:read"], ["finance"])
    assert "emperor" in str(outcome.refused[0][1])
    assert "orders:burn" in str(outcome.refused[2][1])
    assert User.objects.count() == 1


def test_a_key_lets_in_and_names_its_principal_in_two_statements(
    made: NewKey, django_assert_num_queries: Any
) -> None:
    assert call(f"Bearer {made.text}").status_code == 200  # notes the first use
    with django_assert_num_queries(2):  # the key with its user, the grants
        answer = call(f"Bearer {made.text}")
    assert answer.data == {"principal": f"key:{made.key.prefix}", "all": False}


def test_the_use_of_a_key_is_noted_once_a_minute(made: NewKey) -> None:
    at = timezone.now()
    note_use(made.key, at=at)
    note_use(made.key, at=at + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used_at == at
    note_use(made.key, at=at + timedelta(seconds=60))
    assert ApiKey.objects.get().last_used_at == at + timedelta(seconds=60)
    assert not AuditEntry.objects.filter(table_name="accounts_apikey", operation="U").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "Bearer",
        "Bearer x",
        "Bearer opk_",
        "Bearer opk_aa_bb",
        f"Bearer opk_{'0' * 12}_{'0' * 64}",
        f"Bearer opk_{'线' * 12}_{'0' * 64}",
        "Bearer opk_" + "0" * 5000,
    ],
)
def test_a_wrong_key_is_answered_401_with_the_scheme(wrong: str) -> None:
    answer = call(wrong.encode().decode("latin-1"))
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_the_right_prefix_with_another_secret_is_refused(made: NewKey) -> None:
    other = KeyText(made.key.prefix, secrets.token_hex(32))
    assert call(f"Bearer {other}").status_code == 401


def test_an_expired_a_revoked_and_an_orphaned_key_are_refused(made: NewKey, at: datetime) -> None:
    for change in ({"expires_at": timezone.now()}, {"revoked_at": timezone.now()}):
        ApiKey.objects.update(**change)
        assert call(f"Bearer {made.text}").status_code == 401
        ApiKey.objects.update(expires_at=None, revoked_at=None)
    User.objects.update(is_active=False)
    assert call(f"Bearer {made.text}").status_code == 401
    User.objects.update(is_active=True, is_service=False)
    assert call(f"Bearer {made.text}").status_code == 401


def test_a_key_expires_at_its_very_moment(actor: Principal, at: datetime) -> None:
    draft = ApiKeyDraft(roles=["finance"], expires_at=at + timedelta(days=1))
    text = create_api_keys([draft], actor=actor, at=at).one().text
    assert find_key(text, at=at + timedelta(days=1, microseconds=-1)) is not None
    assert find_key(text, at=at + timedelta(days=1)) is None


def test_a_request_without_bearer_is_left_to_the_next_class() -> None:
    request = Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION="Basic bWVpOng="))
    assert ApiKeyAuthentication().authenticate(request) is None
    assert ApiKeyAuthentication().authenticate(Request(APIRequestFactory().get("/"))) is None


def test_a_key_needs_the_scope_of_the_method_and_undeclared_methods_are_denied(made: NewKey) -> None:
    assert call(f"Bearer {made.text}", "get").status_code == 200
    assert call(f"Bearer {made.text}", "post").status_code == 403
    assert call(f"Bearer {made.text}", "delete").status_code == 403
    ApiKey.objects.update(scopes=["orders:write"])
    assert call(f"Bearer {made.text}", "post").status_code == 200


def test_an_action_names_its_scope_before_the_method_and_sessions_are_not_scoped(made: NewKey) -> None:
    class View:
        action = "ship"
        required_scopes = {"ship": "orders:ship", "GET": "orders:read"}

    request = Request(APIRequestFactory().get("/"))
    request.auth = made.key
    permission: BasePermission = HasScope()
    assert permission.has_permission(request, View()) is False  # type: ignore[arg-type]
    request.user, request.auth = AnonymousUser(), None
    assert permission.has_permission(request, View()) is True  # type: ignore[arg-type]


def test_a_revoked_key_is_refused_from_the_next_request_on(
    made: NewKey, actor: Principal, at: datetime
) -> None:
    outcome = revoke_api_keys([made.key, made.key], actor=actor, at=at)
    assert [key.revoked_at for key in outcome.done] == [at]
    assert [(index, type(refused)) for index, refused in outcome.refused] == [(1, AlreadyRevoked)]
    assert call(f"Bearer {made.text}").status_code == 401
    entry = AuditEntry.objects.get(table_name="accounts_apikey", operation="U")
    assert (entry.principal, list(entry.changes)) == ("person:lin", ["revoked_at"])


def test_a_key_is_revoked_once_and_keeps_its_time(made: NewKey, actor: Principal, at: datetime) -> None:
    revoke_api_keys([made.key], actor=actor, at=at)
    again = revoke_api_keys([made.key], actor=actor, at=at + timedelta(hours=1))
    assert [type(refused) for _index, refused in again.refused] == [AlreadyRevoked]
    assert ApiKey.objects.get().revoked_at == at


@pytest.mark.django_db(transaction=True)
def test_noting_the_use_never_waits_for_another_request(made: NewKey) -> None:
    other = connections.create_connection("default")
    try:
        with transaction.atomic():
            ApiKey.objects.select_for_update().get()
            before = timezone.now()
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
                own, connections["default"] = connections["default"], other
                try:
                    note_use(made.key, at=before)
                finally:
                    connections["default"] = own
        assert timezone.now() - before < timedelta(seconds=2)
        assert ApiKey.objects.get().last_used_at is None
    finally:
        other.close()


def run(*arguments: str) -> dict[str, str]:
    out = io.StringIO()
    call_command("create_api_key", *arguments, "--json", stdout=out)
    answer: dict[str, str] = json.loads(out.getvalue().splitlines()[-1])
    return answer


def test_the_command_prints_a_key_that_sees_everything_for_a_manager() -> None:
    key = run("--role", "operations_manager")["key"]
    assert call(f"Bearer {key}").data["all"] is True
    assert AuditEntry.objects.filter(principal="system:manage create_api_key").count() == 2


def test_the_command_grants_shops_brands_scopes_and_an_end() -> None:
    run(
        *(
            "--role",
            "sales",
            "--name",
            "Shop bot",
            "--shop",
            "TM1",
            "TM2",
            "--shop",
            "JD1",
            "--brand",
            "ACME",
        ),
        *("--scope", "orders:read", "--expires-days", "30"),
    )
    key = ApiKey.objects.select_related("user").get()
    assert set(Grant.objects.values_list("kind", "code")) == {
        ("shop", "TM1"),
        ("shop", "TM2"),
        ("shop", "JD1"),
        ("brand", "ACME"),
    }
    assert (key.user.name, key.scopes) == ("Shop bot", ["orders:read"])
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == timedelta(days=30)


def test_the_command_fails_on_a_role_that_nobody_has() -> None:
    with pytest.raises(
        CommandError, match=r"Unknown role: emperor\. Known roles: customer_service"
    ) as caught:
        call_command("create_api_key", "--role", "emperor")
    assert caught.value.returncode == 1
    with pytest.raises(SystemExit) as left:
        call_command("create_api_key", "--role", "emperor", "--json", stdout=io.StringIO())
    assert left.value.code == 1
    assert ApiKey.objects.count() == 0


def test_the_audit_names_the_table_of_every_key(made: NewKey) -> None:
    assert connection.introspection.table_names().count("accounts_apikey") == 1
    assert AuditEntry.objects.filter(table_name="accounts_apikey", operation="I").count() == 1
