"""The base of every view set: a list of facts plus one line a verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar, cast

import structlog
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework import mixins, viewsets
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from ops_portal.lib.doors.filters import PortalFilterBackend, parameters_of, refuse_unknown_parameters
from ops_portal.lib.doors.idempotency import answer_once, key_of
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.paging import KeysetPagination
from ops_portal.lib.doors.problems import problem_of_refusal
from ops_portal.lib.doors.retry import is_transient, retried
from ops_portal.lib.doors.throttling import rate_headers
from ops_portal.lib.principals import Principal
from ops_portal.lib.refusals import Outcome

log = structlog.get_logger(__name__)
Done = TypeVar("Done")

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class PortalViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Narrow, permit, filter, page, retry, remember. Verbs are added below it and call ``run``.

    ``permission_map``: action → permission; actions that it does not name are denied, but for ``list`` and
    ``retrieve``, which ask for the model's ``view`` permission. ``required_scopes``: action → scope of a key.
    ``query_parameters``: action → further query parameters, beside those of the filter set.
    """

    permission_map: ClassVar[Mapping[str, str]] = {}
    required_scopes: ClassVar[Mapping[str, str]] = {}
    query_parameters: ClassVar[Mapping[str, Sequence[str]]] = {}
    filter_backends = (PortalFilterBackend,)
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Any]:
        """Return what the caller may see; a model whose query set can't tell shows nothing to anyone."""
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        visible_to = getattr(queryset, "visible_to", None)
        if visible_to is None:
            log.error("query_set_lacks_visible_to", model=queryset.model._meta.label)
            raise PermissionDenied
        return cast(QuerySet[Any], visible_to(self.request.user))

    @property
    def ordering(self) -> Sequence[str]:
        """Return the order of the list; view sets name theirs as a plain attribute."""
        return ("-pk",)

    @property
    def principal(self) -> Principal:
        """Return who acts."""
        return principal_of(self.request)

    def run(
        self, operation: Callable[..., Outcome[Done]], drafts: Sequence[Any], **options: Any
    ) -> Outcome[Done]:
        """Call ``operation(drafts, actor=…, at=now, **options)``; a lost lock is tried again."""
        return retried(operation)(drafts, actor=self.principal, at=timezone.now(), **options)

    def per_item(
        self,
        outcome: Outcome[Done],
        show: Callable[[Done], Any],
        *,
        status_of: Callable[[Done], int] = lambda done: 201,
    ) -> Response:
        """Answer a bulk request item by item, in the order of its drafts: what was done, or why not."""
        refused = dict(outcome.refused)
        done = iter(outcome.done)
        items: list[dict[str, Any]] = []
        for index in range(len(outcome.done) + len(refused)):
            if index in refused:
                problem = problem_of_refusal(refused[index])
                items.append({"index": index, "status": problem["status"], "problem": problem})
            else:
                result = next(done)
                items.append({"index": index, "status": status_of(result), "result": show(result)})
        return Response({"results": items, "done": len(outcome.done), "refused": len(refused)})

    # -- the way of a request ------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        drf_request = self.initialize_request(request, *args, **kwargs)
        self.request = drf_request
        self.headers = self.default_response_headers
        try:
            self.initial(drf_request, *args, **kwargs)
            response = self.answer(drf_request)
        except Exception as error:
            response = self.handle_exception(error)
        self.response = self.finalize_response(drf_request, response, *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown_parameters(request, self.known_parameters())

    def perform_authentication(self, request: Request) -> None:
        """Authenticate; a wrong key counts against the rate limit of the address that it came from."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            self.check_throttles(request)
            raise

    def known_parameters(self) -> set[str]:
        """Return the query parameters that the current action reads."""
        action = self.action or ""
        known = set(self.query_parameters.get(action, ()))
        if action == "list":
            known.update(KeysetPagination.parameters)
            filterset_class = getattr(self, "filterset_class", None)
            if filterset_class is not None:
                known |= parameters_of(filterset_class)
        return known

    def answer(self, request: Request) -> Response:
        """Call the method's handler; for a write with an ``Idempotency-Key``, once."""
        handler = self.handler_of(request)
        key = key_of(request) if request.method in WRITES else None
        if key is None:
            return handler(request, *self.args, **self.kwargs)

        def once() -> Response:
            return answer_once(request, key, lambda: self.answer_or_problem(request, handler))

        return retried(once)()

    def answer_or_problem(self, request: Request, handler: Callable[..., Response]) -> Response:
        """Return the finished answer of ``handler``, or of what it raised; a lost lock goes on upward."""
        try:
            response = handler(request, *self.args, **self.kwargs)
        except Exception as error:
            if is_transient(error):
                raise
            response = self.handle_exception(error)
        return cast(Response, self.finalize_response(request, response, *self.args, **self.kwargs))

    def handler_of(self, request: Request) -> Callable[..., Response]:
        """Return the method that answers this HTTP method."""
        method = (request.method or "").lower()
        if method not in self.http_method_names:
            return self.http_method_not_allowed
        return cast(Callable[..., Response], getattr(self, method, self.http_method_not_allowed))

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        self.headers = {**self.headers, **rate_headers(request)}
        return super().finalize_response(request, response, *args, **kwargs)
