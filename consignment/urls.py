"""The pages of settlement; mounted below the admin, whose theme they wear."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from consignment import views

app_name = "consignment"
page = admin.site.admin_view

urlpatterns = [
    path("", page(views.statements_page), name="statements"),
    path("draft/", page(views.draft_statements_of_month), name="draft-month"),
    path("partners/<str:code>/", page(views.partner_page), name="partner"),
    path("<slug:number>/", page(views.statement_page), name="statement"),
    path("<slug:number>/lines.csv", page(views.statement_csv), name="csv"),
    path("<slug:number>/draft/", page(views.draft_again), name="draft"),
    path("<slug:number>/issue/", page(views.issue), name="issue"),
    path("<slug:number>/confirm/", page(views.confirm), name="confirm"),
    path("<slug:number>/dispute/", page(views.dispute), name="dispute"),
    path("<slug:number>/answer/", page(views.answer), name="answer"),
]
