from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntakeConfig(AppConfig):
    name = "ops_portal.intake"
    label = "intake"
    verbose_name = _("Files coming in")
