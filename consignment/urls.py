"""The pages of settlement; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from consignment.views import contracts, statements

app_name = "consignment"
page = admin.site.admin_view

urlpatterns = [
    path("", page(statements.statements_page), name="statements"),
    path("contracts/new/", page(contracts.new_contract_page), name="new-contract"),
    path("contracts/<slug:number>/", page(contracts.contract_page), name="contract"),
    path("contracts/<slug:number>/sign/", page(contracts.sign), name="sign"),
    path("contracts/<slug:number>/amend/", page(contracts.amend), name="amend"),
    path("contracts/<slug:number>/end/", page(contracts.end), name="end"),
    path("draft/", page(statements.draft_statements_of_month), name="draft-month"),
    path("partners/<str:code>/", page(statements.partner_page), name="partner"),
    path("<slug:number>/", page(statements.statement_page), name="statement"),
    path("<slug:number>/lines.csv", page(statements.statement_csv), name="csv"),
    path("<slug:number>/draft/", page(statements.draft_again), name="draft"),
    path("<slug:number>/issue/", page(statements.issue), name="issue"),
    path("<slug:number>/confirm/", page(statements.confirm), name="confirm"),
    path("<slug:number>/dispute/", page(statements.dispute), name="dispute"),
    path("<slug:number>/answer/", page(statements.answer), name="answer"),
]
