"""The pages of settlement: statements by month and partner, one statement with its lines, a partner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from consignment.choices import DisputeStatus, LineKind, StatementStatus
from consignment.drafts import AnswerDraft, DisputeDraft, StatementDraft
from consignment.forms.statements import AnswerForm, DisputeForm, DraftMonthForm, LinesForm, StatementsForm
from consignment.models import (
    Contract,
    ContractBrand,
    ContractVersion,
    LineDispute,
    Partner,
    PartnerBrand,
    Statement,
    StatementLine,
)
from consignment.operations.disputing import answer_disputes, dispute_lines
from consignment.operations.drafting import draft_statements
from consignment.operations.issuing import confirm_statements, issue_statements
from consignment.queries.frozen import FROZEN
from consignment.queries.pages import grouped, groups_of, sums_of
from consignment.views.pages import VIEW, page_of, tell
from ops_portal.accounts.choices import Access
from ops_portal.accounts.doors import let_in_staff
from ops_portal.accounts.operations.access import AccessDraft, record_access
from ops_portal.desk.drafts import WorkDraft
from ops_portal.desk.operations.background import queue_runs
from ops_portal.intake.reading import harmless
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.pages import LimitedPaginator
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.doors.telling import say_refused
from ops_portal.lib.refusals import Outcome, Refused

STATEMENTS_SHOWN, LINES_SHOWN = 50, 100


def statements_page(request: HttpRequest) -> HttpResponse:
    """List statements by month and partner, with what they come to; the newest month first."""
    let_in_staff(request, VIEW)
    partners = list(Partner.objects.visible_to(request.user).order_by("code"))
    form = StatementsForm(request.GET, partners=partners)
    found: QuerySet[Statement] = Statement.objects.visible_to(request.user)
    if form.is_valid():
        said = form.cleaned_data
        if said["month"]:
            found = found.filter(month=said["month"])
        if said["partner"]:
            found = found.filter(partner__code=said["partner"])
        if said["status"]:
            found = found.filter(status=said["status"])
        if said["disputed"]:
            found = found.filter(Exists(open_disputes().filter(line__statement=OuterRef("pk"))))
    else:
        found = found.none()
    pages = LimitedPaginator(
        found.select_related("partner", "contract").defer("terms").order_by("-month", "partner__code", "-pk"),
        STATEMENTS_SHOWN,
    )
    page = pages.get_page(request.GET.get("page"))
    shown = list(page.object_list)
    issued = [each.pk for each in shown if each.status == StatementStatus.ISSUED]
    waiting = LineDispute.objects.filter(line__statement__in=issued, status=DisputeStatus.OPEN)
    disputed = dict(waiting.order_by().values_list("line__statement").annotate(open=Count("pk")))
    return page_of(
        request,
        "consignment/statements.html",
        gettext_lazy("Statements"),
        form=form,
        page=page,
        statements=[(each, disputed.get(each.pk, 0)) for each in shown],
        sums=sums_of(found),
        waiting=open_disputes().aggregate(number=Count("pk"), oldest=Min("opened_at")),
        draft_form=DraftMonthForm(),
        query=without_page(request),
        may_draft=request.user.has_perm("consignment.draft_statement"),
    )


def open_disputes() -> QuerySet[LineDispute]:
    """Return the disputes that wait for an answer."""
    return LineDispute.objects.filter(status=DisputeStatus.OPEN)


def statement_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one statement: which way the money goes, what it adds up to, and its lines."""
    let_in_staff(request, VIEW)
    statement = statement_of(request, number)
    form = LinesForm(request.GET)
    pages = LimitedPaginator(lines_asked(statement, form), LINES_SHOWN)
    page = pages.get_page(request.GET.get("page"))
    found = (
        LineDispute.objects.filter(line__statement=statement).select_related("line").order_by("status", "pk")
    )
    disputes = sorted(found, key=lambda each: each.status != DisputeStatus.OPEN)
    waiting = sum(each.status == DisputeStatus.OPEN for each in disputes)
    may = request.user.has_perm
    is_draft = statement.status == StatementStatus.DRAFT
    is_issued = statement.status == StatementStatus.ISSUED
    return page_of(
        request,
        "consignment/statement.html",
        _("Statement %(number)s") % {"number": statement.number},
        statement=statement,
        groups=groups_of(statement),
        payable=abs(statement.net),
        form=form,
        page=page,
        lines=page.object_list,
        disputes=disputes,
        waiting=waiting,
        query=without_page(request),
        may_draft=is_draft and may("consignment.draft_statement"),
        may_issue=is_draft and may("consignment.issue_statement"),
        may_confirm=is_issued and not waiting and may("consignment.confirm_statement"),
        may_dispute=is_issued and may("consignment.dispute_line"),
        may_answer=may("consignment.answer_dispute"),
    )


def statement_csv(request: HttpRequest, number: str) -> StreamingHttpResponse:
    """Hand the lines of a statement out as CSV that does nothing when a spreadsheet opens it; that is recorded."""
    let_in_staff(request, VIEW)
    statement = statement_of(request, number)
    record_access(
        [AccessDraft(Access.EXPORT, "statement", _("Lines of the statement as CSV"), statement.number)],
        actor=principal_of(request),
        at=timezone.now(),
    )
    headings = [str(StatementLine._meta.get_field(name).verbose_name) for name in FROZEN]  # type: ignore[union-attr]
    kinds = {value: str(label) for value, label in LineKind.choices}
    response = StreamingHttpResponse(
        csv_rows(statement, headings, kinds), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{statement.number}.csv"'
    return response


def csv_rows(statement: Statement, headings: Sequence[str], kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield the file, line by line, in the words of whoever asked for it."""
    yield "\ufeff" + ",".join(cell(heading) for heading in headings) + "\r\n"
    lines = StatementLine.objects.filter(statement=statement).order_by("position").values_list(*FROZEN)
    kind = FROZEN.index("kind")
    for line in lines.iterator(chunk_size=2000):
        values = [kinds[value] if place == kind else value for place, value in enumerate(line)]
        yield ",".join(cell(value) for value in values) + "\r\n"


def cell(value: Any) -> str:
    """Return one cell: quoted, and harmless."""
    text = harmless("" if value is None else str(value))
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text


def partner_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a partner: brands, contracts with their terms, statements."""
    let_in_staff(request, "consignment.view_partner")
    partner = Partner.objects.visible_to(request.user).filter(code=code).first()
    if partner is None:
        raise Http404
    contracts = (
        Contract.objects.visible_to(request.user)
        .filter(partner=partner)
        .prefetch_related(
            Prefetch("versions", ContractVersion.objects.order_by("-since")),
            Prefetch("brands", ContractBrand.objects.select_related("brand").order_by("brand__code")),
        )
        .order_by("-starts_on", "-pk")
    )
    statements = Statement.objects.visible_to(request.user).filter(partner=partner).defer("terms")
    return page_of(
        request,
        "consignment/partner.html",
        str(partner),
        partner=partner,
        brands=PartnerBrand.objects.filter(partner=partner).select_related("brand").order_by("brand__code"),
        contracts=contracts[:LINES_SHOWN],
        statements=statements.select_related("contract").order_by("-month", "-pk")[:24],
        may_draw_up=partner.is_active and request.user.has_perm("consignment.add_contract"),
    )


@require_POST
def draft_statements_of_month(request: HttpRequest) -> HttpResponse:
    """Leave the month of every contract to the workers: it takes as long as there are orders."""
    let_in_staff(request, "consignment.draft_statement")
    form = DraftMonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write a month as 2026-10."))
        return redirect("consignment:statements")
    month = form.cleaned_data["month"]
    outcome = queue_runs(
        [WorkDraft("statements", f"{month:%Y-%m}")], actor=principal_of(request), at=timezone.now()
    )
    if outcome.done:
        messages.success(request, _("It is left to the workers; this page shows when it is done."))
    say_refused(request, outcome)
    return redirect(f"{reverse('consignment:statements')}?month={month:%Y-%m}")


@require_POST
def draft_again(request: HttpRequest, number: str) -> HttpResponse:
    """Compute a draft anew."""
    let_in_staff(request, "consignment.draft_statement")
    statement = statement_of(request, number)
    return done(request, draft_statements, StatementDraft(statement.contract_id, statement.month))


@require_POST
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Issue a draft; it goes on under the number that it takes."""
    let_in_staff(request, "consignment.issue_statement")
    return done(request, issue_statements, statement_of(request, number).pk)


@require_POST
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Note that the partner agreed."""
    let_in_staff(request, "consignment.confirm_statement")
    return done(request, confirm_statements, statement_of(request, number).pk)


@require_POST
def dispute(request: HttpRequest, number: str) -> HttpResponse:
    """Note what the partner says is wrong with a line."""
    let_in_staff(request, "consignment.dispute_line")
    statement = statement_of(request, number)
    form = DisputeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what is wrong with the line."))
        return redirect("consignment:statement", statement.number)
    line = StatementLine.objects.filter(statement=statement, position=form.cleaned_data["line"]).first()
    if line is None:
        raise Http404
    return done(
        request, dispute_lines, DisputeDraft(line.pk, form.cleaned_data["reason"]), back=statement.number
    )


@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Answer a dispute of the statement."""
    let_in_staff(request, "consignment.answer_dispute")
    statement = statement_of(request, number)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        of_amount = "amount" in form.errors and "answer" not in form.errors
        messages.error(
            request,
            _("Write the amount as 12.50.") if of_amount else _("Say why the dispute is answered so."),
        )
        return redirect("consignment:statement", statement.number)
    said = form.cleaned_data
    disputed = LineDispute.objects.filter(line__statement=statement, number=said["number"]).first()
    if disputed is None:
        raise Http404
    draft = AnswerDraft(disputed.pk, said["verdict"] == "accepted", said["answer"], form.given_amount)
    return done(request, answer_disputes, draft, back=statement.number)


def statement_of(request: HttpRequest, number: str) -> Statement:
    """Return a statement that the reader may see."""
    found: Statement | None = (
        Statement.objects.visible_to(request.user)
        .select_related("partner", "contract")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise Http404
    return found


def lines_asked(statement: Statement, form: LinesForm) -> QuerySet[Any]:
    """Return the lines that a valid form asks for; none for one that isn't."""
    lines = grouped(StatementLine.objects.filter(statement=statement), statement.month)
    if not form.is_valid():
        return lines.none()
    said = form.cleaned_data
    if said["group"]:
        lines = lines.filter(group=said["group"])
    if said["search"]:
        text = said["search"].strip()
        lines = lines.filter(Q(order_number__iexact=text) | Q(sku_code__istartswith=text))
    if said["disputed"]:
        lines = lines.filter(Exists(LineDispute.objects.filter(line=OuterRef("pk"))))
    return lines.prefetch_related(Prefetch("disputes", LineDispute.objects.order_by("pk"))).order_by(
        "position"
    )


def without_page(request: HttpRequest) -> str:
    """Return the query of the address but for the page."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def done(
    request: HttpRequest, operation: Callable[..., Outcome[Any]], draft: Any, *, back: str = ""
) -> HttpResponse:
    """Call ``operation`` for one draft, say what came of it, and go to the statement as it then is."""
    number = back or str(request.resolver_match.kwargs["number"] if request.resolver_match else "")
    try:
        outcome = retried(operation)([draft], actor=principal_of(request), at=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("consignment:statement", number)
    tell(request, outcome)
    if outcome.done and isinstance(outcome.done[0], Statement):
        number = outcome.done[0].number
    return redirect("consignment:statement", number)
