from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.permissions import grant_to_roles


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = _("Feedback")

    def ready(self) -> None:
        from feedback.choices import PERMISSIONS
        from feedback.desk import TICKETS
        from ops_portal.desk.kinds import register

        grant_to_roles("feedback", PERMISSIONS)
        register(TICKETS)
