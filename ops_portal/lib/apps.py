from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibConfig(AppConfig):
    name = "ops_portal.lib"
    label = "lib"
    verbose_name = _("Floor")

    def ready(self) -> None:
        from ops_portal.lib import checks  # noqa: F401 - registers itself
        from ops_portal.lib.catalogues import compile_if_stale

        compile_if_stale()
