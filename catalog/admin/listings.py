"""What listings are made by: shops as the catalogue knows them, platforms' categories, attributes, words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline
from unfold.decorators import action

from catalog.forms.words import KeywordPaste, ProhibitedPaste
from catalog.models import Attribute, Channel, Keyword, PlatformAttribute, PlatformCategory, ProhibitedWord
from catalog.operations.words import save_keywords, save_prohibited_words
from ops_portal.lib.doors.admin import PortalAdmin
from ops_portal.lib.doors.identity import principal_of
from ops_portal.lib.doors.retry import retried
from ops_portal.lib.refusals import Outcome, Refused

REFUSALS_SHOWN = 10


@admin.register(Channel)
class ChannelAdmin(PortalAdmin):
    """A shop appears here by itself, with its code, name and platform; its fee and what it stands for are told here."""

    list_display = ("code", "name", "platform", "fee_rate", "is_active")
    list_filter = ("platform", "is_active")
    search_fields = ("code", "name")
    readonly_fields = ("code", "name", "platform", "is_active")
    autocomplete_fields = ("core_category",)
    ordering = ("code",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Channel | None = None) -> bool:
        return False


class PlatformAttributeInline(TabularInline):  # type: ignore[misc]
    model = PlatformAttribute
    extra = 0
    hide_title = True
    autocomplete_fields = ("attribute",)


@admin.register(PlatformCategory)
class PlatformCategoryAdmin(PortalAdmin):
    list_display = ("name", "platform", "code", "category", "title_bytes", "fewest_images", "fee_rate")
    list_filter = ("platform",)
    list_select_related = ("category",)
    search_fields = ("name", "code")
    autocomplete_fields = ("category",)
    inlines = (PlatformAttributeInline,)
    ordering = ("platform", "name", "pk")


class OptionsForm(forms.ModelForm):  # type: ignore[type-arg]
    """An attribute, with its values to choose from one a line."""

    options = forms.CharField(
        label=gettext_lazy("values to choose from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("One value a line."),
    )

    class Meta:
        model = Attribute
        fields = ("category", "code", "name", "kind", "options", "unit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["options"] = "\n".join(map(str, self.instance.options))

    def clean_options(self) -> list[str]:
        """Return the lines that aren't empty, each once."""
        lines = (line.strip() for line in self.cleaned_data["options"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


@admin.register(Attribute)
class AttributeAdmin(PortalAdmin):
    form = OptionsForm
    list_display = ("name", "code", "category", "kind", "unit")
    list_filter = ("kind", "category")
    list_select_related = ("category",)
    search_fields = ("name", "code")
    autocomplete_fields = ("category",)
    ordering = ("category__code", "code")


class PastedAdmin(PortalAdmin):
    """Words of which a whole list can be pasted."""

    actions_list = ("paste",)
    paste_form: type[forms.Form]
    save_words: Callable[..., Outcome[Any]]

    @action(
        description=gettext_lazy("Paste a list"), url_path="paste", icon="content_paste", permissions=["add"]
    )  # type: ignore[untyped-decorator]
    def paste(self, request: HttpRequest) -> HttpResponse:
        """Take a list of words, and say which of them could not be kept."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        there = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        form = self.paste_form(request.POST or None)
        if request.method == "POST" and form.is_valid() and self.took(request, form):
            return HttpResponseRedirect(there)
        context = {"form": form, "opts": self.opts, "title": _("Paste a list"), "there": there}
        return render(request, "catalog/paste.html", {**self.admin_site.each_context(request), **context})

    def took(self, request: HttpRequest, form: Any) -> bool:
        """Keep the words of a form; tell whether all of them were."""
        run = type(self).save_words
        try:
            drafts = form.drafts()
            outcome = retried(run)(drafts, actor=principal_of(request), at=timezone.now())
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return False
        if outcome.done:
            done = len(outcome.done)
            text = ngettext("%(count)d word was kept.", "%(count)d words were kept.", done)
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        for index, refusal in outcome.refused[:REFUSALS_SHOWN]:
            text = _("Line %(line)d: %(why)s") % {"line": index + 1, "why": refusal}
            self.message_user(request, text, messages.ERROR)
        return not outcome.refused


@admin.register(Keyword)
class KeywordAdmin(PastedAdmin):
    list_display = ("word", "kind", "platform", "category", "searches", "competition", "updated_at")
    list_filter = ("platform", "kind", "category")
    list_select_related = ("category",)
    search_fields = ("word",)
    autocomplete_fields = ("category",)
    exclude = ("updated_at",)
    ordering = ("-searches", "pk")
    paste_form = KeywordPaste
    save_words = staticmethod(save_keywords)

    def save_model(self, request: HttpRequest, obj: Keyword, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(ProhibitedWord)
class ProhibitedWordAdmin(PastedAdmin):
    list_display = ("word", "platform", "gravity", "better", "reason", "is_active")
    list_filter = ("platform", "gravity", "is_active")
    search_fields = ("word", "better", "reason")
    ordering = ("word", "platform", "pk")
    paste_form = ProhibitedPaste
    save_words = staticmethod(save_prohibited_words)
